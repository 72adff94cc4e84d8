/**
 * Probe timeouts from measured round trips, host by host: RFC 6298 section 2 (SRTT, RTTVAR, RTO = SRTT + 4 RTTVAR)
 * with the bounds of the timing template in place of the RFC's.
 */
import type { Timing } from './timing.ts'

// Hosts share a slot when their ordinals agree in the low bits; the later one takes it over. A host that lost its slot
// only falls back to the initial timeout, so a scan of any size stays at 1 MiB here.
const SLOTS = 65_536

/**
 * Linux repeats a SYN by itself after a second (TCP_TIMEOUT_INIT, RFC 6298 section 2.1), past every limit of ours. A
 * connection is given up before, two ticks of the engine's clock early, unless the host is known to be slower.
 */
const BEFORE_KERNEL_REPEATS = 980

export class RoundTrips {
  readonly #timing: Timing
  readonly #host = new Float64Array(SLOTS).fill(-1)
  readonly #smoothed = new Float32Array(SLOTS)
  readonly #variation = new Float32Array(SLOTS)

  constructor(timing: Timing) {
    this.#timing = timing
  }

  /** Takes in a round trip. Karn's rule (RFC 6298 section 3): only for probes that were sent once. */
  measured(host: number, milliseconds: number): void {
    const slot = host % SLOTS
    if (this.#host[slot] !== host) {
      this.#host[slot] = host
      this.#smoothed[slot] = milliseconds
      this.#variation[slot] = milliseconds / 2
      return
    }
    const smoothed = this.#smoothed[slot] ?? 0
    const variation = this.#variation[slot] ?? 0
    this.#variation[slot] = 0.75 * variation + 0.25 * Math.abs(smoothed - milliseconds)
    this.#smoothed[slot] = 0.875 * smoothed + 0.125 * milliseconds
  }

  /**
   * Milliseconds to wait for an answer to the `attempt`-th probe (from 1). A repeated probe waits twice as long as the
   * one before (RFC 6298 section 5.5), up to the timeout of an unknown host: longer than that, silence is an answer.
   */
  timeout(host: number, attempt: number): number {
    const { initialTimeoutMs, minTimeoutMs, maxTimeoutMs } = this.#timing
    const slot = host % SLOTS
    const patience = Math.min(initialTimeoutMs, BEFORE_KERNEL_REPEATS, maxTimeoutMs)
    if (this.#host[slot] !== host) return patience
    const base = (this.#smoothed[slot] ?? 0) + 4 * (this.#variation[slot] ?? 0)
    const first = Math.min(Math.max(base, minTimeoutMs), maxTimeoutMs)
    return Math.min(first * 2 ** (attempt - 1), Math.max(first, patience), maxTimeoutMs)
  }
}
