import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { MAX_PROBES } from '../../src/scan/order.ts'
import { ShardSource, shardRange } from '../../src/scan/shards.ts'
import type { DrawerJob } from './shard-drawer.ts'

const sizes = fc.oneof(fc.nat(20), fc.nat({ max: MAX_PROBES }), fc.constantFrom(MAX_PROBES, MAX_PROBES - 1))

/** Draws from the sources, the next one chosen by `choices` in turn, until all are empty. */
function drawAll(sources: readonly ShardSource[], choices: readonly number[]): number[] {
  const drawn: number[] = []
  const left = [...sources]
  for (let turn = 0; left.length > 0; turn++) {
    const place = (choices[turn % choices.length] ?? 0) % left.length
    const index = left[place]?.next() ?? -1
    if (index < 0) left.splice(place, 1)
    else drawn.push(index)
  }
  return drawn
}

describe('the shards of a plan', () => {
  test('lie one after the other and are the whole, for any size and count', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 300 }), (size, count) => {
        let end = 0
        for (let index = 1; index <= count; index++) {
          const { from, to } = shardRange(size, index, count)
          assert.equal(from, end)
          assert.ok(Number.isSafeInteger(to) && to >= from)
          end = to
        }
        assert.equal(end, size)
      }),
    )
  })

  test('differ by one probe at most, also where there are millions of them', () => {
    const shard = fc.record({ size: sizes, count: fc.integer({ min: 1, max: MAX_PROBES }) }).chain((shard) =>
      fc.record({
        size: fc.constant(shard.size),
        count: fc.constant(shard.count),
        index: fc.integer({ min: 1, max: shard.count }),
      }),
    )
    fc.assert(
      fc.property(shard, ({ size, count, index }) => {
        const { from, to } = shardRange(size, index, count)
        assert.ok(from >= 0 && to <= size)
        assert.ok([Math.floor(size / count), Math.ceil(size / count)].includes(to - from))
        if (index < count) assert.equal(shardRange(size, index + 1, count).from, to)
        if (index === count) assert.equal(to, size)
      }),
    )
  })
})

describe('a shard source', () => {
  const ranges = fc
    .record({
      from: fc.oneof(fc.nat(100), fc.nat({ max: MAX_PROBES - 30_000 }), fc.constant(MAX_PROBES - 30_000)),
      length: fc.oneof(fc.nat(5), fc.constantFrom(2047, 2048, 2049, 4096), fc.nat(30_000)),
    })
    .map(({ from, length }) => ({ from, to: from + length }))

  test('gives each index of its range once to several sources that share a counter', () => {
    const turns = fc.array(fc.nat(7), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(ranges, fc.integer({ min: 1, max: 5 }), turns, (range, count, turns) => {
        const first = new ShardSource(range)
        const others = Array.from({ length: count - 1 }, () => new ShardSource(range, first.shared))
        const drawn = drawAll([first, ...others], turns)
        assert.equal(drawn.length, range.to - range.from)
        assert.equal(new Set(drawn).size, drawn.length)
        for (const index of drawn) assert.ok(index >= range.from && index < range.to)
      }),
    )
  })

  test('gives -1 for ever once it is empty', () => {
    const source = new ShardSource({ from: 5, to: 6 })
    assert.deepEqual(
      [1, 2, 3, 4].map(() => source.next()),
      [5, -1, -1, -1],
    )
  })

  test('knows that it is exhausted exactly when the next index would be none', () => {
    fc.assert(
      fc.property(ranges, (range) => {
        const source = new ShardSource(range)
        for (let i = range.from; i < range.to; i++) {
          if (source.exhausted) assert.fail(`exhausted at ${i} of ${range.to}`)
          source.next()
        }
        assert.ok(source.exhausted)
        assert.ok(new ShardSource(range, source.shared).exhausted)
      }),
      { numRuns: 30 },
    )
  })

  test('gives each index once to threads that draw at the same time', async () => {
    const range = { from: 1000, to: 1000 + 500_003 }
    const { shared } = new ShardSource(range)
    const counts = new SharedArrayBuffer((range.to - range.from) * Int32Array.BYTES_PER_ELEMENT)
    const job: DrawerJob = { range, shared, counts }
    const totals = await Promise.all(
      [1, 2, 3].map(async () => {
        const worker = new Worker(new URL('./shard-drawer.ts', import.meta.url), { workerData: job })
        const [count]: unknown[] = await once(worker, 'message')
        return Number(count)
      }),
    )
    assert.equal(
      totals.reduce((sum, count) => sum + count, 0),
      range.to - range.from,
    )
    assert.ok(new Int32Array(counts).every((count) => count === 1))
  })

  test('tells the wish to stop to every source', () => {
    const source = new ShardSource({ from: 0, to: 10 })
    const other = new ShardSource({ from: 0, to: 10 }, source.shared)
    assert.equal(other.stopped, false)
    source.stop()
    assert.equal(other.stopped, true)
    assert.equal(other.next(), 0, 'stopping takes nothing from the counter')
  })
})
