import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { pipe } from '../../src/net/pipe.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection } from '../socket/rejection.ts'
import { collect, sendInPieces } from './framing-pieces.ts'
import { PAIRS, toPython, withPair } from './stream-pairs.ts'

checkLeaks()

const RUNS = { numRuns: 200 }

/** What the documentation says, by another way than scanning. */
function linesOf(text: string): string[] {
  const parts = text.split('\n')
  const last = parts.pop() ?? ''
  const ended = parts.map((part) => (part.endsWith('\r') ? part.slice(0, -1) : part))
  return last === '' ? ended : [...ended, last]
}

for (const { name, make } of PAIRS)
  describe(`lines over ${name}`, () => {
    test('come without their ends, in order, and the last one needs none', () =>
      withPair(make, async (one, other) => {
        await one.write('one\ntwo\r\n\n\r\nthree\rthree\nfour')
        await one.closeWrite()
        assert.deepEqual(await collect(other.lines()), ['one', 'two', '', '', 'three\rthree', 'four'])
        assert.equal(await other.readLine(), null)
      }))

    test('that are kept come at once, though nothing follows', () =>
      withPair(make, async (one, other) => {
        await one.write('one\ntwo\nthree\n')
        assert.equal(await other.readLine(), 'one')
        assert.equal(await other.readLine({ timeout: 5000 }), 'two')
        assert.equal(Buffer.from((await other.read()) ?? []).toString(), 'three\n')
      }))

    test('leave nothing unread for the read after them, also by pieces', () =>
      withPair(make, async (one, other) => {
        await one.write('head\nbody bytes')
        assert.equal(await other.readLine(), 'head')
        const into = new Uint8Array(4)
        assert.equal(await other.read(into), 4)
        assert.equal(Buffer.from(into).toString(), 'body')
        assert.equal(await other.read(new Uint8Array(0)), 0)
        assert.equal(Buffer.from((await other.read()) ?? []).toString(), ' bytes')
        await one.write('more')
        assert.equal(Buffer.from((await other.read()) ?? []).toString(), 'more')
      }))

    test('survive a timeout in their middle (51)', () =>
      withPair(make, async (one, other) => {
        await one.write('half a ')
        const error = await rejection(other.readLine({ timeout: 30 }))
        assert.equal(error.code, 'ERR_SOCKET_TIMEOUT')
        await one.write('line\n')
        assert.equal(await other.readLine(), 'half a line')
      }))

    test('survive an abort and a deadline in their middle (48, 51)', () =>
      withPair(make, async (one, other) => {
        await one.write('a')
        const reason = new Error('enough')
        const aborting = new AbortController()
        const aborted = rejection(other.readLine({ signal: aborting.signal }))
        await turn()
        aborting.abort(reason)
        const error = await aborted
        assert.equal(error.code, 'ABORT_ERR')
        assert.equal(error.cause, reason)
        await one.write('b')
        other.setDeadline(20)
        assert.equal((await rejection(other.readLine())).code, 'ERR_SOCKET_TIMEOUT')
        await one.write('c\nd\n')
        assert.equal((await rejection(other.readLine())).code, 'ERR_SOCKET_TIMEOUT')
        other.setDeadline(null)
        assert.equal(await other.readLine(), 'abc')
        // Also where the line is there already (47).
        other.setDeadline(0)
        assert.equal((await rejection(other.readLine())).code, 'ERR_SOCKET_TIMEOUT')
        assert.equal((await rejection(other.read())).code, 'ERR_SOCKET_TIMEOUT')
        other.setDeadline(null)
        assert.equal(await other.readLine(), 'd')
      }))

    test('end with ERR_SOCKET_CLOSED when the connection closes, also those that are kept', () =>
      withPair(make, async (one, other) => {
        await one.write('a\nb')
        assert.equal(await other.readLine(), 'a')
        const waiting = rejection(other.readLine())
        const behind = rejection(other.readLine())
        await turn()
        await other.close()
        assert.equal((await waiting).code, 'ERR_SOCKET_CLOSED')
        assert.equal((await behind).code, 'ERR_SOCKET_CLOSED')
        assert.equal((await rejection(other.readLine())).code, 'ERR_SOCKET_CLOSED')
        assert.equal((await rejection(other.read())).code, 'ERR_SOCKET_CLOSED')
      }))

    test('and every other read are served in the order they were made', () =>
      withPair(make, async (one, other) => {
        const plain = other.read()
        const line = other.readLine()
        const exact = other.readExactly(3)
        const into = new Uint8Array(2)
        const intoOwn = other.read(into)
        const until = other.readUntil(';')
        const rest = other.read()
        const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()
        await one.write('first')
        assert.equal(text(await plain), 'first')
        for (const piece of ['a li', 'ne\nx', 'yz', '12', 'to here', ';', 'rest']) {
          await one.write(piece)
          await pause(5)
        }
        assert.equal(await line, 'a line')
        assert.equal(text(await exact), 'xyz')
        assert.equal(await intoOwn, 2)
        assert.equal(text(into), '12')
        assert.equal(text(await until), 'to here')
        assert.equal(text(await rest), 'rest')
      }))

    test('lose nothing where a call in the middle of the line is aborted', () =>
      withPair(make, async (one, other) => {
        const aborting = new AbortController()
        const first = other.readLine()
        const second = rejection(other.readLine({ signal: aborting.signal }))
        const timed = rejection(other.read({ timeout: 10 }))
        const third = other.readLine()
        aborting.abort()
        assert.equal((await second).code, 'ABORT_ERR')
        assert.equal((await timed).code, 'ERR_SOCKET_TIMEOUT')
        await one.write('one\nthree\n')
        assert.equal(await first, 'one')
        assert.equal(await third, 'three')
      }))

    test('over the cap are refused without reading on, and a larger cap gets them', () =>
      withPair(make, async (one, other) => {
        await one.write('12345')
        const error = await rejection(other.readLine({ maxLength: 4 }))
        assert.equal(error.code, 'ERR_FRAME_TOO_LONG')
        assert.match(error.message, /maxLength, 4 bytes/)
        await one.write('\nnext\n')
        assert.equal((await rejection(other.readLine({ maxLength: 4 }))).code, 'ERR_FRAME_TOO_LONG')
        assert.equal(await other.readLine({ maxLength: 5 }), '12345')
        assert.equal(await other.readLine({ maxLength: 4 }), 'next')
      }))
  })

