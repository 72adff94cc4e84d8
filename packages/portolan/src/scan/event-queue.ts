/** A queue between what pushes and an `async` loop that pulls, and the means to slow the first when the second is slow. */

export class EventQueue<T> {
  readonly #items: T[] = []
  #head = 0
  #wake: (() => void) | undefined
  #onDrained: (() => void)[] = []
  #ended = false

  push(item: T): void {
    this.#items.push(item)
    this.#wake?.()
  }

  /** Nothing comes after what has been pushed. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** Calls back when everything pushed so far has been taken: at once when it has. */
  whenDrained(callback: () => void): void {
    if (this.#head === this.#items.length) callback()
    else this.#onDrained.push(callback)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      while (this.#head < this.#items.length) {
        const item = this.#items[this.#head++]
        if (item !== undefined) yield item
      }
      this.#items.length = this.#head = 0
      for (const callback of this.#onDrained.splice(0)) callback()
      if (this.#head < this.#items.length) continue
      if (this.#ended) return
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
      this.#wake = undefined
    }
  }
}
