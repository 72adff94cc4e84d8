/**
 * The targets of a scan, numbered: ordinal 0 is the first address, `size - 1` the last.
 *
 * Engines turn an ordinal into an address once for every probe, so the ways for them (`ipv4At`,
 * `writeAddress`) look up a range by binary search and allocate nothing.
 */
import type { Address } from '../address.ts'
import type { AddressSet } from './address-set.ts'
import { AddressSetBuilder } from './address-set-builder.ts'
import { TargetLimitError } from './target-errors.ts'

/** The most addresses a scan may have: with 65,536 ports it is the largest probe space a number can count. */
const MAX_ADDRESSES = 2 ** 48

/** A {@link TargetSpace} as plain data, for `postMessage`. */
export interface TargetSpaceTransfer {
  readonly size: number
  /** Ordinal of the first address of each range. */
  readonly starts: Float64Array
  /** First address of each IPv4 range. */
  readonly firsts4: Uint32Array
  /** First address of each IPv6 range, 16 bytes each, network byte order. */
  readonly firsts6: Uint8Array
  /** Zone of each IPv6 range, '' for none. */
  readonly zones: readonly string[]
}

/** Order: IPv4 ascending, then IPv6 without zone, then IPv6 zone by zone. */
export class TargetSpace {
  readonly size: number
  readonly #starts: Float64Array
  readonly #firsts4: Uint32Array
  readonly #firsts6: Uint8Array
  readonly #zones: readonly string[]

  private constructor(transfer: TargetSpaceTransfer) {
    this.size = transfer.size
    this.#starts = transfer.starts
    this.#firsts4 = transfer.firsts4
    this.#firsts6 = transfer.firsts6
    this.#zones = transfer.zones
  }

  /** @throws TargetLimitError above 2^48 addresses */
  static of(set: AddressSet): TargetSpace {
    const total = set.size
    if (total > BigInt(MAX_ADDRESSES))
      throw new TargetLimitError(
        `the targets are ${total} addresses, more than 2^48`,
        'give smaller networks: an IPv6 target can be at most a /80',
      )
    const starts = new Float64Array(set.rangeCount)
    const firsts4: number[] = []
    const zones: string[] = []
    const firsts6 = new Uint8Array(16 * set.rangeCount)
    let size = 0
    for (const range of set.ranges()) {
      starts[firsts4.length + zones.length] = size
      if (range.family === 4) {
        firsts4.push(range.first)
        size += range.last - range.first + 1
      } else {
        writeBig(range.first, firsts6, 16 * zones.length)
        zones.push(range.zone ?? '')
        size += Number(range.last - range.first) + 1
      }
    }
    return new TargetSpace({
      size,
      starts,
      firsts4: Uint32Array.from(firsts4),
      firsts6: firsts6.slice(0, 16 * zones.length),
      zones,
    })
  }

  /** The other end of {@link toTransfer}. */
  static from(transfer: TargetSpaceTransfer): TargetSpace {
    return new TargetSpace(transfer)
  }

  /** Plain data that `postMessage` can copy to a worker thread. */
  toTransfer(): TargetSpaceTransfer {
    return {
      size: this.size,
      starts: this.#starts,
      firsts4: this.#firsts4,
      firsts6: this.#firsts6,
      zones: this.#zones,
    }
  }

  /** The same addresses as a set. */
  toSet(): AddressSet {
    const builder = new AddressSetBuilder()
    for (const [range, start] of this.#starts.entries()) {
      const first = this.addressAt(start)
      const length = (this.#starts[range + 1] ?? this.size) - start
      builder.add(
        first.family === 4
          ? { family: 4, first: first.value, last: first.value + length - 1 }
          : { ...first, first: first.value, last: first.value + BigInt(length) - 1n },
      )
    }
    return builder.build()
  }

  /** @throws RangeError where there is no such ordinal */
  addressAt(ordinal: number): Address {
    const value = this.ipv4At(ordinal)
    if (value >= 0) return { family: 4, value }
    const bytes = new Uint8Array(16)
    this.writeAddress(ordinal, bytes, 0)
    const zone = this.zoneAt(ordinal)
    const big = readBig(bytes)
    return zone === undefined ? { family: 6, value: big } : { family: 6, value: big, zone }
  }

  /**
   * The IPv4 address with this ordinal as a number, -1 where it is an IPv6 address.
   *
   * @throws RangeError where there is no such ordinal
   */
  ipv4At(ordinal: number): number {
    const range = this.#rangeOf(ordinal)
    const first = this.#firsts4[range]
    return first === undefined ? -1 : first + ordinal - (this.#starts[range] ?? 0)
  }

  /**
   * Writes the address with this ordinal in network byte order.
   *
   * @returns the bytes written: 4 or 16
   * @throws RangeError where there is no such ordinal
   */
  writeAddress(ordinal: number, out: Uint8Array, offset: number): 4 | 16 {
    const range = this.#rangeOf(ordinal)
    let rest = ordinal - (this.#starts[range] ?? 0)
    const first = this.#firsts4[range]
    if (first !== undefined) {
      const value = first + rest
      out[offset] = value >>> 24
      out[offset + 1] = value >>> 16
      out[offset + 2] = value >>> 8
      out[offset + 3] = value
      return 4
    }
    const base = 16 * (range - this.#firsts4.length)
    for (let i = 15; i >= 0; i--) {
      const sum = (this.#firsts6[base + i] ?? 0) + (rest % 256)
      out[offset + i] = sum
      rest = Math.floor(rest / 256) + (sum >> 8)
    }
    return 16
  }

  /**
   * The zone of the address with this ordinal, undefined where it has none.
   *
   * @throws RangeError where there is no such ordinal
   */
  zoneAt(ordinal: number): string | undefined {
    const zone = this.#zones[this.#rangeOf(ordinal) - this.#firsts4.length]
    return zone === '' ? undefined : zone
  }

  /** The last range that starts at or before an ordinal. */
  #rangeOf(ordinal: number): number {
    if (!(ordinal >= 0 && ordinal < this.size))
      throw new RangeError(`no target has the ordinal ${ordinal}: there are ${this.size}`)
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#starts[middle] ?? Infinity) <= ordinal) low = middle
      else high = middle - 1
    }
    return low
  }
}

function writeBig(value: bigint, out: Uint8Array, offset: number): void {
  const view = new DataView(out.buffer, out.byteOffset + offset, 16)
  view.setBigUint64(0, value >> 64n)
  view.setBigUint64(8, value & 0xffff_ffff_ffff_ffffn)
}

function readBig(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  return (view.getBigUint64(0) << 64n) | view.getBigUint64(8)
}
