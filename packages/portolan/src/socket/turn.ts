/**
 * How long calls in bulk of one socket may follow each other before the event loop turns. Counting calls is not enough:
 * one may be over in a microsecond or move four megabytes.
 */

/** As long as one call takes for 1024 messages that cannot be joined, so that no limit cuts what the kernel does at once. */
const LONGEST_MS = 2

/** Messages after which the clock is looked at: some hundred microseconds, of which that look is a thousandth. */
const UNWATCHED = 256

export class Turn {
  #began = 0
  #messages = 0

  /**
   * Asked before each call. True says that the loop must turn first; then the next turn begins.
   *
   * Who lets the loop turn meanwhile for reasons of his own is asked for another turn that is not needed: that costs
   * nothing that counts, once in two milliseconds.
   */
  over(): boolean {
    if (this.#messages < UNWATCHED) return false
    this.#messages = 0
    const now = performance.now()
    if (this.#began === 0) this.#began = now
    if (now - this.#began < LONGEST_MS) return false
    this.#began = 0
    return true
  }

  /** A call moved so many messages. */
  moved(messages: number): void {
    this.#messages += messages
  }

  /** Something waits for readiness: the loop turns. */
  end(): void {
    this.#began = 0
    this.#messages = 0
  }
}
