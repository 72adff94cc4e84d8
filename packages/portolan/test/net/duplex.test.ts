import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { toDuplex } from '../../src/net/duplex.ts'
import { SocketError } from '../../src/sys/socket-error.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PAIRS, pattern, withPair } from './stream-pairs.ts'

checkLeaks()

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Everything up to the end. Not by `for await`, which destroys the stream at its end, while it may still be writing. */
async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => void chunks.push(chunk))
  await once(stream, 'end')
  return Buffer.concat(chunks)
}

/** The events of a stream, in order, until it has closed. */
async function history(stream: Readable): Promise<string[]> {
  const names: string[] = []
  for (const name of ['end', 'finish', 'error', 'close']) stream.on(name, () => void names.push(name))
  if (!stream.closed) await new Promise<void>((resolve) => void stream.once('close', resolve))
  return names
}

for (const { name, make } of PAIRS)
  describe(`a Duplex over ${name}`, () => {
    test('carries bytes and text, and closes the connection when both directions have ended', () =>
      withPair(make, async (one, other) => {
        const duplex = one.toDuplex()
        const events = history(duplex)
        duplex.end('grün')
        assert.equal(Buffer.from((await other.read()) ?? []).toString(), 'grün')
        assert.equal(await other.read(), null)
        assert.equal(one.closed, false)
        await other.write('answer')
        await other.closeWrite()
        assert.equal((await collect(duplex)).toString(), 'answer')
        assert.deepEqual(await events, ['finish', 'end', 'close'])
        assert.equal(one.closed, true)
        assert.equal(duplex.bytesRead, 6)
        assert.equal(duplex.bytesWritten, 5)
      }))

    test("stays open for writing after the peer's end (half-close, 32)", () =>
      withPair(make, async (one, other) => {
        const duplex = one.toDuplex()
        await other.closeWrite()
        duplex.resume()
        await once(duplex, 'end')
        assert.equal(duplex.readyState, 'writeOnly')
        duplex.end('late')
        assert.equal(Buffer.from((await other.read()) ?? []).toString(), 'late')
        assert.equal(await other.read(), null)
        if (!duplex.closed) await once(duplex, 'close')
      }))

    test('echoes through pipeline(duplex, duplex), 8 MiB there and back unchanged', () =>
      withPair(make, async (one, other) => {
        const echo = other.toDuplex()
        const client = one.toDuplex()
        const data = randomBytes(8 * 1024 * 1024)
        const [, , back] = await Promise.all([
          pipeline(echo, echo),
          pipeline(Readable.from([data.subarray(0, 1_000_000), data.subarray(1_000_000)]), client),
          collect(client),
        ])
        assert.equal(sha256(back), sha256(data))
        assert.equal(client.bytesRead, data.length)
        assert.equal(client.bytesWritten, data.length)
      }))

    test('carries 8 MiB both ways at once, unchanged', () =>
      withPair(make, async (one, other) => {
        const [left, right] = [one.toDuplex(), other.toDuplex()]
        const there = randomBytes(8 * 1024 * 1024)
        const back = pattern(8 * 1024 * 1024)
        left.end(there)
        right.end(back)
        const [atRight, atLeft] = await Promise.all([collect(right), collect(left)])
        assert.equal(sha256(atRight), sha256(there))
        assert.equal(sha256(atLeft), sha256(back))
      }))

    test('stops a writer whose reader stalls, in bounded memory, and goes on with it (38)', () =>
      withPair(make, async (one, other) => {
        const chunk = pattern(65_536)
        const total = 1024
        let made = 0
        const source = new Readable({
          read() {
            this.push(made++ < total ? chunk : null)
          },
        })
        const reader = other.toDuplex()
        const writer = one.toDuplex()
        source.pipe(writer)
        let before = -1
        while (before !== made) {
          before = made
          await pause(50)
        }
        // Buffers of the kernel: tcp_wmem and tcp_rmem allow 4 and 6 MiB by default (tcp(7)).
        assert.ok(made * chunk.length < 32 * 1024 * 1024, `${made} chunks were taken`)
        assert.equal(reader.bytesRead, 0)
        let length = 0
        for await (const part of reader) length += part.length
        assert.equal(length, total * chunk.length)
        reader.end()
      }))

    test('reads nothing before it is asked, and what a framer has kept first', () =>
      withPair(make, async (one, other) => {
        await one.write('line\nkept')
        assert.equal(await other.readLine(), 'line')
        const duplex = other.toDuplex()
        await pause(5)
        assert.equal(duplex.bytesRead, 0)
        assert.equal(String((await once(duplex, 'data'))[0]), 'kept')
        duplex.destroy()
      }))

    test("ends with the connection's error, once, for what is reset", () =>
      withPair(make, async (one, other) => {
        const duplex = one.toDuplex()
        duplex.resume()
        const events = history(duplex)
        const failed = once(duplex, 'error')
        if (name === 'a UNIX socket') await one.write('left unread')
        await pause(5)
        other.reset()
        const [error] = await failed
        assert.ok(error instanceof SocketError)
        assert.equal(error.code, 'ECONNRESET')
        assert.deepEqual(await events, ['error', 'close'])
        assert.equal(one.closed, true)
      }))

    test('tells a write that fails to its callback and by one error', () =>
      withPair(make, async (one, other) => {
        const duplex = one.toDuplex()
        const events = history(duplex)
        await other.close()
        const codes: unknown[] = []
        duplex.on('error', () => undefined)
        const write = (): void => {
          if (duplex.destroyed) return
          duplex.write('x', (error) => {
            if (error instanceof SocketError) codes.push(error.code)
            else setImmediate(write)
          })
        }
        write()
        assert.deepEqual(await events, ['error', 'close'])
        assert.ok(codes[0] === 'EPIPE' || codes[0] === 'ECONNRESET', String(codes))
      }))

    test('closed below by the connection itself ends without an error', () =>
      withPair(make, async (one) => {
        const reading = one.toDuplex()
        reading.resume()
        const events = history(reading)
        await pause(5)
        await one.close()
        assert.deepEqual(await events, ['close'])
      }))

    test('closed below while it writes ends without an error event', () =>
      withPair(make, async (one) => {
        const duplex = one.toDuplex()
        const events = history(duplex)
        const written = new Promise((resolve) => {
          duplex.write(Buffer.alloc(32 * 1024 * 1024), resolve)
        })
        await pause(5)
        await one.close()
        assert.deepEqual(await events, ['close'])
        assert.ok((await written) instanceof Error)
      }))

    for (const [state, prepare] of [
      ['nothing goes on', () => undefined],
      ['a read waits', (duplex) => void duplex.resume()],
      ['a write waits', (duplex) => void duplex.write(Buffer.alloc(32 * 1024 * 1024))],
      [
        'several writes and the end wait',
        (duplex) => {
          for (let count = 0; count < 4; count++) duplex.write(Buffer.alloc(16 * 1024 * 1024))
          duplex.end()
        },
      ],
      ['it has ended its own side', (duplex) => void duplex.end()],
      [
        'an idle timer runs',
        (duplex) => {
          duplex.setTimeout(60_000)
          duplex.resume()
        },
      ],
    ] satisfies [string, (duplex: ReturnType<typeof toDuplex>) => void][])
      test(`destroyed while ${state} leaves nothing behind`, () =>
        withPair(make, async (one, other) => {
          for (const error of [undefined, new Error('given up')]) {
            const duplex = one.closed ? undefined : one.toDuplex()
            if (duplex === undefined) return
            prepare(duplex)
            await pause(5)
            const failed = error === undefined ? undefined : once(duplex, 'error')
            const closed = new Promise<void>((resolve) => void duplex.once('close', resolve))
            duplex.destroy(error)
            duplex.destroy(new Error('too late'))
            await closed
            if (failed !== undefined) assert.equal((await failed)[0], error)
            assert.equal(one.closed, true)
            // The peer sees an end, and not a stream that hangs; AF_UNIX and TCP reset where bytes were thrown away.
            for (;;) {
              const chunk = await other.read().catch((problem: unknown) => {
                assert.ok(problem instanceof SocketError && problem.code === 'ECONNRESET', String(problem))
                return null
              })
              if (chunk === null) break
            }
          }
        }))

    test('resetAndDestroy resets', () =>
      withPair(make, async (one, other) => {
        if (name === 'a UNIX socket') await other.write('left unread')
        const duplex = one.toDuplex()
        const closed = once(duplex, 'close')
        duplex.resetAndDestroy()
        await closed
        await assert.rejects(other.read(), { code: 'ECONNRESET' })
      }))

    test('destroySoon delivers what was written before it closes', () =>
      withPair(make, async (one, other) => {
        const duplex = one.toDuplex()
        const data = pattern(3_000_000)
        duplex.write(data)
        duplex.destroySoon()
        let length = 0
        for await (const chunk of other) length += chunk.length
        assert.equal(length, data.length)
        if (!duplex.closed) await once(duplex, 'close')
        assert.equal(one.closed, true)
      }))
  })
