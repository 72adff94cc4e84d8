/** The end of a stream, half-close and reset: 30, 31, 32, 33, 34. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LIMIT, codeOf, readAll, readText, withEnds, type StreamKind } from './stream-kind.ts'

export function checkStreamEnds(kind: StreamKind): void {
  const { name, reset } = kind

  test(
    `${name}: 30. the end of the stream is null, again and again, and no read of nothing is taken for it`,
    LIMIT,
    () =>
      withEnds(kind, async (one, other) => {
        const nothing = async (): Promise<void> => {
          // A BYOB reader takes no empty view (Streams Standard, ReadableStreamBYOBReader read()).
          if (kind.isWeb) await assert.rejects(one.read(new Uint8Array(0)), TypeError)
          else assert.equal(await one.read(new Uint8Array(0)), 0)
        }
        // Nothing has come: zero bytes are there at once all the same.
        await nothing()
        await other.write('ab')
        await nothing()
        assert.equal(await readText(one, 1), 'a')
        await nothing()
        assert.equal(await readText(one, 1), 'b')
        await other.closeWrite()
        for (let times = 0; times < 3; times++) {
          assert.equal(await one.read(), null)
          assert.equal(await one.read(new Uint8Array(3)), null)
          if (!kind.isWeb) await nothing()
        }
      }),
  )

  test(`${name}: 31. a reset is seen as: ${reset}`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      await other.write('first second')
      assert.equal(await readText(one, 6), 'first ')
      other.reset()
      assert.equal(other.closed, true)
      // So that it has come when the rest is read.
      await sleep(20)
      if (reset !== 'the error') assert.equal(await readText(one, 6), 'second')
      if (reset === 'data, then the end') assert.equal(await one.read(), null)
      else assert.equal(await codeOf(one.read()), 'ECONNRESET')
    }),
  )

  test(`${name}: 31. a reset ends a read that waits`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      const reading = reset === 'data, then the end' ? one.read() : codeOf(one.read())
      await sleep(1)
      other.reset()
      assert.equal(await reading, reset === 'data, then the end' ? null : 'ECONNRESET')
    }),
  )

  test(
    `${name}: 32. after the own end one still reads, to the peer's; a second end does nothing`,
    LIMIT,
    () =>
      withEnds(kind, async (one, other) => {
        await one.write('request')
        await Promise.all([one.closeWrite(), one.closeWrite()])
        await one.closeWrite()
        assert.equal((await readAll(other)).toString(), 'request')
        assert.equal(other.closed, false)
        for (const word of ['an', 'swer']) await other.write(word)
        await other.closeWrite()
        assert.equal((await readAll(one)).toString(), 'answer')
        assert.equal(await other.read(), null)
      }),
  )

  test(`${name}: 32. the own end comes after everything that was written, awaited or not`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      const writing = [one.write('1'.repeat(300_000)), one.write('2'), one.closeWrite()]
      const received = await readAll(other)
      await Promise.all(writing)
      assert.equal(received.byteLength, 300_001)
      assert.equal(received.at(-1), 0x32)
    }),
  )

  test(`${name}: 33. ending the own direction after the peer's reset is no error`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      await one.write('unread')
      other.reset()
      await sleep(20)
      if (kind.isWeb) await one.closeWrite().catch(() => undefined)
      else await one.closeWrite()
      await one.close()
    }),
  )

  test(`${name}: 33. a reset by the peer while a large write and the own end wait ends both`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      const writing = codeOf(one.write(new Uint8Array(kind.room * 2)))
      const ending = one.closeWrite().catch(() => undefined)
      assert.ok((await other.read()) !== null)
      other.reset()
      // Of a pipe, a UNIX socket and TCP alike: what was not read by then has no one any more.
      assert.match(await writing, /^(EPIPE|ECONNRESET)$/)
      await ending
    }),
  )

  if (!kind.isWeb)
    test(
      `${name}: 33. a reset by the peer while the own end waits behind a write that was given up ends it`,
      LIMIT,
      () =>
        withEnds(kind, async (one, other) => {
          const code = await codeOf(one.write(new Uint8Array(kind.room * 2), { timeout: 50 }))
          assert.equal(code, 'ERR_SOCKET_TIMEOUT')
          const ending = one.closeWrite()
          await sleep(5)
          other.reset()
          await ending
        }),
    )

  test(`${name}: 34. a write after the own end says so`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      await one.closeWrite()
      const code = await codeOf(one.write('more'))
      // WritableStream has an error of its own for it.
      assert.equal(code, kind.isWeb ? 'ERR_INVALID_STATE' : 'ERR_SOCKET_WRITE_AFTER_END')
      assert.equal(await other.read(), null)
    }),
  )

  test(`${name}: 34. writes to a peer that has closed end with EPIPE or ECONNRESET`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      await other.close()
      assert.equal(await one.read(), null)
      let taken = 0
      const code = await codeOf(
        (async () => {
          for (; taken < 100; taken++) {
            await one.write('anyone?')
            await sleep(1)
          }
        })(),
      )
      assert.match(code, /^(EPIPE|ECONNRESET)$/)
      if (kind.writeToClosed === 'refused') assert.equal(taken, 0)
      if (kind.writeToClosed === 'first is taken') assert.ok(taken > 0, 'the first write is refused')
    }),
  )

  test(`${name}: 34. the peer's end alone stops no write`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      await other.closeWrite()
      assert.equal(await one.read(), null)
      await one.write('still')
      assert.equal(await readText(other, 5), 'still')
    }),
  )
}
