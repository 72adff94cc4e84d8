/**
 * Observations on their way from an engine to the scan: fixed-size records in an ArrayBuffer, so that a batch crosses
 * threads by transfer and costs no object per probe.
 *
 * | bytes | field |
 * |---|---|
 * | 0..7 | probe: place in the probe space (host ordinal times ports, plus index of the port), float64 |
 * | 8..11 | round trip in milliseconds, float32, NaN where nothing was measured |
 * | 12 | state, index into PORT_STATES |
 * | 13 | reason, index into REASONS |
 * | 14..15 | probes sent, uint16 |
 */
import { PORT_STATES, REASONS, type PortState, type Reason } from './states.ts'

const RECORD_SIZE = 16

const stateIndex = indexOf(PORT_STATES)
const reasonIndex = indexOf(REASONS)

function indexOf<T extends string>(words: readonly T[]): (word: T) => number {
  const table = new Map(words.map((word, index) => [word, index]))
  return (word) => table.get(word) ?? 0
}

export class ObservationWriter {
  readonly capacity: number
  #view: DataView<ArrayBuffer>
  #count = 0

  constructor(capacity: number) {
    this.capacity = capacity
    this.#view = new DataView(new ArrayBuffer(capacity * RECORD_SIZE))
  }

  get count(): number {
    return this.#count
  }

  get full(): boolean {
    return this.#count === this.capacity
  }

  /** @throws RangeError when full: the caller takes the batch first */
  add(probe: number, state: PortState, reason: Reason, rttMs: number, attempts: number): void {
    const at = this.#count * RECORD_SIZE
    this.#view.setFloat64(at, probe, true)
    this.#view.setFloat32(at + 8, rttMs, true)
    this.#view.setUint8(at + 12, stateIndex(state))
    this.#view.setUint8(at + 13, reasonIndex(reason))
    this.#view.setUint16(at + 14, Math.min(attempts, 0xffff), true)
    this.#count++
  }

  /** The records so far, to be transferred; the writer goes on with fresh memory. */
  take(): ArrayBuffer {
    const taken = this.#view.buffer
    const batch = this.#count === this.capacity ? taken : taken.slice(0, this.#count * RECORD_SIZE)
    if (batch === taken) this.#view = new DataView(new ArrayBuffer(taken.byteLength))
    this.#count = 0
    return batch
  }
}

/** A received batch; nothing is allocated to read a record. */
export class ObservationBatch {
  readonly count: number
  readonly #view: DataView

  constructor(batch: ArrayBuffer) {
    this.#view = new DataView(batch)
    this.count = batch.byteLength / RECORD_SIZE
  }

  probe(index: number): number {
    return this.#view.getFloat64(index * RECORD_SIZE, true)
  }

  /** NaN where nothing was measured */
  rttMs(index: number): number {
    return this.#view.getFloat32(index * RECORD_SIZE + 8, true)
  }

  state(index: number): PortState {
    return PORT_STATES[this.#view.getUint8(index * RECORD_SIZE + 12)] ?? 'unknown'
  }

  reason(index: number): Reason {
    return REASONS[this.#view.getUint8(index * RECORD_SIZE + 13)] ?? 'local-error'
  }

  attempts(index: number): number {
    return this.#view.getUint16(index * RECORD_SIZE + 14, true)
  }
}
