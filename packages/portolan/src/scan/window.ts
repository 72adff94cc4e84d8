/**
 * How many probes may be on their way at once. It grows while nothing shows that the path is full and shrinks when
 * losses do, as TCP's congestion window does (RFC 5681), except that loss is not taken for congestion by itself: radio
 * links and bad cables lose a steady few per cent at any speed, and halving for those would only be slow.
 */

/** RFC 6928 starts at 10 segments for a single connection; here thousands of ports share the burst. */
const INITIAL = 128
const SMALLEST = 32
/** Answers or losses that make one judgement: few enough to react in a round trip, enough to tell 10 % from 25 %. */
const EPOCH = 128
/** Below this loss the window grows, above the other it shrinks; between them it holds. */
const GROW_BELOW = 0.12
const SHRINK_ABOVE = 0.25

export class ProbeWindow {
  readonly limit: number
  #size: number
  #slowStart = true
  #answers = 0
  #losses = 0
  #quiet = 0

  /** @param limit most probes at once that descriptors and source ports allow */
  constructor(limit: number) {
    this.limit = Math.max(1, limit)
    this.#size = Math.min(INITIAL, this.limit)
  }

  get size(): number {
    return this.#size
  }

  /** An answer came to the `attempt`-th probe. */
  answered(attempt: number): void {
    this.#answers++
    this.#losses += attempt - 1
    this.#judge()
  }

  /**
   * A probe was not answered. Silence is what filtered ports do and says nothing of the path; it lets the window grow
   * too, or a host that drops everything would be scanned at the initial window for ever.
   */
  silent(): void {
    this.#quiet++
    this.#judge()
  }

  /** This machine ran out of something at `inFlight` probes: no use in trying more. */
  exhausted(inFlight: number): void {
    this.#slowStart = false
    this.#size = Math.max(1, Math.min(this.#size, inFlight))
  }

  #judge(): void {
    const heard = this.#answers + this.#losses
    if (heard + this.#quiet < Math.min(EPOCH, this.#size)) return
    const loss = heard === 0 ? 0 : this.#losses / heard
    if (loss > SHRINK_ABOVE) {
      this.#slowStart = false
      // A window that a shortage made smaller than the smallest stays where it is.
      this.#size = Math.min(this.#size, Math.max(SMALLEST, Math.floor(this.#size / 2)))
    } else if (loss < GROW_BELOW) {
      const step = this.#slowStart ? this.#size : Math.max(1, this.#size >> 3)
      this.#size = Math.min(this.limit, this.#size + Math.min(step, EPOCH))
    } else this.#slowStart = false
    this.#answers = this.#losses = this.#quiet = 0
  }
}
