import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { CompressionStream, DecompressionStream, ReadableStream, WritableStream } from 'node:stream/web'
import tls from 'node:tls'
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection } from '../socket/rejection.ts'
import { PAIRS, pattern, tcpPair, toPython, withPair } from './stream-pairs.ts'

// Response loads fetch, which loads certificates in a thread of its own where the environment names some: before the
// descriptors are counted.
tls.getCACertificates('extra')
await new Response('').text()
checkLeaks()

function text(bytes: Uint8Array | undefined | null): string {
  return Buffer.from(bytes ?? []).toString()
}

/** Everything up to the end, as a digest and a length. */
async function digest(stream: ReadableStream<Uint8Array>): Promise<{ sha256: string; length: number }> {
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    length += chunk.byteLength
  }
  return { sha256: hash.digest('hex'), length }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The bytes in chunks, as a stream. */
function source(bytes: Uint8Array, chunk = 100_000): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (at >= bytes.byteLength) controller.close()
      else controller.enqueue(new Uint8Array(bytes.subarray(at, (at += chunk))))
    },
  })
}

for (const { name, make } of PAIRS)
  describe(`web streams over ${name}`, () => {
    test('are the same each time, and byte streams', () =>
      withPair(make, async (one) => {
        assert.equal(one.readable, one.readable)
        assert.equal(one.writable, one.writable)
        const reader = one.readable.getReader({ mode: 'byob' })
        reader.releaseLock()
        await Promise.resolve()
      }))

    test('carry bytes to a plain reader, and the end', () =>
      withPair(make, async (one, other) => {
        await one.write('hello')
        const reader = other.readable.getReader()
        assert.equal(text((await reader.read()).value), 'hello')
        await one.closeWrite()
        assert.deepEqual(await reader.read(), { value: undefined, done: true })
        await reader.closed
        assert.equal(other.closed, false)
        await other.write('still open')
        assert.equal(text(await one.read()), 'still open')
      }))

    test("read into a BYOB reader's own memory, also in wider elements, and give it back at the end", () =>
      withPair(make, async (one, other) => {
        await one.write('abcdef')
        const reader = other.readable.getReader({ mode: 'byob' })
        const memory = new ArrayBuffer(16)
        const first = await reader.read(new Uint8Array(memory, 4, 4))
        assert.equal(text(first.value), 'abcd')
        assert.equal(first.value?.byteOffset, 4)
        assert.equal(first.value?.buffer.byteLength, 16)
        const second = await reader.read(new Uint16Array(4))
        assert.deepEqual(Array.from(second.value ?? []), [0x6665])
        const atLeast = reader.read(new Uint8Array(6), { min: 4 })
        await one.write('12')
        await pause(5)
        await one.write('345')
        assert.equal(text((await atLeast).value), '12345')
        await one.closeWrite()
        const last = await reader.read(new Uint8Array(8))
        assert.equal(last.done, true)
        assert.equal(last.value?.byteLength, 0)
        assert.equal(last.value?.buffer.byteLength, 8)
      }))

    test('read nothing before it is asked for, and keep nothing back', () =>
      withPair(make, async (one, other) => {
        const { readable } = other
        await one.write('for the plain read')
        await pause(5)
        assert.equal(text(await other.read()), 'for the plain read')
        await one.write('line\nrest')
        assert.equal(await other.readLine(), 'line')
        const reader = readable.getReader()
        assert.equal(text((await reader.read()).value), 'rest')
        reader.releaseLock()
        await one.write('again')
        assert.equal(text(await other.read()), 'again')
      }))

    test('cancel ends a waiting read and leaves the other direction alone', () =>
      withPair(make, async (one, other) => {
        const reader = other.readable.getReader()
        const waiting = reader.read()
        await turn()
        await reader.cancel(new Error('enough'))
        assert.deepEqual(await waiting, { value: undefined, done: true })
        assert.equal(other.closed, false)
        await other.write('answer')
        assert.equal(text(await one.read()), 'answer')
        // The line of reads is free again.
        await one.write('late')
        assert.equal(text(await other.read()), 'late')
      }))

    test('cancel ends a waiting BYOB read and writes no more into its memory', () =>
      withPair(make, async (one, other) => {
        const reader = other.readable.getReader({ mode: 'byob' })
        const waiting = reader.read(new Uint8Array(8))
        await turn()
        await reader.cancel()
        assert.equal((await waiting).done, true)
        await one.write('late')
        assert.equal(text(await other.read()), 'late')
      }))

    test('close is half-close; with the end of the other direction the connection closes by itself', () =>
      withPair(make, async (one, other) => {
        const writer = one.writable.getWriter()
        await writer.write(Buffer.from('last words'))
        await writer.close()
        assert.equal(text(await other.read()), 'last words')
        assert.equal(await other.read(), null)
        assert.equal(one.closed, false)
        await other.write('answer')
        await other.closeWrite()
        let answer = ''
        for await (const chunk of one.readable) answer += text(chunk)
        assert.equal(answer, 'answer')
        assert.equal(one.closed, true)
      }))

    test('abort resets at once, also while a write waits', () =>
      withPair(make, async (one, other) => {
        // AF_UNIX has a reset only where something was left unread.
        if (name === 'a UNIX socket') await other.write('unread')
        const writer = one.writable.getWriter()
        const waiting = writer.write(new Uint8Array(32 * 1024 * 1024))
        const failed = assert.rejects(waiting)
        const closed = assert.rejects(writer.closed, /enough/)
        await pause(5)
        await writer.abort(new Error('enough'))
        assert.equal(one.closed, true)
        await Promise.all([failed, closed])
        const outcome = await (async () => {
          while ((await other.read()) !== null);
        })().catch((error: unknown) => error)
        assert.ok(outcome instanceof Error && 'code' in outcome)
        assert.equal(outcome.code, 'ECONNRESET')
      }))

    test('a reader that stalls stops the writer, in bounded memory (38)', () =>
      withPair(make, async (one, other) => {
        const chunk = new Uint8Array(65_536)
        let made = 0
        const endless = new ReadableStream<Uint8Array>({
          pull(controller) {
            made++
            controller.enqueue(chunk)
          },
        })
        const piping = endless.pipeTo(one.writable)
        const failed = assert.rejects(piping)
        const reader = other.readable.getReader()
        await reader.read()
        let before = -1
        while (before !== made) {
          before = made
          await pause(50)
        }
        // Buffers of the kernel: tcp_wmem and tcp_rmem allow 4 and 6 MiB by default (tcp(7)).
        assert.ok(made * chunk.byteLength < 32 * 1024 * 1024, `${made} chunks were taken`)
        reader.releaseLock()
        await other.close()
        await failed
      }))

    test('pipe 8 MiB both ways at once, by pipeTo, unchanged', () =>
      withPair(make, async (one, other) => {
        const there = randomBytes(8 * 1024 * 1024)
        const back = pattern(8 * 1024 * 1024)
        const [, , atOther, atOne] = await Promise.all([
          source(there).pipeTo(one.writable),
          source(back, 33_333).pipeTo(other.writable),
          digest(other.readable),
          digest(one.readable),
        ])
        assert.deepEqual(atOther, { sha256: sha256(there), length: there.byteLength })
        assert.deepEqual(atOne, { sha256: sha256(back), length: back.byteLength })
        assert.equal(one.closed && other.closed, true)
      }))

    test('pipe to a sink, and into an echo of themselves', () =>
      withPair(make, async (one, other) => {
        const echo = other.readable.pipeTo(other.writable)
        const data = pattern(1_000_000)
        const received: Uint8Array[] = []
        const [, ,] = await Promise.all([
          source(data).pipeTo(one.writable),
          one.readable.pipeTo(
            new WritableStream<Uint8Array>({
              write: (chunk) => void received.push(chunk),
            }),
          ),
          echo,
        ])
        assert.equal(sha256(Buffer.concat(received)), sha256(data))
        assert.equal(one.closed && other.closed, true)
      }))

    test('tee gives both branches everything', () =>
      withPair(make, async (one, other) => {
        const data = pattern(300_000)
        const [left, right] = other.readable.tee()
        const [, a, b] = await Promise.all([source(data).pipeTo(one.writable), digest(left), digest(right)])
        assert.equal(a.sha256, sha256(data))
        assert.deepEqual(a, b)
      }))

    test('errors are those of the connection', () =>
      withPair(make, async (one, other) => {
        const reading = rejection(one.readable.getReader().read())
        await turn()
        if (name === 'a UNIX socket') await one.write('unread')
        other.reset()
        assert.equal((await reading).code, 'ECONNRESET')
        await one.close()
        const writer = one.writable.getWriter()
        const closed = rejection(writer.closed)
        assert.equal((await rejection(writer.write(Buffer.from('x')))).code, 'ERR_SOCKET_CLOSED')
        assert.equal((await closed).code, 'ERR_SOCKET_CLOSED')
      }))

    test('refuse chunks that are no bytes, with the way out', () =>
      withPair(make, async (one) => {
        const writer: { write(chunk: unknown): Promise<void>; closed: Promise<unknown> } =
          one.writable.getWriter()
        const closed = assert.rejects(writer.closed, TypeError)
        await assert.rejects(writer.write('text'), /TextEncoderStream/)
        await closed
      }))
  })

