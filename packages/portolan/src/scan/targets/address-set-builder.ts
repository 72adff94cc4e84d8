/** Collects ranges in any order, overlapping or not, and sorts them once. */
import { AddressSet, MAX_RANGES } from './address-set.ts'
import type { AddressRange } from './address-range.ts'
import { mergeRanges } from './boundaries.ts'

/** A million single addresses take two arrays of a million numbers and one sort. */
export class AddressSetBuilder {
  #firsts4: number[] = []
  #ends4: number[] = []
  readonly #six = new Map<string, { firsts: bigint[]; ends: bigint[] }>()
  #pending = 0

  add(range: AddressRange): this {
    if (range.family === 4) {
      this.#firsts4.push(range.first)
      this.#ends4.push(range.last + 1)
    } else {
      const zone = range.zone ?? ''
      let ranges = this.#six.get(zone)
      if (ranges === undefined) this.#six.set(zone, (ranges = { firsts: [], ends: [] }))
      ranges.firsts.push(range.first)
      ranges.ends.push(range.last + 1n)
    }
    // A long list of repeats must not grow without bound before it is merged.
    if (++this.#pending > 2 * MAX_RANGES) this.#compact()
    return this
  }

  addSet(set: AddressSet): this {
    for (const range of set.ranges()) this.add(range)
    return this
  }

  /** @throws TargetLimitError where more than {@link MAX_RANGES} separate ranges are left */
  build(): AddressSet {
    const six = new Map([...this.#six].map(([zone, { firsts, ends }]) => [zone, mergeBig(firsts, ends)]))
    return new AddressSet(mergeNumbers(this.#firsts4, this.#ends4), six)
  }

  #compact(): void {
    const set = this.build()
    this.#firsts4 = []
    this.#ends4 = []
    this.#six.clear()
    this.#pending = 0
    this.addSet(set)
  }
}

/** The union of sets, sorted once. */
export function unionOf(sets: Iterable<AddressSet>): AddressSet {
  const builder = new AddressSetBuilder()
  for (const set of sets) builder.addSet(set)
  return builder.build()
}

function mergeNumbers(firsts: number[], ends: number[]): Float64Array {
  return Float64Array.from(mergeRanges(Float64Array.from(firsts).sort(), Float64Array.from(ends).sort()))
}

function mergeBig(firsts: bigint[], ends: bigint[]): bigint[] {
  const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b))
  return mergeRanges(firsts.toSorted(ascending), ends.toSorted(ascending))
}
