/** One time in milliseconds a host, for as many hosts as there may be: memory comes with the hosts that are touched. */

const CHUNK = 4096

export class HostTimes {
  readonly #chunks = new Map<number, Float64Array>()

  /** NaN for a host that was never set */
  get(host: number): number {
    return this.#chunks.get(Math.floor(host / CHUNK))?.[host % CHUNK] ?? NaN
  }

  set(host: number, milliseconds: number): void {
    const index = Math.floor(host / CHUNK)
    let chunk = this.#chunks.get(index)
    if (chunk === undefined) {
      chunk = new Float64Array(CHUNK).fill(NaN)
      this.#chunks.set(index, chunk)
    }
    chunk[host % CHUNK] = milliseconds
  }
}
