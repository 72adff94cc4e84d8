/** Streams of Node as transports. The other end is Python, or a Duplex that does what the test says. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { Duplex, PassThrough } from 'node:stream'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { Connection } from '../../src/net/connection.ts'
import { StreamTransport } from '../../src/net/stream-transport.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection } from '../socket/rejection.ts'
import { closingAfterEach } from './kept.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())

let server: Server
// Before the server, which waits for its connections.
const kept = closingAfterEach()
// Before the leak check, which is to find it closed.
afterEach(async () => {
  server.close()
  await once(server, 'close')
})
checkLeaks()
beforeEach(async () => {
  server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})

/** A socket of node:net whose peer is Python's `s`. */
async function pair(): Promise<{ conn: Connection; socket: Socket }> {
  const accepted = once(server, 'connection')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  await python.run('s = socket.create_connection(("127.0.0.1", port))', { port: address.port })
  const [socket]: Socket[] = await accepted
  assert.ok(socket)
  return { conn: kept(new Connection(new StreamTransport(socket))), socket }
}

test('bytes pass both ways, as many as were asked for', async () => {
  await using conn = (await pair()).conn
  await python.run('s.sendall(b"0123456789")')
  const into = new Uint8Array(4)
  assert.equal(await conn.read(into), 4)
  assert.equal(Buffer.from(into).toString(), '0123')
  assert.equal(await conn.read(new Uint8Array(0)), 0)
  assert.equal(Buffer.from((await conn.read()) ?? []).toString(), '456789')
  await conn.write('answer')
  assert.equal(await python.text('out = s.recv(100).decode()'), 'answer')
})

test('5. the end of the peer is null and closes nothing; the own end leaves reading', async () => {
  await using conn = (await pair()).conn
  await python.run('s.sendall(b"last"); s.shutdown(socket.SHUT_WR)')
  assert.equal(Buffer.from((await conn.read()) ?? []).toString(), 'last')
  assert.equal(await conn.read(), null)
  assert.equal(await conn.read(), null)
  await conn.write('still')
  await conn.closeWrite()
  await conn.closeWrite()
  assert.equal(await python.text('out = receive_exactly(s, 100).decode()'), 'still')
  assert.equal((await rejection(conn.write('x'))).code, 'ERR_SOCKET_WRITE_AFTER_END')
})

test('reading goes on after the own end', async () => {
  await using conn = (await pair()).conn
  await conn.closeWrite()
  assert.equal(await python.text('out = s.recv(9).hex(); s.sendall(b"after")'), '')
  assert.equal(Buffer.from((await conn.read()) ?? []).toString(), 'after')
})

test('a reset by the peer is ECONNRESET with its number, the call and the error of Node', async () => {
  const { conn } = await pair()
  const reading = rejection(conn.read())
  await python.run('s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); s.close()')
  const error = await reading
  assert.deepEqual([error.code, error.errno, error.syscall], ['ECONNRESET', 104, 'read'])
  assert.ok(error.cause instanceof Error)
  assert.deepEqual(error.remote, conn.remoteAddress)
  assert.match(error.message, /^read ECONNRESET 127\.0\.0\.1:\d+ \(from 127\.0\.0\.1:\d+\)$/)
  // Later calls tell it again; nothing is left to end.
  assert.equal((await rejection(conn.write('x'))).code, 'ECONNRESET')
  await conn.closeWrite()
  await conn.close()
})

test('reset is seen as ECONNRESET, and ends what waits', async () => {
  const { conn } = await pair()
  const reading = rejection(conn.read())
  conn.reset()
  assert.equal((await reading).code, 'ERR_SOCKET_CLOSED')
  assert.equal(conn.closed, true)
  await conn.close()
  const peer = await python.run(
    'out = None\ntry: s.recv(1)\nexcept ConnectionResetError as e: out = e.errno\ns.close()',
  )
  assert.equal(peer, 104)
})

test('close delivers what was written, also much of it, then the end', async () => {
  const { conn } = await pair()
  const bytes = new Uint8Array(3_000_000).fill(7)
  const received = python.number('out = len(receive_exactly(s, 1 << 30))')
  await conn.write(bytes)
  await conn.close()
  assert.equal(await received, bytes.byteLength)
  assert.equal((await rejection(conn.read())).code, 'ERR_SOCKET_CLOSED')
  assert.equal((await rejection(conn.write('x'))).code, 'ERR_SOCKET_CLOSED')
})

test('the writer waits for a reader that stalls, and memory stays bounded', async () => {
  const { conn, socket } = await pair()
  const block = new Uint8Array(1 << 20)
  let written = 0
  const writing = rejection(
    (async () => {
      for (;;) {
        await conn.write(block)
        written += block.byteLength
      }
    })(),
  )
  // The kernel's buffers fill (tcp_wmem and tcp_rmem: some megabytes), then nothing moves any more.
  for (let before = -1, still = 0; still < 50; still = written === before ? still + 1 : 0) {
    before = written
    await turn()
    await delay(5)
  }
  assert.ok(written < 64 << 20, `${written} bytes taken`)
  assert.ok(socket.writableLength <= 65_536, `${socket.writableLength} bytes kept in memory`)
  await conn.close()
  assert.equal((await writing).code, 'ERR_SOCKET_CLOSED')
  await python.run('s.close()')
})

