/**
 * The last check before a packet leaves, in every engine and every worker: is this literal address allowed?
 *
 * It holds nothing but sorted numbers, is asked once for each probe, and allocates nothing.
 */
import type { CompiledScope } from './compile-scope.ts'

/** A {@link ScopeGuard} as plain data, for `postMessage`. */
export interface ScopeGuardTransfer {
  readonly firsts4: Uint32Array
  readonly lasts4: Uint32Array
  /** Ranges without zone, which hold in every zone, under ''; then those of each zone. */
  readonly zones: ReadonlyMap<string, Ranges6>
  readonly validUntil: number
}

/** Four 32-bit words an address, the most significant first. */
interface Ranges6 {
  readonly firsts: Uint32Array
  readonly lasts: Uint32Array
}

export class ScopeGuard {
  /** Milliseconds since 1970: the guard speaks for the time before; Infinity without a scope file. */
  readonly validUntil: number
  readonly #firsts4: Uint32Array
  readonly #lasts4: Uint32Array
  readonly #zones: ReadonlyMap<string, Ranges6>
  readonly #anyZone: Ranges6

  private constructor(transfer: ScopeGuardTransfer) {
    this.validUntil = transfer.validUntil
    this.#firsts4 = transfer.firsts4
    this.#lasts4 = transfer.lasts4
    this.#zones = transfer.zones
    this.#anyZone = transfer.zones.get('') ?? { firsts: new Uint32Array(0), lasts: new Uint32Array(0) }
  }

  static of(compiled: CompiledScope): ScopeGuard {
    const firsts4: number[] = []
    const lasts4: number[] = []
    const zones = new Map<string, { firsts: number[]; lasts: number[] }>()
    for (const range of compiled.allowed.ranges()) {
      if (range.family === 4) {
        firsts4.push(range.first)
        lasts4.push(range.last)
        continue
      }
      const zone = range.zone ?? ''
      let ranges = zones.get(zone)
      if (ranges === undefined) zones.set(zone, (ranges = { firsts: [], lasts: [] }))
      pushWords(ranges.firsts, range.first)
      pushWords(ranges.lasts, range.last)
    }
    return new ScopeGuard({
      firsts4: Uint32Array.from(firsts4),
      lasts4: Uint32Array.from(lasts4),
      zones: new Map(
        [...zones].map(([zone, { firsts, lasts }]) => [
          zone,
          { firsts: Uint32Array.from(firsts), lasts: Uint32Array.from(lasts) },
        ]),
      ),
      validUntil: compiled.validUntil,
    })
  }

  /** The other end of {@link toTransfer}. */
  static from(transfer: ScopeGuardTransfer): ScopeGuard {
    return new ScopeGuard(transfer)
  }

  /** Plain data that `postMessage` can copy to a worker thread. */
  toTransfer(): ScopeGuardTransfer {
    return {
      firsts4: this.#firsts4,
      lasts4: this.#lasts4,
      zones: this.#zones,
      validUntil: this.validUntil,
    }
  }

  /** @param value unsigned 32-bit number in host order */
  allows4(value: number): boolean {
    let low = 0
    let high = this.#firsts4.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#firsts4[middle] ?? Infinity) <= value) low = middle + 1
      else high = middle
    }
    return low > 0 && value <= (this.#lasts4[low - 1] ?? -1)
  }

  /**
   * @param bytes holds the address in network byte order from `offset` on; IPv4-mapped ones are judged as IPv4
   * @param zone the zone the address is dialled in
   */
  allows6(bytes: Uint8Array, offset: number, zone?: string): boolean {
    if (offset < 0 || offset + 16 > bytes.length) return false
    const a = wordAt(bytes, offset)
    const b = wordAt(bytes, offset + 4)
    const c = wordAt(bytes, offset + 8)
    const d = wordAt(bytes, offset + 12)
    if (a === 0 && b === 0 && c === 0xffff) return this.allows4(d)
    if (holds(this.#anyZone, a, b, c, d)) return true
    if (zone === undefined || zone === '') return false
    const ranges = this.#zones.get(zone)
    return ranges !== undefined && holds(ranges, a, b, c, d)
  }
}

function holds(ranges: Ranges6, a: number, b: number, c: number, d: number): boolean {
  let low = 0
  let high = ranges.firsts.length >>> 2
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(ranges.firsts, middle * 4, a, b, c, d) <= 0) low = middle + 1
    else high = middle
  }
  return low > 0 && compare(ranges.lasts, (low - 1) * 4, a, b, c, d) >= 0
}

/** Whether the address at `words[at]` is below (negative), equal to or above the one given. */
function compare(words: Uint32Array, at: number, a: number, b: number, c: number, d: number): number {
  return (
    (words[at] ?? 0) - a || (words[at + 1] ?? 0) - b || (words[at + 2] ?? 0) - c || (words[at + 3] ?? 0) - d
  )
}

function wordAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  const low = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
  return high * 0x1_0000 + low
}

function pushWords(out: number[], value: bigint): void {
  for (let shift = 96n; shift >= 0n; shift -= 32n) out.push(Number((value >> shift) & 0xffff_ffffn))
}
