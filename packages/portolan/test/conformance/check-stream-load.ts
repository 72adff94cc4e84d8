/** Stalled readers, floods, many timers, many connections: 38, 42, 53, and what stays in memory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { activeTimers, heapGrowth } from '../socket/leak-check.ts'
import { LIMIT, codeOf, readText, withEnds, type End, type StreamKind } from './stream-kind.ts'

const MEBIBYTE = 1 << 20

/** Bytes that a flood may move at most while twenty small dialogues take place: then they have been starved. */
const FLOOD = 4 * 1024 * MEBIBYTE

/** Bytes after 40 pairs; one pair that is kept has several kilobytes. */
const LEAK = 40 * 1024

export function checkStreamLoad(kind: StreamKind): void {
  const { name, room } = kind

  test(
    `${name}: 38. a writer of 256 MiB to a reader that stalls hands over no more than the buffers hold`,
    LIMIT,
    async () => {
      const [one, other] = await kind.make()
      try {
        const block = Buffer.alloc(MEBIBYTE, 7)
        const before = memory()
        let taken = 0
        const writes = Array.from({ length: 256 }, () =>
          one.write(block).then(
            () => (taken += block.byteLength),
            () => undefined,
          ),
        )
        // Until nothing has moved for a while.
        for (let last = -1, still = 0; still < 10; still = taken === last ? still + 1 : 0) {
          last = taken
          await sleep(10)
        }
        assert.ok(taken <= room, `${taken} bytes handed over, room is ${room}`)
        const grown = memory() - before
        assert.ok(grown < 16 * MEBIBYTE, `${grown} bytes of heap and buffers more`)
        await one.close()
        await Promise.all(writes)
      } finally {
        await Promise.all([one.close(), other.close()])
      }
    },
  )

  test(`${name}: 42. a peer that floods starves neither a timer nor another connection`, LIMIT, () =>
    withEnds(kind, (flooded, flooding) =>
      withEnds(kind, async (one, other) => {
        const flood = { over: false, bytes: 0 }
        const writing = pour(flooding, flood)
        const reading = drain(flooded, flood)
        for (let times = 0; times < 20; times++) {
          await sleep(1)
          await one.write('turn')
          assert.equal(await readText(other, 4), 'turn')
        }
        flood.over = true
        assert.ok(flood.bytes > 0 && flood.bytes < FLOOD, `${flood.bytes} bytes flowed`)
        await Promise.all([writing, reading])
      }),
    ),
  )

  if (!kind.isWeb)
    test(`${name}: 53. ten thousand reads with a timeout leave no timer`, LIMIT, () =>
      withEnds(kind, async (one, other) => {
        const count = 10_000
        const before = activeTimers()
        const byte = Array.from({ length: count }, () => new Uint8Array(1))
        const reads = byte.map((into) => one.read(into, { timeout: 60_000 }))
        assert.ok(activeTimers() - before >= count - 1, 'the reads wait, each with its timer')
        await other.write(new Uint8Array(count).fill(5))
        assert.deepEqual(new Set(await Promise.all(reads)), new Set([1]))
        assert.equal(
          Buffer.concat(byte).every((value) => value === 5),
          true,
        )
        assert.ok(activeTimers() <= before, `${activeTimers()} timers, ${before} before`)
        // And those that end by their time.
        const late = await Promise.all(Array.from({ length: 100 }, () => codeOf(one.read({ timeout: 1 }))))
        assert.deepEqual(new Set(late), new Set(['ERR_SOCKET_TIMEOUT']))
        assert.ok(activeTimers() <= before)
      }),
    )

  test(`${name}: 53. connections that were made, used and closed leave no memory behind`, LIMIT, async () => {
    const grown = await heapGrowth(() => useOnce(kind), { warmUp: 40, times: 40, bound: LEAK })
    assert.ok(grown < LEAK, `${grown} bytes more after 40 pairs`)
  })
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

interface Flood {
  over: boolean
  bytes: number
}

async function pour(into: End, flood: Flood): Promise<void> {
  const block = new Uint8Array(65_536)
  while (!flood.over && flood.bytes < FLOOD) await into.write(block)
  await into.closeWrite()
}

async function drain(from: End, flood: Flood): Promise<void> {
  for (let part = await from.read(); part !== null; part = await from.read()) flood.bytes += part.byteLength
}

async function useOnce(kind: StreamKind): Promise<void> {
  const stop = new AbortController()
  await withEnds(kind, async (one, other) => {
    const reading = one.read(kind.isWeb ? {} : { signal: stop.signal, timeout: 60_000 })
    await other.write('x'.repeat(1000))
    await reading
    await one.closeWrite()
    assert.equal(await other.read(), null)
  })
}
