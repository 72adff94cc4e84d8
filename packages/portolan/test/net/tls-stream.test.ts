/** What a stream over TLS does: its ends, honest and cut short, and how it waits. The other end is Python's ssl. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '../../src/net/connect.ts'
import type { Connection } from '../../src/net/connection.ts'
import { pipe } from '../../src/net/pipe.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection } from '../socket/rejection.ts'
import { Certificates } from './certificates.ts'
import { closingAfterEach } from './kept.ts'

const certificates = new Certificates()
let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(async () => {
  certificates[Symbol.dispose]()
  await python[Symbol.asyncDispose]()
})
const kept = closingAfterEach()
checkLeaks()

const { ca, server } = certificates

for (const driver of ['kernel', 'portable'] as const)
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    describe(`${version}, ${driver}:`, () => {
      /** Connected to Python's `c`, with `raw` the descriptor below it. */
      async function peered(): Promise<Connection> {
        const port = await python.number(
          `
import ssl
ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); ctx.load_cert_chain(cert, key)
ctx.maximum_version = ctx.minimum_version = ssl.TLSVersion.${version.replace('.', '_')}
l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen(8)
out = l.getsockname()[1]
def clean_end():
    # read() tells a close_notify by zero bytes, and an end without it by SSLEOFError.
    c.suppress_ragged_eofs = False
    return c.recv(1).hex()
`,
          { cert: server.certFile, key: server.keyFile },
        )
        const accepting = python.run(
          'c = ctx.wrap_socket(l.accept()[0], server_side=True); c.settimeout(20); l.close()',
        )
        const conn = kept(await connect({ host: '127.0.0.1', port, driver, tls: { ca: ca.cert } }))
        await accepting
        return conn
      }

      test('close_notify of the peer is the end; what is written after it still arrives', async () => {
        await using conn = await peered()
        await python.run(
          'c.sendall(b"last"); c.setblocking(False)\ntry: c.unwrap()\nexcept ssl.SSLWantReadError: pass',
        )
        assert.equal(Buffer.from((await conn.read()) ?? []).toString(), 'last')
        assert.equal(await conn.read(), null)
        assert.equal(await conn.read(), null)
        await conn.write('still')
        assert.equal(await python.text('c.settimeout(20); out = c.recv(9).decode()'), 'still')
        await python.run('c.close()')
      })

      test('an end without close_notify is ERR_TLS_TRUNCATED, after everything that came', async () => {
        const conn = await peered()
        await python.run('c.sendall(b"x" * 100000); c.close()')
        let received = 0
        const error = await rejection(
          (async () => {
            for await (const chunk of conn) received += chunk.byteLength
          })(),
        )
        assert.equal(received, 100_000)
        assert.equal(error.code, 'ERR_TLS_TRUNCATED')
        assert.match(error.message, /^read ERR_TLS_TRUNCATED \(the stream ended without close_notify/)
        assert.equal((await rejection(conn.read())).code, 'ERR_TLS_TRUNCATED')
        await conn.close()
      })

      test('an end within a record is ERR_TLS_TRUNCATED, also where the read waits already', async () => {
        const conn = await peered()
        const reading = rejection(conn.read())
        // A record of 64 bytes of which only some come: written past ssl, on the socket below.
        await python.run('os.write(c.fileno(), b"\\x17\\x03\\x03\\x00\\x40abc"); c.close()')
        assert.equal((await reading).code, 'ERR_TLS_TRUNCATED')
        await conn.close()
      })

      test('a forged record is refused', async () => {
        const conn = await peered()
        const reading = rejection(conn.read())
        await python.run('os.write(c.fileno(), b"\\x17\\x03\\x03\\x00\\x40" + bytes(64))')
        assert.match((await reading).code, /^ERR_SSL_/)
        assert.match((await rejection(conn.write('x'))).code, /^ERR_SSL_|ERR_STREAM/)
        await conn.close()
        await python.run('c.close()')
      })

      test('closeWrite announces the end, and reading goes on', async () => {
        await using conn = await peered()
        await conn.write('question')
        await conn.closeWrite()
        assert.equal(await python.text('out = c.recv(100).decode()'), 'question')
        assert.equal(await python.text('out = clean_end()'), '')
        await python.run('c.sendall(b"answer")')
        assert.equal(Buffer.from((await conn.read()) ?? []).toString(), 'answer')
        assert.equal((await rejection(conn.write('x'))).code, 'ERR_SOCKET_WRITE_AFTER_END')
        await python.run('c.unwrap().close()')
        assert.equal(await conn.read(), null)
      })

      test('close announces the end, after everything that was written', async () => {
        const conn = await peered()
        const received = python.number('out = len(receive_exactly(c, 3000000))')
        await conn.write(new Uint8Array(3_000_000))
        await conn.close()
        assert.equal(await received, 3_000_000)
        assert.equal(await python.text('out = clean_end(); c.close()'), '')
        assert.equal((await rejection(conn.read())).code, 'ERR_SOCKET_CLOSED')
      })

      test('reset announces nothing: the peer sees ECONNRESET', async () => {
        const conn = await peered()
        const reading = rejection(conn.read())
        conn.reset()
        assert.equal((await reading).code, 'ERR_SOCKET_CLOSED')
        await conn.close()
        // Past ssl, which makes an SSLEOFError of it.
        const seen = await python.run(
          'out = None\ntry: os.read(c.fileno(), 1)\nexcept ConnectionResetError as e: out = e.errno\nc.close()',
        )
        assert.equal(seen, 104)
      })

      test('a reset below is ECONNRESET', async () => {
        const conn = await peered()
        const reading = rejection(conn.read())
        await python.run(
          'c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); c.close()',
        )
        const error = await reading
        assert.deepEqual([error.code, error.errno], ['ECONNRESET', 104])
        assert.match((await rejection(conn.write('x'))).code, /^(ECONNRESET|EPIPE)$/)
        await conn.close()
      })

      test('much data passes both ways at once, unharmed', async () => {
        await using conn = await peered()
        const size = 4_000_000
        const bytes = new Uint8Array(size).map((_, index) => (index * 31) >> 3)
        const digest = createHash('sha256').update(bytes).digest('hex')
        const echo = python.text(
          `
import threading
parts = []
def take():
    got = 0
    while got < size:
        p = c.recv(1 << 16); got += len(p); parts.append(p)
t = threading.Thread(target=take); t.start()
c.sendall(bytes((i * 31 >> 3) & 255 for i in range(size))); t.join()
out = hashlib.sha256(b"".join(parts)).hexdigest()
`,
          { size },
        )
        const reading = (async () => {
          const hash = createHash('sha256')
          for (let left = size; left > 0;) {
            const chunk = await conn.read()
            assert.ok(chunk)
            hash.update(chunk)
            left -= chunk.byteLength
          }
          return hash.digest('hex')
        })()
        await conn.write(bytes)
        assert.equal(await echo, digest)
        assert.equal(await reading, digest)
        await python.run('c.close()')
      })

      test('the writer waits for a reader that stalls', async () => {
        const conn = await peered()
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
        const before = process.memoryUsage().rss
        for (let last = -1, still = 0; still < 50; still = written === last ? still + 1 : 0) {
          last = written
          await delay(5)
        }
        // tcp_wmem and tcp_rmem hold some megabytes.
        assert.ok(written < 64 << 20, `${written} bytes taken`)
        assert.ok(process.memoryUsage().rss - before < 64 << 20)
        await conn.close()
        assert.equal((await writing).code, 'ERR_SOCKET_CLOSED')
        await python.run('c.close()')
      })

      test('a peer whose reader stalls waits for ours', async () => {
        const conn = await peered()
        const sent = await python.number(
          'c.settimeout(1); sent = 0\ntry:\n    while True: sent += c.send(bytes(1 << 14))\nexcept TimeoutError: pass\nout = sent',
        )
        assert.ok(sent < 64 << 20, `${sent} bytes taken`)
        let received = 0
        while (received < sent) received += (await conn.read())?.byteLength ?? assert.fail('ended')
        conn.reset()
        await conn.close()
        await python.run('c.close()')
      })

      test('an aborted read loses nothing, and a deadline does not end the connection (48, 51)', async () => {
        await using conn = await peered()
        const stop = new AbortController()
        const reading = rejection(conn.read({ signal: stop.signal }))
        stop.abort()
        assert.equal((await reading).code, 'ABORT_ERR')
        conn.setDeadline(10)
        assert.equal((await rejection(conn.read())).code, 'ERR_SOCKET_TIMEOUT')
        conn.setDeadline(null)
        await python.run('c.sendall(b"kept")')
        assert.equal(Buffer.from((await conn.read()) ?? []).toString(), 'kept')
        await python.run('c.close()')
      })
    })

test('TLS within a pipe, and TLS within TLS', async () => {
  const { cert, key } = server
  const client = { servername: 'localhost', ca: ca.cert }
  let [one, other]: [Connection, Connection] = pipe()
  for (let layer = 0; layer < 2; layer++) {
    const [inner, outer] = [one, other]
    ;[one, other] = await Promise.all([
      inner.upgradeTls(client),
      outer.upgradeTls({ isServer: true, cert, key }),
    ])
  }
  const bytes = new Uint8Array(300_000).fill(9)
  const writing = one.write(bytes).then(() => one.closeWrite())
  let received = 0
  for await (const chunk of other) received += chunk.byteLength
  await writing
  assert.equal(received, bytes.byteLength)
  await other.write('back')
  assert.equal(Buffer.from((await one.read()) ?? []).toString(), 'back')
  await other.close()
  assert.equal(await one.read(), null)
  await one.close()
})
