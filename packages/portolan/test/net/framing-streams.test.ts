import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { delimited } from '../../src/net/framing-delimiter.ts'
import { lengthPrefixed } from '../../src/net/framing-length.ts'
import type { FrameCodec } from '../../src/net/framing.ts'
import { pipe } from '../../src/net/pipe.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { rejection } from '../socket/rejection.ts'
import { collect, decodeAll, sendInPieces, text } from './framing-pieces.ts'
import { PAIRS, withPair } from './stream-pairs.ts'

checkLeaks()

const RUNS = { numRuns: 200 }
const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 })

for (const { name, make } of PAIRS)
  describe(`frames over ${name}`, () => {
    for (const [kind, codec, half] of [
      ['length-prefixed', lengthPrefixed({ bytes: 2 }), Buffer.from([0, 5, 0x61])],
      ['delimited', delimited('--'), Buffer.from('a-')],
    ] as const) {
      test(`${kind}: cut off by the end of the stream they are ERR_FRAME_TRUNCATED, and can still be read`, () =>
        withPair(make, async (one, other) => {
          const frames = other.frames(codec)
          await one.frames(codec).send('whole')
          await one.write(half)
          await one.closeWrite()
          assert.equal(text(await frames.receive()), 'whole')
          const error = await rejection(frames.receive())
          assert.equal(error.code, 'ERR_FRAME_TRUNCATED')
          assert.equal(error.errno, 0)
          assert.equal((await rejection(frames.receive())).code, 'ERR_FRAME_TRUNCATED')
          assert.equal(text(await other.read()), half.toString('latin1'))
          assert.equal(await frames.receive(), null)
        }))

      test(`${kind}: a timeout in the middle of one loses nothing (51)`, () =>
        withPair(make, async (one, other) => {
          const frames = other.frames(codec)
          const wire = Buffer.concat([
            ...codec.encode(Buffer.from('hello')),
            ...codec.encode(Buffer.from('you')),
          ])
          for (let at = 0; at < 5; at++) {
            await one.write(wire.subarray(at, at + 1))
            assert.equal((await rejection(frames.receive({ timeout: 5 }))).code, 'ERR_SOCKET_TIMEOUT')
          }
          await one.write(wire.subarray(5))
          assert.equal(text(await frames.receive()), 'hello')
          assert.equal(text(await frames.receive()), 'you')
        }))

      test(`${kind}: sent at the same time they do not mix, and each receiver gets one (39)`, () =>
        withPair(make, async (one, other) => {
          const sender = one.frames(codec)
          const receiver = other.frames(codec)
          const payloads = Array.from({ length: 20 }, (_, index) =>
            String.fromCharCode(97 + index).repeat(9000),
          )
          const [, received] = await Promise.all([
            Promise.all(payloads.map((payload) => sender.send(payload))),
            Promise.all(payloads.map(() => receiver.receive())),
          ])
          assert.deepEqual(received.map(text), payloads)
        }))
    }

    test('exactly so many bytes: across reads, at once where they are kept, cut off by the end', () =>
      withPair(make, async (one, other) => {
        assert.deepEqual(await other.readExactly(0), new Uint8Array(0))
        const waiting = other.readExactly(6)
        await one.write('abc')
        await pause(5)
        await one.write('defghi')
        assert.equal(text(await waiting), 'abcdef')
        assert.equal(text(await other.readExactly(3, { timeout: 5000 })), 'ghi')
        await one.write('xy')
        assert.equal((await rejection(other.readExactly(3, { timeout: 20 }))).code, 'ERR_SOCKET_TIMEOUT')
        await one.closeWrite()
        assert.equal((await rejection(other.readExactly(3))).code, 'ERR_FRAME_TRUNCATED')
        assert.equal(text(await other.readExactly(2)), 'xy')
        assert.equal(await other.readExactly(1), null)
        assert.deepEqual(await other.readExactly(0), new Uint8Array(0))
      }))

    test("a reset is the kernel's error, and not an end (31)", () =>
      withPair(make, async (one, other) => {
        if (name === 'a UNIX socket') await other.write('left unread')
        await one.write('half')
        assert.equal((await rejection(other.readLine({ timeout: 10 }))).code, 'ERR_SOCKET_TIMEOUT')
        one.reset()
        assert.equal((await rejection(other.readLine())).code, 'ECONNRESET')
      }))
  })

describe('framing', () => {
  test('of random bytes ends, and keeps no more than the cap and one read', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        sizes,
        fc.constantFrom<FrameCodec>(
          lengthPrefixed({ bytes: 1, maxLength: 100 }),
          lengthPrefixed({ bytes: 2, maxLength: 50 }),
          lengthPrefixed({ bytes: 4, littleEndian: true, maxLength: 50 }),
          lengthPrefixed({ bytes: 8, maxLength: 50 }),
          delimited('\0', { maxLength: 50 }),
          delimited(Uint8Array.of(0, 0), { maxLength: 50 }),
        ),
        async (bytes, pieces, codec) => {
          const [one, other] = pipe()
          const sent = sendInPieces(one, bytes, pieces)
          const got = await collect(other.frames(codec)).then(
            (frames) => {
              assert.ok(frames.every((frame) => frame.byteLength <= codec.maxLength))
              return 'end'
            },
            (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
          )
          assert.ok(
            got === 'end' || got === 'ERR_FRAME_TOO_LONG' || got === 'ERR_FRAME_TRUNCATED',
            String(got),
          )
          await sent
          await Promise.all([one.close(), other.close()])
        },
      ),
      RUNS,
    ))

  test('that refuses a frame reads nothing more: the sender has to wait', async () => {
    const [one, other] = pipe()
    let sent = 0
    const sending = (async () => {
      const piece = Buffer.alloc(4096, 'x')
      for (;;) {
        await one.write(piece)
        sent += piece.length
      }
    })()
    const stopped = rejection(sending)
    assert.equal((await rejection(other.readLine({ maxLength: 10_000 }))).code, 'ERR_FRAME_TOO_LONG')
    assert.equal((await rejection(other.readUntil('\n'))).code, 'ERR_FRAME_TOO_LONG')
    await pause(20)
    // What the pipe holds, what was read for two caps, and a read more each.
    assert.ok(sent <= 65_536 + 65_536 + 2 * 65_536, `${sent} bytes were taken`)
    await other.close()
    assert.equal((await stopped).code, 'EPIPE')
    await one.close()
  })

  test('looks at each byte once: a codec is told what it has seen, and does not look there again', async () => {
    const calls: [number, number][] = []
    const inner = delimited('--')
    const watching: FrameCodec = {
      ...inner,
      decode(bytes, seen) {
        calls.push([bytes.byteLength, seen])
        return inner.decode(bytes, seen)
      },
    }
    assert.deepEqual(await decodeAll(watching, Buffer.from('abcd--e--'), [1]), ['abcd', 'e'])
    assert.deepEqual(calls.slice(0, 7), [
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
      [5, 4],
      [6, 5],
      [1, 0],
    ])
    assert.equal(inner.decode(Buffer.from('a--bcd'), 5), 'incomplete')
  })

  test("by a codec of the program's own", async () => {
    const fixed: FrameCodec = {
      maxLength: 3,
      encode: (payload) => [payload],
      decode: (bytes) => (bytes.byteLength < 3 ? 'incomplete' : { start: 1, end: 3, next: 3 }),
    }
    assert.deepEqual(await decodeAll(fixed, Buffer.from('abcdef'), [2]), ['bc', 'ef'])
  })
})
