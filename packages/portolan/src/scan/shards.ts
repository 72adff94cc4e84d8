/**
 * Which indexes of the order an engine takes next. A shard is a range of indexes; engines in several threads draw
 * shards from one shared counter, so that none idles while another has work left.
 */

export interface IndexRange {
  /** First index */
  readonly from: number
  /** One past the last index */
  readonly to: number
}

/**
 * Part `index` (from 1) of `count` of a space: contiguous, disjoint, and together the whole, with sizes that differ by
 * one at most.
 */
export function shardRange(size: number, index: number, count: number): IndexRange {
  // floor(size * i / count) without the product, which would pass 2^53 for large spaces.
  const whole = Math.floor(size / count)
  const rest = size % count
  const start = (part: number): number => whole * part + Math.min(part, rest)
  return { from: start(index - 1), to: start(index) }
}

/** Shards are small enough that two threads end together and large enough that drawing one costs nothing. */
const SHARD_SIZE = 2048
/** The shared counter is an Int32. */
const MOST_SHARDS = 2 ** 30

/** Slots of the shared control block. */
const NEXT_SHARD = 0
const STOP = 1
const CONTROL_SLOTS = 2
/** Values of the slot STOP, in the order they may follow each other. */
const GOING = 0
const STOPPED = 1
const ABANDONED = 2

/** What the threads of one scan share: the next shard and the wish to stop. */
export class ShardSource {
  readonly range: IndexRange
  readonly shared: SharedArrayBuffer
  readonly #control: Int32Array
  readonly #shardSize: number
  #next = 0
  #end = 0
  #drained = false

  constructor(
    range: IndexRange,
    shared: SharedArrayBuffer = new SharedArrayBuffer(CONTROL_SLOTS * Int32Array.BYTES_PER_ELEMENT),
  ) {
    this.range = range
    this.shared = shared
    this.#control = new Int32Array(shared)
    this.#shardSize = Math.max(SHARD_SIZE, Math.ceil((range.to - range.from) / MOST_SHARDS))
  }

  /** The next index, or -1 when no shard is left. */
  next(): number {
    if (this.#drained) return -1
    if (this.#next === this.#end) {
      const shard = Atomics.add(this.#control, NEXT_SHARD, 1)
      this.#next = Math.min(this.range.from + shard * this.#shardSize, this.range.to)
      this.#end = Math.min(this.#next + this.#shardSize, this.range.to)
      // A thread that found nothing does not draw again, so the counter cannot run over.
      this.#drained = this.#next === this.#end
      if (this.#drained) return -1
    }
    return this.#next++
  }

  /** True once {@link next} can give nothing any more, in this thread. */
  get exhausted(): boolean {
    if (this.#next !== this.#end) return false
    return this.range.from + Atomics.load(this.#control, NEXT_SHARD) * this.#shardSize >= this.range.to
  }

  /** Asks all engines to send nothing new and to take in what is on its way. */
  stop(): void {
    Atomics.compareExchange(this.#control, STOP, GOING, STOPPED)
  }

  get stopped(): boolean {
    return Atomics.load(this.#control, STOP) !== GOING
  }

  /** Nobody wants the rest: asks all engines to leave everything where it is and end. */
  abandon(): void {
    Atomics.store(this.#control, STOP, ABANDONED)
  }

  get abandoned(): boolean {
    return Atomics.load(this.#control, STOP) === ABANDONED
  }
}
