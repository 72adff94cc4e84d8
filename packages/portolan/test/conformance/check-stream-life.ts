/** Closing: 5, 6, 8, 9, 10. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDescriptors } from '../socket/leak-check.ts'
import { LIMIT, codeOf, readAll, readText, withEnds, type StreamKind } from './stream-kind.ts'

export function checkStreamLife(kind: StreamKind): void {
  const { name } = kind

  test(
    `${name}: 5. closing twice is one close, and what is called afterwards ends with ERR_SOCKET_CLOSED`,
    LIMIT,
    () =>
      withEnds(kind, async (one, other) => {
        assert.equal(one.closed, false)
        await Promise.all([one.close(), one.close()])
        await one.close()
        one.reset()
        assert.equal(one.closed, true)
        assert.equal(await codeOf(one.read()), 'ERR_SOCKET_CLOSED')
        assert.equal(await codeOf(one.read(new Uint8Array(4))), 'ERR_SOCKET_CLOSED')
        assert.equal(await codeOf(one.write('x')), 'ERR_SOCKET_CLOSED')
        // Not taken for a reset by anybody: the peer has an end.
        assert.equal(await other.read(), null)
      }),
  )

  test(`${name}: 6. close ends a read that waits, and the peer reads the end`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      const reading = [codeOf(one.read()), codeOf(one.read(new Uint8Array(1)))]
      const theirs = other.read()
      await one.close()
      assert.deepEqual(await Promise.all(reading), ['ERR_SOCKET_CLOSED', 'ERR_SOCKET_CLOSED'])
      assert.equal(await theirs, null)
    }),
  )

  test(`${name}: 8. close ends a write that waits; the peer reads a prefix of it`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      const bytes = countingBytes(kind.room * 2)
      const writing = codeOf(one.write(bytes))
      // Something of it has arrived, so the write is under way.
      const first = await other.read()
      assert.ok(first !== null)
      await one.close()
      assert.equal(await writing, 'ERR_SOCKET_CLOSED')
      const parts: Uint8Array[] = [first]
      const end = await (async () => {
        for (;;) {
          const part = await other.read()
          if (part === null) return 'the end'
          parts.push(part)
        }
      })().catch((error: unknown) => codeOf(Promise.reject(error)))
      assert.equal(end, kind.cutShort)
      const received = Buffer.concat(parts)
      assert.ok(received.byteLength < bytes.byteLength)
      assert.ok(received.equals(bytes.subarray(0, received.byteLength)), 'a prefix')
    }),
  )

  test(`${name}: 9. when close has resolved the descriptors are given back`, LIMIT, async () => {
    const before = openDescriptors()
    const [one, other] = await kind.make()
    try {
      const open = [...openDescriptors().values()].filter((what) => !new Set(before.values()).has(what))
      assert.equal(open.length, kind.descriptors)
      await one.write('used')
      assert.equal(await readText(other, 4), 'used')
    } finally {
      await Promise.all([one.close(), other.close()])
    }
    // At once, without another turn of the event loop.
    assert.deepEqual(openDescriptors(), before)
  })

  test(`${name}: 10. await using after close, and after reset, does nothing`, LIMIT, async () => {
    for (const end of ['close', 'reset'] as const) {
      const [one, other] = await kind.make()
      await using _ = other
      {
        await using mine = one
        await mine[end]()
      }
      assert.equal(one.closed, true)
    }
    const [one, other] = await kind.make()
    {
      await using mine = one
      await mine.write('last')
    }
    assert.equal(one.closed, true)
    assert.equal((await readAll(other)).toString(), 'last')
    await other[Symbol.asyncDispose]()
    assert.equal(other.closed, true)
  })
}

/** Bytes that repeat after 251, a prime, so that a shifted or doubled block shows. */
export function countingBytes(length: number): Buffer {
  const period = Buffer.from(Uint8Array.from({ length: 251 }, (_, index) => index))
  return Buffer.alloc(length, period)
}