describe('web streams and what is built on them', () => {
  test('are the body of a Response and of a Request', () =>
    withPair(tcpPair, async (one, other) => {
      await one.write('{"a":')
      const [body] = await Promise.all([
        new Response(other.readable).json(),
        one.write('1}').then(() => one.closeWrite()),
      ])
      assert.deepEqual(body, { a: 1 })
      await other.write('posted')
      await other.closeWrite()
      const request = new Request('http://127.0.0.1/', { method: 'POST', body: one.readable, duplex: 'half' })
      assert.equal(await request.text(), 'posted')
    }))

  test('pass a CompressionStream to Python, and one of Python back', async () => {
    await using python = new PythonPeer()
    await using conn = await toPython(python)
    const data = pattern(500_000)
    await source(data).pipeThrough(new CompressionStream('gzip')).pipeTo(conn.writable)
    const hash = await python.text(
      `import gzip
got = b''
while True:
    part = c.recv(65536)
    if not part: break
    got += part
plain = gzip.decompress(got)
c.sendall(gzip.compress(plain[::-1])); c.close()
out = hashlib.sha256(plain).hexdigest()`,
    )
    assert.equal(hash, sha256(data))
    const back = await digest(conn.readable.pipeThrough(new DecompressionStream('gzip')))
    assert.equal(back.sha256, sha256(data.toReversed()))
    assert.equal(conn.closed, true)
  })

  test('carry text through TextEncoderStream and TextDecoderStream', () =>
    withPair(tcpPair, async (one, other) => {
      const encoder = new TextEncoderStream()
      const piped = encoder.readable.pipeTo(one.writable)
      const writer = encoder.writable.getWriter()
      await Promise.all([writer.write('grün '), writer.write('😀'), writer.close(), piped])
      let got = ''
      for await (const part of other.readable.pipeThrough(new TextDecoderStream())) got += part
      assert.equal(got, 'grün 😀')
    }))
})
