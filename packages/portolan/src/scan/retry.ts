/**
 * How often silence is asked again. Loss is what this scan measured itself: probes that were answered only when
 * repeated had been lost before. From it follows how many tries leave a port unheard less often than once in a million
 * (nmap follows the same thought: it repeats more often only after a repetition has paid).
 */

// A host that drops everything shows neither loss nor its absence. Until something was measured, loss is taken as 3 %,
// with the weight of 64 probes: that makes 4 tries for a silent host where nmap makes 2.
const PRIOR_LOSS = 0.03
const PRIOR_WEIGHT = 64

/** Accepted chance that all tries to one port were lost. */
const MISS = 1e-6

export class LossEstimate {
  #answered = 0
  #lost = 0

  /** A probe was answered at its `attempt`-th sending: those before it were lost, on the way or on the way back. */
  answered(attempt: number): void {
    this.#answered++
    this.#lost += attempt - 1
  }

  /** Lost share of all probes whose fate is known; undefined before anything was answered. */
  get measured(): number | undefined {
    const known = this.#answered + this.#lost
    return known === 0 ? undefined : this.#lost / known
  }

  get answers(): number {
    return this.#answered
  }

  get losses(): number {
    return this.#lost
  }

  /** Tries that a silent port is worth, the first included; at least 2, at most 1 + maxRetries. */
  tries(maxRetries: number): number {
    const share = (this.#lost + PRIOR_LOSS * PRIOR_WEIGHT) / (this.#answered + this.#lost + PRIOR_WEIGHT)
    const needed = Math.ceil(Math.log(MISS) / Math.log(share))
    return Math.min(Math.max(needed, 2), 1 + maxRetries)
  }
}
