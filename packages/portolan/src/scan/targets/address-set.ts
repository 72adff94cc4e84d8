/**
 * Sets of addresses as ranges: 0.0.0.0/0 is one range, never four thousand million addresses.
 *
 * IPv6 ranges may carry a zone (RFC 4007). The same numbers in two zones are different addresses, and so are
 * they with a zone and without one.
 */
import type { Address } from '../address.ts'
import { formatRange } from './address-range.ts'
import type { AddressRange } from './address-range.ts'
import { and, butNot, combine, holds, or, overlaps, pairs } from './boundaries.ts'
import type { Boundaries } from './boundaries.ts'
import { TargetLimitError } from './target-errors.ts'

/**
 * The most separate ranges a set may have. A list of a million scattered addresses fits; `*.*.*.1`, which
 * would be 2^24 ranges and a quarter of a gigabyte, does not.
 */
export const MAX_RANGES = 2 ** 20

/** Boundaries by zone; the key '' is "no zone". No entry is empty. */
type Zones = ReadonlyMap<string, Boundaries<bigint>>

/** Immutable, sorted, disjoint: two sets are equal exactly when their texts are. */
export class AddressSet {
  static readonly EMPTY = new AddressSet(new Float64Array(0), new Map())

  readonly #four: Boundaries<number>
  readonly #six: Zones

  /**
   * From boundaries that are already sorted and disjoint; {@link AddressSetBuilder} makes them.
   *
   * @throws TargetLimitError above {@link MAX_RANGES} ranges
   */
  constructor(four: Boundaries<number>, six: Zones) {
    this.#four = four
    this.#six = new Map(
      [...six].filter(([, set]) => set.length > 0).sort(([a], [b]) => (a < b ? -1 : Number(a > b))),
    )
    if (this.rangeCount > MAX_RANGES)
      throw new TargetLimitError(
        `the addresses fall into ${this.rangeCount} separate ranges, more than ${MAX_RANGES}`,
        'give whole networks (/bits), or scan in several runs',
      )
  }

  /** A set of one range, both ends included. */
  static range(range: AddressRange): AddressSet {
    return range.family === 4
      ? new AddressSet([range.first, range.last + 1], new Map())
      : new AddressSet([], new Map([[range.zone ?? '', [range.first, range.last + 1n]]]))
  }

  static single(address: Address): AddressSet {
    return address.family === 4
      ? AddressSet.range({ family: 4, first: address.value, last: address.value })
      : AddressSet.range({ ...address, first: address.value, last: address.value })
  }

  get isEmpty(): boolean {
    return this.rangeCount === 0
  }

  get rangeCount(): number {
    let boundaries = this.#four.length
    for (const set of this.#six.values()) boundaries += set.length
    return boundaries / 2
  }

  /** How many addresses there are, up to 2^128 for each zone. */
  get size(): bigint {
    let size = 0n
    for (const [first, end] of pairs(this.#four)) size += BigInt(end - first)
    for (const set of this.#six.values()) for (const [first, end] of pairs(set)) size += end - first
    return size
  }

  contains(address: Address): boolean {
    if (address.family === 4) return holds(this.#four, address.value)
    const set = this.#six.get(address.zone ?? '')
    return set !== undefined && holds(set, address.value)
  }

  union(other: AddressSet): AddressSet {
    return this.#combine(other, or)
  }

  intersect(other: AddressSet): AddressSet {
    return this.#combine(other, and)
  }

  subtract(other: AddressSet): AddressSet {
    return this.#combine(other, butNot)
  }

  /**
   * Subtracts the other set's addresses in every zone, whatever zone they were given with. This is how
   * exclusions work: one link has several names (index, name, alternative names), so an exclusion that went
   * by the text of the zone could be walked around.
   */
  subtractInEveryZone(other: AddressSet): AddressSet {
    return other.isEmpty ? this : this.#combineInEveryZone(other, butNot)
  }

  /** What of this set lies in the other one, whatever the zones; the zones of this set are kept. */
  intersectInEveryZone(other: AddressSet): AddressSet {
    return this.#combineInEveryZone(other, and)
  }

  /** Whether {@link intersectInEveryZone} would hold anything; cheap where the other set has few ranges. */
  meetsInEveryZone(other: AddressSet): boolean {
    for (const [first, end] of pairs(other.#four)) if (overlaps(this.#four, first, end - 1)) return true
    for (const [first, end] of pairs(other.#anyZone()))
      for (const set of this.#six.values()) if (overlaps(set, first, end - 1n)) return true
    return false
  }

  /** The same addresses with all zones forgotten. */
  withoutZones(): AddressSet {
    return new AddressSet(this.#four, new Map([['', this.#anyZone()]]))
  }

  /** Whether the set holds the address, or holds it for every zone, which is what a range without zone means to rules. */
  covers(address: Address): boolean {
    if (this.contains(address)) return true
    return address.family === 6 && this.contains({ family: 6, value: address.value })
  }

  /** Whether any address of a range is in the set. */
  meets(range: AddressRange): boolean {
    if (range.family === 4) return overlaps(this.#four, range.first, range.last)
    return overlaps(this.#six.get(range.zone ?? '') ?? [], range.first, range.last)
  }

  isSubsetOf(other: AddressSet): boolean {
    return this.subtract(other).isEmpty
  }

  /** The ranges: IPv4 ascending, then IPv6 without zone, then each zone in the order of its name. */
  *ranges(): Generator<AddressRange> {
    for (const [first, end] of pairs(this.#four)) yield { family: 4, first, last: end - 1 }
    for (const [zone, set] of this.#six)
      for (const [first, end] of pairs(set))
        yield { family: 6, first, last: end - 1n, ...(zone === '' ? {} : { zone }) }
  }

  /**
   * The canonical text: a comma-separated list of addresses, networks (`a/bits`) and ranges (`a-b`), the
   * fewest there can be; '' for the empty set. Reading it back gives the same set.
   */
  toString(): string {
    return [...this.ranges()].map(formatRange).join(',')
  }

  #combine(other: AddressSet, keep: (inA: boolean, inB: boolean) => boolean): AddressSet {
    const six = new Map<string, Boundaries<bigint>>()
    for (const zone of new Set([...this.#six.keys(), ...other.#six.keys()]))
      six.set(zone, combine(this.#six.get(zone) ?? [], other.#six.get(zone) ?? [], keep))
    return new AddressSet(Float64Array.from(combine(this.#four, other.#four, keep)), six)
  }

  #combineInEveryZone(other: AddressSet, keep: (inA: boolean, inB: boolean) => boolean): AddressSet {
    const others = other.#anyZone()
    const six = new Map([...this.#six].map(([zone, set]) => [zone, combine(set, others, keep)]))
    return new AddressSet(Float64Array.from(combine(this.#four, other.#four, keep)), six)
  }

  #anyZone(): Boundaries<bigint> {
    let all: Boundaries<bigint> = []
    for (const set of this.#six.values()) all = combine(all, set, or)
    return all
  }
}