test('nothing is read in advance but what the stream holds itself', async () => {
  const { conn, socket } = await pair()
  await python.run('s.settimeout(1)')
  const sent = await python.number(
    'sent = 0\ntry:\n    while True: sent += s.send(bytes(1 << 16))\nexcept TimeoutError: pass\nout = sent',
  )
  assert.ok(socket.readableLength <= 2 * 65_536, `${socket.readableLength} bytes read in advance`)
  await python.run('s.close()')
  let received = 0
  for await (const chunk of conn) received += chunk.byteLength
  assert.equal(received, sent)
  await conn.close()
})

test('48. a deadline ends a read that waits, and a later one revives', async () => {
  await using conn = (await pair()).conn
  conn.setDeadline(20)
  assert.equal((await rejection(conn.read())).code, 'ERR_SOCKET_TIMEOUT')
  await python.run('s.sendall(b"kept")')
  assert.equal((await rejection(conn.read())).code, 'ERR_SOCKET_TIMEOUT')
  conn.setDeadline(null)
  assert.equal(Buffer.from((await conn.read()) ?? []).toString(), 'kept')
})

test('51. an aborted read loses nothing', async () => {
  await using conn = (await pair()).conn
  const stop = new AbortController()
  const reading = rejection(conn.read({ signal: stop.signal }))
  stop.abort()
  assert.equal((await reading).code, 'ABORT_ERR')
  await python.run('s.sendall(b"kept")')
  assert.equal(Buffer.from((await conn.read()) ?? []).toString(), 'kept')
})

/** A stream that takes writes only when it is told to. */
class Slow extends Duplex {
  readonly taken: Buffer[] = []
  #done: (() => void) | undefined

  override _read(): void {
    // What comes is pushed by the test.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.taken.push(chunk)
    this.#done = done
  }

  release(): void {
    const done = this.#done
    this.#done = undefined
    done?.()
  }
}

test('memory of an aborted write is the caller’s again, and the next write waits for what was taken', async () => {
  const stream = new Slow()
  const conn = new Connection(new StreamTransport(stream))
  const bytes = Buffer.from('first')
  const stop = new AbortController()
  const writing = rejection(conn.write(bytes, { signal: stop.signal }))
  stop.abort()
  assert.equal((await writing).code, 'ABORT_ERR')
  bytes.fill(0)
  const next = conn.write('second')
  await turn()
  assert.deepEqual(stream.taken.map(String), ['first'])
  stream.release()
  await turn()
  assert.deepEqual(stream.taken.map(String), ['first', 'second'])
  stream.release()
  await next
  await conn.close()
})

test('an aborted long write has given no more than 64 KiB', async () => {
  const stream = new Slow()
  const conn = new Connection(new StreamTransport(stream))
  const stop = new AbortController()
  const writing = rejection(conn.write(new Uint8Array(1 << 20), { signal: stop.signal }))
  stream.release()
  await turn()
  stop.abort()
  assert.equal((await writing).bytesSent, 65_536)
  stream.release()
  await turn()
  assert.equal(Buffer.concat(stream.taken).byteLength, 2 * 65_536)
  await conn.close()
})

test('an error without a code is ERR_STREAM_FAILED with its text, escaped, and no unhandled event', async () => {
  const stream = new Slow()
  const conn = new Connection(new StreamTransport(stream))
  const reading = rejection(conn.read())
  const writing = rejection(conn.write('x'))
  stream.push('before')
  stream.destroy(new Error('broken\u001b[31m'))
  assert.equal((await writing).code, 'ERR_STREAM_FAILED')
  // What came before it is still given.
  await reading.then(
    (error) => assert.equal(error.message, 'read ERR_STREAM_FAILED broken\\x1b[31m'),
    () => undefined,
  )
  const error = await rejection(conn.read())
  assert.equal(error.message, 'read ERR_STREAM_FAILED broken\\x1b[31m')
  await conn.close()
})

test('a stream that somebody destroys without a reason is ERR_STREAM_PREMATURE_CLOSE', async () => {
  const stream = new Slow()
  const conn = new Connection(new StreamTransport(stream))
  const reading = rejection(conn.read())
  stream.destroy()
  assert.equal((await reading).code, 'ERR_STREAM_PREMATURE_CLOSE')
  assert.equal((await rejection(conn.write('x'))).code, 'ERR_STREAM_PREMATURE_CLOSE')
  await conn.close()
})

test('a stream that has failed already says so at the first call', async () => {
  const stream = new Slow()
  stream.on('error', () => undefined)
  stream.destroy(Object.assign(new Error('gone'), { code: 'EPIPE', errno: -32, syscall: 'write' }))
  const conn = new Connection(new StreamTransport(stream))
  const error = await rejection(conn.read())
  assert.deepEqual([error.code, error.errno, error.syscall], ['EPIPE', 32, 'write'])
  await conn.close()
})

test('any Duplex of bytes will do; one of objects or text is a TypeError', async () => {
  const conn = new Connection(new StreamTransport(new PassThrough()))
  await conn.write('through')
  assert.equal(Buffer.from((await conn.read()) ?? []).toString(), 'through')
  await conn.closeWrite()
  assert.equal(await conn.read(), null)
  await conn.close()
  assert.throws(() => new StreamTransport(new PassThrough({ objectMode: true })), TypeError)
  assert.throws(() => new StreamTransport(new PassThrough().setEncoding('utf8')), TypeError)
})
