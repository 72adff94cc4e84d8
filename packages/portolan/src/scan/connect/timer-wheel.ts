/**
 * Deadlines of slots: a hashed timing wheel (Varghese and Lauck, SOSP 1987, scheme 6). Setting and clearing one is a
 * few array writes, where a timer object a probe would be the dearest thing in the loop.
 */

/** Milliseconds a spoke stands for: a fifth of the shortest timeout there is (50 ms, -T5). */
export const TICK = 10
/** Spokes; a deadline further off than a turn (10 s) waits for its round. */
const SPOKES = 1024

const NONE = -1

export class TimerWheel {
  readonly #deadline: Float64Array
  readonly #next: Int32Array
  readonly #previous: Int32Array
  /** Spoke a slot hangs on, NONE where it has no deadline */
  readonly #spoke: Int32Array
  readonly #heads = new Int32Array(SPOKES).fill(NONE)
  readonly #tickMs: number
  #tick: number
  #armed = 0

  /**
   * @param now milliseconds, as all times here, on one monotonic clock
   * @param tickMs how late a deadline may be told
   */
  constructor(slots: number, now: number, tickMs: number = TICK) {
    this.#tickMs = tickMs
    this.#deadline = new Float64Array(slots)
    this.#next = new Int32Array(slots).fill(NONE)
    this.#previous = new Int32Array(slots).fill(NONE)
    this.#spoke = new Int32Array(slots).fill(NONE)
    this.#tick = Math.floor(now / tickMs)
  }

  /** Slots that have a deadline. */
  get armed(): number {
    return this.#armed
  }

  /** undefined for a slot without one */
  deadline(slot: number): number | undefined {
    return this.#spoke[slot] === NONE ? undefined : this.#deadline[slot]
  }

  set(slot: number, deadline: number): void {
    this.clear(slot)
    // Not before the tick after the current one, whose spoke may be under way.
    const tick = Math.max(Math.ceil(deadline / this.#tickMs), this.#tick + 1)
    const spoke = tick % SPOKES
    this.#deadline[slot] = deadline
    this.#spoke[slot] = spoke
    const head = this.#heads[spoke] ?? NONE
    this.#next[slot] = head
    this.#previous[slot] = NONE
    if (head !== NONE) this.#previous[head] = slot
    this.#heads[spoke] = slot
    this.#armed++
  }

  clear(slot: number): void {
    const spoke = this.#spoke[slot] ?? NONE
    if (spoke === NONE) return
    const next = this.#next[slot] ?? NONE
    const previous = this.#previous[slot] ?? NONE
    if (next !== NONE) this.#previous[next] = previous
    if (previous === NONE) this.#heads[spoke] = next
    else this.#next[previous] = next
    this.#spoke[slot] = NONE
    this.#armed--
  }

  /**
   * Calls back for every slot whose deadline has passed; the slot is clear by then and may be set again. The callback
   * leaves the other slots alone.
   */
  expire(now: number, onExpired: (slot: number) => void): void {
    const last = Math.floor(now / this.#tickMs)
    // After a long sleep one turn of the wheel finds everything.
    const first = Math.max(this.#tick + 1, last - SPOKES + 1)
    for (let tick = first; tick <= last && this.#armed > 0; tick++) {
      this.#tick = tick
      let slot = this.#heads[tick % SPOKES] ?? NONE
      while (slot !== NONE) {
        const next = this.#next[slot] ?? NONE
        if ((this.#deadline[slot] ?? 0) <= now) {
          this.clear(slot)
          onExpired(slot)
        }
        slot = next
      }
    }
    this.#tick = Math.max(this.#tick, last)
  }
}
