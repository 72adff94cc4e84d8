/**
 * What to do when this machine itself cannot ask: out of descriptors, buffers or source ports, interface down. Such
 * shortages pass (our own connections end, others' do too), so the engine pauses and asks again, but not for ever.
 */
import type { Reason } from '../states.ts'

export type FaultAction =
  /** Try this probe again at once: only this one was unlucky. */
  | 'retry'
  /** Pause the engine, try again after. */
  | 'back-off'
  /** The probe stays undecided. */
  | 'give-up'

/** First and longest pause in milliseconds; doubled in between. */
const FIRST_PAUSE = 5
const LONGEST_PAUSE = 1000
/** Milliseconds without one success after which the rest of a scan is given up: longer than any pause, so that each cause had several chances to pass. */
const PATIENCE = 10_000
/** Faults a single probe may have. With doubling pauses that is over two seconds for a probe that alone is unlucky. */
const MOST_FAULTS = 10
/** A connection meets itself once in 28,000 tries where the port is in the range of source ports: five times is a bug. */
const MOST_SELF_CONNECTS = 5

export class Faults {
  #pauseMs = 0
  #until = 0
  /** When the present row of faults began; NaN while all is well */
  #since = NaN

  /** Milliseconds the engine still pauses; 0 or less for none. */
  waitMs(now: number): number {
    return this.#until - now
  }

  /** A call succeeded: the shortage is over. */
  cleared(): void {
    this.#pauseMs = 0
    this.#since = NaN
  }

  /** @param count faults of this probe, this one included */
  occurred(reason: Reason, count: number, now: number): FaultAction {
    // Refused by policy, or by something nobody foresaw: the same question gives the same answer.
    if (reason === 'local-firewall' || reason === 'no-route' || reason === 'local-error') return 'give-up'
    if (reason === 'self-connect') return count < MOST_SELF_CONNECTS ? 'retry' : 'give-up'
    if (Number.isNaN(this.#since)) this.#since = now
    if (count >= MOST_FAULTS || now - this.#since > PATIENCE) return 'give-up'
    // node:net tells of one shortage once for every probe it hit: those in a pause are the news that began it.
    if (now < this.#until) return 'back-off'
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, FIRST_PAUSE), LONGEST_PAUSE)
    this.#until = now + this.#pauseMs
    return 'back-off'
  }
}
