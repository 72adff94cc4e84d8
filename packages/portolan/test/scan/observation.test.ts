import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ObservationBatch, ObservationWriter } from '../../src/scan/observation.ts'
import { MAX_PROBES } from '../../src/scan/order.ts'
import { PORT_STATES, REASONS } from '../../src/scan/states.ts'

const record = fc.record(
  {
    probe: fc.nat({ max: MAX_PROBES - 1 }),
    state: fc.constantFrom(...PORT_STATES),
    reason: fc.constantFrom(...REASONS),
    rttMs: fc.oneof(fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }), fc.constant(NaN)),
    attempts: fc.nat(0xffff),
  },
  { noNullPrototype: true },
)
type Observation = typeof record extends fc.Arbitrary<infer T> ? T : never

function read(buffer: ArrayBuffer): Observation[] {
  const batch = new ObservationBatch(buffer)
  return Array.from({ length: batch.count }, (_, i) => ({
    probe: batch.probe(i),
    state: batch.state(i),
    reason: batch.reason(i),
    rttMs: batch.rttMs(i),
    attempts: batch.attempts(i),
  }))
}

function write(writer: ObservationWriter, { probe, state, reason, rttMs, attempts }: Observation): void {
  writer.add(probe, state, reason, rttMs, attempts)
}

describe('an observation', () => {
  test('comes out of a batch as it went in, batch after batch', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 60 }),
        fc.integer({ min: 1, max: 16 }),
        (records, capacity) => {
          const writer = new ObservationWriter(capacity)
          const batches: ArrayBuffer[] = []
          for (const record of records) {
            if (writer.full) batches.push(writer.take())
            write(writer, record)
          }
          batches.push(writer.take())
          assert.equal(writer.count, 0)
          // Read at the end: a batch that was taken is not written to any more.
          assert.deepEqual(batches.flatMap(read), records)
        },
      ),
    )
  })

  test('keeps a float32 of the round trip and at most 65,535 attempts', () => {
    const writer = new ObservationWriter(1)
    writer.add(1, 'open', 'syn-ack', 0.1, 70_000)
    const [observation] = read(writer.take())
    assert.equal(observation?.rttMs, Math.fround(0.1))
    assert.equal(observation?.attempts, 65_535)
  })

  test('that finds the batch full is refused and spoils nothing', () => {
    const writer = new ObservationWriter(2)
    writer.add(1, 'open', 'syn-ack', 1, 1)
    writer.add(2, 'closed', 'conn-refused', 2, 1)
    assert.equal(writer.full, true)
    assert.throws(() => writer.add(3, 'open', 'syn-ack', 1, 1), RangeError)
    assert.equal(writer.count, 2)
    assert.deepEqual(
      read(writer.take()).map(({ probe }) => probe),
      [1, 2],
    )
  })

  test('survives the way through a transfer, and the writer goes on', () => {
    const writer = new ObservationWriter(2)
    writer.add(2 ** 47 + 1, 'filtered', 'no-response', NaN, 4)
    writer.add(7, 'unknown', 'interrupted', NaN, 0)
    const batch = writer.take()
    const received = structuredClone(batch, { transfer: [batch] })
    writer.add(8, 'open', 'syn-ack', 1, 1)
    assert.deepEqual(read(received), [
      { probe: 2 ** 47 + 1, state: 'filtered', reason: 'no-response', rttMs: NaN, attempts: 4 },
      { probe: 7, state: 'unknown', reason: 'interrupted', rttMs: NaN, attempts: 0 },
    ])
    assert.equal(read(writer.take())[0]?.probe, 8)
  })
})