describe('lines', () => {
  test('are what splitting the whole text gives, however it is cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', '\n', '\r', '\r\n', 'é', '😀', ' '), { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        async (parts, sizes) => {
          const text = parts.join('')
          const [one, other] = pipe()
          const [, got] = await Promise.all([
            sendInPieces(one, Buffer.from(text), sizes),
            collect(other.lines()),
          ])
          assert.deepEqual(got, linesOf(text))
          await Promise.all([one.close(), other.close()])
        },
      ),
      RUNS,
    ))

  test('are the same with a cap exactly as long as the longest of them, and refused with one byte less', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', '\r'), { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
        async (parts, sizes) => {
          const text = parts.join('')
          const expected = linesOf(text)
          const longest = Math.max(0, ...expected.map((line) => line.length))
          for (const maxLength of longest === 0 ? [0] : [longest, longest - 1]) {
            const [one, other] = pipe()
            const sent = sendInPieces(one, Buffer.from(text), sizes)
            const got = collect(other.lines({ maxLength }))
            if (maxLength === longest) assert.deepEqual(await got, expected)
            else assert.equal((await rejection(got)).code, 'ERR_FRAME_TOO_LONG')
            await sent
            await Promise.all([one.close(), other.close()])
          }
        },
      ),
      RUNS,
    ))

  test('keep a \\r\\n together that is cut in its middle, at the cap too', async () => {
    const [one, other] = pipe()
    const line = other.readLine({ maxLength: 3 })
    await one.write('abc\r')
    await turn()
    await one.write('\ndef')
    assert.equal(await line, 'abc')
    await Promise.all([one.close(), other.close()])
  })

  test('refuse a \\r behind the cap as soon as something else follows it', async () => {
    const [one, other] = pipe()
    await one.write('abc\rd')
    assert.equal((await rejection(other.readLine({ maxLength: 3 }))).code, 'ERR_FRAME_TOO_LONG')
    await Promise.all([one.close(), other.close()])
  })

  test('refuse the last one without an end where only its \\r is over the cap', async () => {
    const [one, other] = pipe()
    await one.write('abc\r')
    await one.closeWrite()
    assert.equal((await rejection(other.readLine({ maxLength: 3 }))).code, 'ERR_FRAME_TOO_LONG')
    assert.equal(await other.readLine({ maxLength: 4 }), 'abc\r')
    await Promise.all([one.close(), other.close()])
  })

  test('decode UTF-8 with U+FFFD for what is not, keep a byte order mark, and latin1 byte for byte', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 0x0a)
    const [one, other] = pipe()
    await one.write([bytes, Buffer.from('\n'), bytes, Buffer.from('\n\ufeffbom\n')])
    const latin1 = await other.readLine({ encoding: 'latin1' })
    assert.deepEqual(
      Array.from(latin1 ?? '', (character) => character.charCodeAt(0)),
      Array.from(bytes),
    )
    assert.equal(await other.readLine(), new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
    assert.equal(await other.readLine(), '\ufeffbom')
    await Promise.all([one.close(), other.close()])
  })

  test('go on in another loop behind the one that was left', async () => {
    const [one, other] = pipe()
    await one.write('a\nb\nc\nd')
    await one.closeWrite()
    const lines = other.lines()
    const got: string[] = []
    for await (const line of lines) {
      got.push(line)
      if (line === 'b') break
    }
    assert.equal(other.closed, false)
    for await (const line of lines) got.push(line)
    assert.deepEqual(got, ['a', 'b', 'c', 'd'])
    await Promise.all([one.close(), other.close()])
  })

  test('take a cap that is a whole number, else it is a RangeError', async () => {
    const [one, other] = pipe()
    for (const maxLength of [-1, 1.5, Number.NaN, Infinity]) {
      await assert.rejects(other.readLine({ maxLength }), RangeError)
      assert.throws(() => other.lines({ maxLength }), RangeError)
    }
    await Promise.all([one.close(), other.close()])
  })

  test('agree with Python, which writes and reads them by its own readline', async () => {
    await using python = new PythonPeer()
    await using conn = await toPython(python)
    const count = 5000
    await python.run(
      "f = c.makefile('rwb', buffering=100)\nfor i in range(n): f.write(b'line %d ' % i + b'x' * (i % 300) + (b'\\r\\n' if i % 2 else b'\\n'))\nf.write(b'end'); f.flush(); c.shutdown(socket.SHUT_WR)",
      { n: count },
    )
    let index = 0
    for await (const line of conn.lines()) {
      assert.equal(line, index < count ? `line ${index} ${'x'.repeat(index % 300)}` : 'end')
      index++
    }
    assert.equal(index, count + 1)
    await conn.write('one\ntwo\n')
    assert.equal(await python.text('out = (f.readline() + f.readline()).decode()'), 'one\ntwo\n')
    await python.run('f.close(); c.close()')
  })

  test('are found without looking twice: a line of 8 MiB in small pieces', async () => {
    const [one, other] = pipe()
    const length = 8_388_608
    const line = other.readLine({ maxLength: length })
    const piece = Buffer.alloc(1024, 'x')
    for (let sent = 0; sent < length; sent += piece.length) await one.write(piece)
    await one.write('\n')
    assert.equal((await line)?.length, length)
    await Promise.all([one.close(), other.close()])
  })
})
