/** When the next probe may leave: the hard limits of flags and scope, for all probes and for each host. */
import { HostTimes } from './host-times.ts'

/** A loop that slept too long may catch up this much and no more, so that a limit holds over any longer stretch. */
const BURST_MS = 5

/**
 * The laws: in any stretch of T milliseconds at most 1 + rate * (T + 5) / 1000 probes leave, and between two probes to
 * one host there are never fewer than the milliseconds asked for.
 *
 * Probes that have to wait for their host book a turn, so that they wake one after the other and not all at once. A
 * booking is a plan; {@link hostWaitMs} knows what really left.
 */
export class Pacer {
  readonly #intervalMs: number
  readonly #hostIntervalMs: number
  /** End of the last booked turn, by host */
  readonly #booked = new HostTimes()
  /** When the next probe may leave after the last that left, by host */
  readonly #free = new HostTimes()
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

  /** Milliseconds until a probe to this host may leave; 0 or less for now. */
  hostWaitMs(host: number, now: number): number {
    if (this.#hostIntervalMs === 0) return 0
    const free = this.#free.get(host)
    return Number.isNaN(free) ? 0 : free - now
  }

  /** The first moment of a host that is not booked; `now` where the host is not limited. */
  nextTurn(host: number, now: number): number {
    if (this.#hostIntervalMs === 0) return now
    const booked = this.#booked.get(host)
    const at = now + Math.max(0, this.hostWaitMs(host, now))
    return booked > at ? booked : at
  }

  /** Books the turn that {@link nextTurn} told. */
  book(host: number, at: number): void {
    if (this.#hostIntervalMs > 0) this.#booked.set(host, at + this.#hostIntervalMs)
  }

  /** Counts a probe that left. */
  sent(host: number, at: number): void {
    if (this.#intervalMs > 0) this.#next = Math.max(this.#next, at - BURST_MS) + this.#intervalMs
    if (this.#hostIntervalMs > 0) this.#free.set(host, at + this.#hostIntervalMs)
  }
}
