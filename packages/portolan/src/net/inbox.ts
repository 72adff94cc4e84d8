/**
 * Bytes that were read before anyone asked for them: a framer reads as much as there is and leaves what lies behind its
 * frame. Reading goes on here first, so that framers and plain reads can be mixed and none loses bytes.
 */
const NOTHING = new Uint8Array(0)

export class Inbox {
  #bytes: Uint8Array = NOTHING
  #start = 0
  #end = 0

  get length(): number {
    return this.#end - this.#start
  }

  /** What is there, no copy: valid until the next call that changes the inbox. */
  peek(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  /** Adds bytes, which must be nobody else's from now on. Memory doubles, so that n bytes are moved O(log n) times. */
  append(chunk: Uint8Array): void {
    const length = this.length
    if (length === 0) {
      this.#bytes = chunk
      this.#start = 0
      this.#end = chunk.byteLength
      return
    }
    if (this.#end + chunk.byteLength > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(2 * length, length + chunk.byteLength))
      larger.set(this.peek())
      this.#bytes = larger
      this.#start = 0
      this.#end = length
    }
    this.#bytes.set(chunk, this.#end)
    this.#end += chunk.byteLength
  }

  /** Moves up to `into.byteLength` bytes out. @returns how many */
  takeInto(into: Uint8Array): number {
    const count = Math.min(into.byteLength, this.length)
    into.set(this.#bytes.subarray(this.#start, this.#start + count))
    this.drop(count)
    return count
  }

  /** Takes `count` bytes out, as memory of their own. */
  take(count: number): Uint8Array {
    const taken = this.#bytes.slice(this.#start, this.#start + count)
    this.drop(count)
    return taken
  }

  /** Forgets the first `count` bytes. */
  drop(count: number): void {
    this.#start += count
    if (this.#start < this.#end) return
    // An idle connection holds no memory for what it has passed on.
    this.#bytes = NOTHING
    this.#start = 0
    this.#end = 0
  }
}
