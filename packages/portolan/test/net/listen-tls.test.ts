import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '../../src/net/connect.ts'
import { listen } from '../../src/net/listen.ts'
import type { Listener } from '../../src/net/listener.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection } from '../socket/rejection.ts'
import { Certificates } from './certificates.ts'

let python: PythonPeer
const certificates = new Certificates()
const { server: identity, ca } = certificates
before(() => {
  python = new PythonPeer()
})
after(async () => {
  await python[Symbol.asyncDispose]()
  certificates[Symbol.dispose]()
})
checkLeaks()

function portOf(server: Listener): number {
  assert.ok('host' in server.localAddress)
  return server.localAddress.port
}

async function listening(
  onError?: (error: Error) => void,
  driver?: 'kernel' | 'portable',
): Promise<Listener> {
  return listen({ host: '127.0.0.1', tls: identity, onError, driver })
}

for (const driver of ['kernel', 'portable'] as const)
  test(`${driver}: Python speaks TLS with a listener, and a silent client keeps nobody waiting`, async () => {
    await using server = await listening(undefined, driver)
    const accepting = server.accept()
    await python.run('silent = socket.create_connection(("127.0.0.1", port))', { port: portOf(server) })
    const heard = python.run(
      `import ssl
c = ssl.create_default_context(cafile=ca).wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
c.sendall(b"hello"); out = [c.version(), c.recv(100).decode()]; c.close(); silent.close()`,
      { port: portOf(server), ca: ca.certFile },
    )
    await using conn = await accepting
    assert.equal(conn.tls?.protocol, 'TLSv1.3')
    assert.equal(Buffer.from((await conn.read()) ?? []).toString(), 'hello')
    await conn.write('welcome')
    assert.deepEqual(await heard, ['TLSv1.3', 'welcome'])
  })

test('garbage and a client that does not trust the certificate are told, and the next client is served', async () => {
  const told: string[] = []
  await using server = await listening((error) => void told.push(error.message))
  const port = portOf(server)
  const accepting = server.accept()
  await python.run(
    'g = socket.create_connection(("127.0.0.1", port)); g.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n"); g.recv(100); g.close()',
    { port },
  )
  await rejection(connect({ host: '127.0.0.1', port, tls: { servername: 'localhost' } }))
  await using client = await connect({
    host: '127.0.0.1',
    port,
    tls: { servername: 'localhost', ca: ca.cert },
  })
  await using conn = await accepting
  await conn.write('served')
  assert.equal(Buffer.from((await client.read()) ?? []).toString(), 'served')
  assert.equal(told.length, 2, told.join('\n'))
  assert.match(told[0] ?? '', /plain HTTP/)
})

test('accept of TLS connections keeps its timeout and signal, and closing ends handshakes', async () => {
  const server = await listening()
  assert.equal((await rejection(server.accept({ timeout: 20 }))).code, 'ERR_SOCKET_TIMEOUT')
  assert.equal((await rejection(server.accept({ signal: AbortSignal.timeout(10) }))).code, 'ABORT_ERR')
  const pending = rejection(server.accept())
  await python.run('s = socket.create_connection(("127.0.0.1", port))', { port: portOf(server) })
  await delay(30)
  await server.close()
  assert.equal((await pending).code, 'ERR_SOCKET_CLOSED')
  const end = await python.run('try: out = s.recv(1).hex()\nexcept ConnectionResetError: out = "reset"')
  assert.ok(end === '' || end === 'reset', String(end))
  await python.run('s.close()')
})

test('many handshakes at the same time, and a limit', async () => {
  await using server = await listen({ host: '127.0.0.1', tls: identity, maxConnections: 5 })
  const port = portOf(server)
  const clients = Array.from({ length: 20 }, () =>
    connect({ host: '127.0.0.1', port, tls: { servername: 'localhost', ca: ca.cert } }),
  )
  let most = 0
  const closing: Promise<void>[] = []
  for (let served = 0; served < 20; served++) {
    const conn = await server.accept()
    most = Math.max(most, server.connections)
    if (served % 3 !== 0) await conn.close()
    else closing.push(delay(5).then(() => conn.close()))
  }
  assert.ok(most <= 5)
  await Promise.all((await Promise.all(clients)).map((client) => client.close()))
  await Promise.all(closing)
  assert.equal(server.connections, 0)
})

test('a key that does not fit the certificate is refused before anything is bound', async () => {
  const wrong = listen({ host: '127.0.0.1', tls: { cert: identity.cert, key: ca.key } })
  assert.equal((await rejection(wrong)).code, 'ERR_OSSL_X509_KEY_VALUES_MISMATCH')
})

test('56. a shortage is told to one accept, and those that wait beside it go on', async (t) => {
  const shortages: string[] = []
  await using server = await listen({
    host: '127.0.0.1',
    tls: identity,
    onError: (error) => void shortages.push(error.code),
  })
  const { accept4 } = libc
  let failures = 1
  libc.accept4 = (...words) => (failures-- > 0 ? -ERRNO.EMFILE : accept4(...words))
  t.after(() => {
    libc.accept4 = accept4
  })
  const accepting = [server.accept({ timeout: 10_000 }), server.accept({ timeout: 10_000 })]
  const port = portOf(server)
  const tls = { servername: 'localhost', ca: ca.cert }
  const clients = await Promise.all(
    [1, 2].map(() => connect({ host: '127.0.0.1', port, tls, timeout: 10_000 })),
  )
  for (const conn of await Promise.all(accepting)) await conn.close()
  for (const client of clients) await client.close()
  assert.deepEqual(shortages, ['EMFILE'])
})

test('silent clients, more than handshakes may be under way, shut nobody out', async () => {
  await using server = await listening()
  const port = portOf(server)
  const accepting = server.accept({ timeout: 8000 })
  const silent = await Promise.all(Array.from({ length: 300 }, () => connect({ host: '127.0.0.1', port })))
  // Less than the 10 s that a silent client has.
  const tls = { servername: 'localhost', ca: ca.cert }
  await using client = await connect({ host: '127.0.0.1', port, tls, timeout: 8000 })
  await using conn = await accepting
  await conn.write('served')
  assert.equal(Buffer.from((await client.read()) ?? []).toString(), 'served')
  await Promise.all(silent.map((each) => each.close()))
})
