/** Deadlines, aborts and interruptions: 47, 48, 49, 51, 52. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { countingBytes } from './check-stream-life.ts'
import {
  LIMIT,
  codeOf,
  readAll,
  readCount,
  readText,
  withEnds,
  type End,
  type StreamKind,
} from './stream-kind.ts'

export function checkStreamDeadlines(kind: StreamKind): void {
  const { name } = kind
  if (kind.isWeb) checkDeadlineBelow(kind)
  else checkDeadlines(kind)

  test(`${name}: 51. an aborted read has taken nothing, whenever the abort comes`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      let aborted = 0
      for (let round = 0; round < 60; round++) {
        const stop = new AbortController()
        const reading = one.read({ signal: stop.signal }).then(
          (chunk) => Buffer.from(chunk ?? []).toString(),
          (error: unknown) => {
            assert.ok(error instanceof Error && 'code' in error && error.code === 'ABORT_ERR', String(error))
            return undefined
          },
        )
        if (round % 3 === 0) stop.abort()
        const sent = `round ${round}`
        await other.write(sent)
        // From none to some twenty steps of the promise chain, then whole turns of the event loop.
        for (let step = 0; step < round % 20; step++) await Promise.resolve()
        if (round >= 40) await turn()
        stop.abort()
        const received = await reading
        if (received === undefined) aborted++
        // Whoever reads next has all of it.
        assert.equal(received ?? (await readText(one, sent.length)), sent)
      }
      assert.ok(aborted >= 20, `${aborted} aborted`)
    }),
  )

  test(`${name}: 52. signals that interrupt the process disturb nothing`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      const state = { heard: 0, over: false }
      const hear = (): void => void state.heard++
      process.on('SIGWINCH', hear)
      const interrupting = (async () => {
        while (!state.over || state.heard === 0) {
          process.kill(process.pid, 'SIGWINCH')
          await turn()
        }
      })()
      try {
        const bytes = countingBytes(4 << 20)
        const [received] = await Promise.all([readCount(other, bytes.byteLength), one.write(bytes)])
        assert.ok(received.equals(bytes))
        if (!kind.isWeb) assert.equal(await codeOf(one.read({ timeout: 20 })), 'ERR_SOCKET_TIMEOUT')
      } finally {
        state.over = true
        await interrupting
        process.off('SIGWINCH', hear)
      }
    }),
  )

  if (kind.callsLibc)
    test(
      `${name}: 52. every second recv and send fails with EINTR: bytes and time limits are exact`,
      LIMIT,
      () =>
        withEnds(kind, async (one, other) => {
          await interrupted(async () => {
            const bytes = countingBytes(4 << 20)
            const [received] = await Promise.all([readCount(other, bytes.byteLength), one.write(bytes)])
            assert.ok(received.equals(bytes))
            if (kind.isWeb) return
            const began = performance.now()
            assert.equal(await codeOf(other.read({ timeout: 50 })), 'ERR_SOCKET_TIMEOUT')
            // Node's timers count whole milliseconds.
            assert.ok(performance.now() - began >= 49, 'ended before its time')
          })
        }),
    )
}

async function interrupted(work: () => Promise<void>): Promise<void> {
  const { recv, send } = libc
  let calls = 0
  libc.recv = (...args) => (calls++ % 2 === 0 ? -ERRNO.EINTR : recv(...args))
  libc.send = (...args) => (calls++ % 2 === 0 ? -ERRNO.EINTR : send(...args))
  try {
    await work()
  } finally {
    Object.assign(libc, { recv, send })
  }
  assert.ok(calls > 4, `${calls} calls`)
}

function checkDeadlines(kind: StreamKind): void {
  const { name } = kind

  test(
    `${name}: 47. a deadline or timeout that is over ends the call at once, also where data is ready`,
    LIMIT,
    () =>
      withEnds(kind, async (one, other) => {
        await other.write('ready')
        assert.equal(await readText(one, 1), 'r')
        for (const timeout of [0, -1]) assert.equal(await codeOf(one.read({ timeout })), 'ERR_SOCKET_TIMEOUT')
        for (const deadline of [0, -1, new Date(0)]) {
          one.setDeadline(deadline)
          assert.equal(await codeOf(one.read()), 'ERR_SOCKET_TIMEOUT')
          assert.equal(await codeOf(one.read(new Uint8Array(1))), 'ERR_SOCKET_TIMEOUT')
          assert.equal(await codeOf(one.write('x')), 'ERR_SOCKET_TIMEOUT')
        }
        one.setDeadline(null)
        assert.equal(await readText(one, 4), 'eady')
        await one.write('y')
        assert.equal(await readText(other, 1), 'y')
      }),
  )

  test(`${name}: 48. a deadline ends a read and a write that wait; a later one revives both`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      const bytes = countingBytes(kind.room * 2)
      const [reading, writing] = [codeOf(one.read()), codeOf(one.write(bytes))]
      one.setDeadline(30)
      assert.deepEqual(await Promise.all([reading, writing]), ['ERR_SOCKET_TIMEOUT', 'ERR_SOCKET_TIMEOUT'])
      assert.equal(one.closed, false)
      one.setDeadline(60_000)
      await other.write('later')
      assert.equal(await readText(one, 5), 'later')
      const [received] = await Promise.all([readAll(other), one.write('tail').then(() => one.closeWrite())])
      assert.equal(received.subarray(-4).toString(), 'tail')
    }),
  )

  test(`${name}: 48. a deadline that is put off while a read waits counts from the new one`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      one.setDeadline(20)
      const reading = one.read()
      one.setDeadline(60_000)
      await sleep(60)
      await other.write('x')
      assert.equal((await reading)?.byteLength, 1)
      one.setDeadline(null)
    }),
  )

  test(`${name}: 49. the deadlines of the two directions are independent`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      one.setDeadline(0, 'read')
      await one.write('written')
      assert.equal(await readText(other, 7), 'written')
      assert.equal(await codeOf(one.read()), 'ERR_SOCKET_TIMEOUT')
      // Each after the other direction's, which must not undo or repeat it.
      one.setDeadline(null, 'read')
      one.setDeadline(0, 'write')
      await other.write('read')
      assert.equal(await readText(one, 4), 'read')
      assert.equal(await codeOf(one.write('x')), 'ERR_SOCKET_TIMEOUT')
      one.setDeadline(null, 'write')
      one.setDeadline(0, 'read')
      await one.write('again')
      assert.equal(await readText(other, 5), 'again')
    }),
  )

  test(
    `${name}: 49. deadlines set again and again, by many, while calls wait: the last one counts`,
    LIMIT,
    () =>
      withEnds(kind, async (one, other) => {
        const setting = Array.from({ length: 20 }, (_, who) => setOften(one, who))
        const reads = Array.from({ length: 20 }, () => codeOf(one.read()))
        await Promise.all(setting)
        one.setDeadline(0)
        assert.deepEqual(new Set(await Promise.all(reads)), new Set(['ERR_SOCKET_TIMEOUT']))
        one.setDeadline(null)
        const reading = one.read()
        await other.write('x')
        assert.equal((await reading)?.byteLength, 1)
      }),
  )
}

async function setOften(stream: End, who: number): Promise<void> {
  const directions = ['read', 'write', 'both'] as const
  for (let times = 0; times < 20; times++) {
    // Now and then one that is over at once, or never.
    const deadline = times % 7 === 6 ? null : ((who * 13 + times * 7) % 30) + 1
    stream.setDeadline(deadline, directions[(who + times) % 3] ?? 'both')
    await turn()
  }
}

function checkDeadlineBelow(kind: StreamKind): void {
  test(
    `${kind.name}: 47, 48, 49. web streams have no deadline: one of the connection fails them for good`,
    LIMIT,
    () =>
      withEnds(kind, async (one, other) => {
        const reading = codeOf(one.read())
        one.setDeadline(20, 'read')
        assert.equal(await reading, 'ERR_SOCKET_TIMEOUT')
        one.setDeadline(null)
        assert.equal(await codeOf(one.read()), 'ERR_SOCKET_TIMEOUT')
        // The other direction is as it was.
        await one.write('fine')
        assert.equal(await readText(other, 4), 'fine')
      }),
  )
}
