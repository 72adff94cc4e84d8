/** When the next probe may leave: the hard limits of flags and scope, for all probes and for each host. */
import { HostTimes } from './host-times.ts'

/** A loop that slept too long may catch up this much and no more, so that a limit holds over any longer stretch. */
const BURST_MS = 5

export class Pacer {
  readonly #intervalMs: number
  readonly #hostIntervalMs: number
  readonly #hosts = new HostTimes()
  #next = 0

  /**
   * @param rate probes a second, Infinity for no limit
   * @param hostIntervalMs least milliseconds between two probes to one host, 0 for no limit
   */
  constructor(rate: number, hostIntervalMs: number) {
    this.#intervalMs = 1000 / rate
    this.#hostIntervalMs = hostIntervalMs
  }

  /** Milliseconds until any probe may leave; 0 or less for now. */
  waitMs(now: number): number {
    return this.#next - now
  }

  /** Counts a probe that leaves. */
  sent(now: number): void {
    if (this.#intervalMs > 0) this.#next = Math.max(this.#next, now - BURST_MS) + this.#intervalMs
  }

  /** Reserves the next free moment of a host and tells when it is; `now` where the host is not limited. */
  reserve(host: number, now: number): number {
    if (this.#hostIntervalMs === 0) return now
    const free = this.#hosts.get(host)
    const at = free > now ? free : now
    this.#hosts.set(host, at + this.#hostIntervalMs)
    return at
  }
}
