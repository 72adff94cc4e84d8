/** First in, first out, for slot numbers: a ring that never allocates. It holds every slot at most once. */
export class SlotQueue {
  readonly capacity: number
  readonly #ring: Int32Array
  #head = 0
  #length = 0

  constructor(capacity: number) {
    this.capacity = capacity
    this.#ring = new Int32Array(capacity)
  }

  /** A queue that holds 0..capacity-1. */
  static full(capacity: number): SlotQueue {
    const queue = new SlotQueue(capacity)
    for (let slot = 0; slot < capacity; slot++) queue.push(slot)
    return queue
  }

  get length(): number {
    return this.#length
  }

  push(slot: number): void {
    this.#ring[(this.#head + this.#length) % this.capacity] = slot
    this.#length++
  }

  shift(): number | undefined {
    if (this.#length === 0) return undefined
    const slot = this.#ring[this.#head]
    this.#head = (this.#head + 1) % this.capacity
    this.#length--
    return slot
  }
}
