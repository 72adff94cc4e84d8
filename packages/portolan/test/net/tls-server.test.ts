/** Our server against openssl s_client, curl and Python's ssl. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Connection } from '../../src/net/connection.ts'
import { Connection as Plain } from '../../src/net/connection.ts'
import { listen } from '../../src/net/listen.ts'
import type { Listener } from '../../src/net/listener.ts'
import { TlsAcceptor } from '../../src/net/tls.ts'
import type { TlsServerOptions } from '../../src/net/tls-options.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection, thrown } from '../socket/rejection.ts'
import { Certificates } from './certificates.ts'
import { ForeignProcess } from './foreign-process.ts'
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

const { ca, server, client } = certificates
const { cert, key } = server
const DRIVERS = ['kernel', 'portable'] as const
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const

function portOf(listener: Listener): number {
  assert.ok('port' in listener.localAddress)
  return listener.localAddress.port
}

async function secure(listener: Listener, more: Partial<TlsServerOptions> = {}): Promise<Connection> {
  const plain = await listener.accept()
  return plain.upgradeTls({ isServer: true, cert, key, ...more })
}

function sClient(port: number, ...more: string[]): ForeignProcess {
  const verify = ['-CAfile', ca.certFile, '-verify_return_error', '-verify_hostname', 'server.test']
  const target = ['-connect', `127.0.0.1:${port}`, '-servername', 'server.test']
  return new ForeignProcess('openssl', 's_client', ...target, ...verify, ...more)
}

for (const driver of DRIVERS)
  for (const version of VERSIONS)
    test(`${driver}: openssl s_client speaks ${version}, sends SNI and ALPN, and hears close_notify`, async () => {
      await using listener = await listen({ host: '127.0.0.1', driver })
      const flag = version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3'
      await using peer = sClient(portOf(listener), flag, '-alpn', 'a,b', '-msg', '-ign_eof')
      await using conn = await secure(listener, { ALPNProtocols: ['b'] })
      assert.equal(conn.tls?.protocol, version)
      assert.equal(conn.tls.servername?.raw, 'server.test')
      assert.deepEqual([conn.tls.alpnProtocol, conn.tls.authorized], ['b', false])
      assert.equal(conn.tls.peerCertificate, undefined)
      await peer.until(/Verify return code: 0 \(ok\)/)
      peer.write('question\n')
      assert.equal(await conn.readLine(), 'question')
      await conn.write('the answer\n')
      await conn.close()
      await peer.end()
      assert.match(peer.output, /the answer/)
      assert.match(peer.output, /<<< .*Alert.*\n.*\n?.*01 00/)
    })

test('curl --cacert fetches a page, by name and by address', async () => {
  await using listener = await listen({ host: '127.0.0.1', tls: { cert, key, ALPNProtocols: ['http/1.1'] } })
  const port = portOf(listener)
  for (const host of ['127.0.0.1', 'server.test']) {
    const trust = ['--cacert', ca.certFile, '--resolve', `server.test:${port}:127.0.0.1`]
    const page = `https://${host}:${port}/page`
    const peer = new ForeignProcess('curl', '--silent', '--show-error', ...trust, page)
    await using _ = peer
    await using conn = await listener.accept()
    const head: string[] = []
    for await (const line of conn.lines()) {
      if (line === '') break
      head.push(line)
    }
    assert.equal(head[0], 'GET /page HTTP/1.1')
    const body = 'a page\n'.repeat(40_000)
    await conn.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`)
    await conn.close()
    assert.equal(await peer.end(), 0, peer.output)
    assert.equal(peer.output, body)
  }
})

test('curl without the root says no, and the server hears the alert', async () => {
  await using listener = await listen({ host: '127.0.0.1' })
  await using peer = new ForeignProcess(
    'curl',
    '--silent',
    '--show-error',
    `https://127.0.0.1:${portOf(listener)}/`,
  )
  const handshake = secure(listener, { maxVersion: 'TLSv1.2' })
  assert.equal((await rejection(handshake)).code, 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA')
  assert.equal(await peer.end(), 60)
})

const PYTHON_CLIENT = `
import ssl
ctx = ssl.create_default_context(cafile=ca)
if cert: ctx.load_cert_chain(cert, key)
def go(): return ctx.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
`

test('a client certificate is asked for, checked and shown', async () => {
  const acceptor = new TlsAcceptor({ cert, key, ca: ca.cert, requestCert: true })
  await using listener = await listen({ host: '127.0.0.1' })
  const port = portOf(listener)
  const use = (identity: { certFile: string; keyFile: string } | undefined): Promise<unknown> =>
    python.run(
      `${PYTHON_CLIENT}\nc = go()\ntry: out = c.recv(9).decode()\nexcept OSError as e: out = type(e).__name__\nc.close()`,
      {
        ca: ca.certFile,
        port,
        cert: identity?.certFile ?? null,
        key: identity?.keyFile ?? null,
      },
    )

  const good = use(client)
  const conn = kept(new Plain(await acceptor.accept(await listener.accept())))
  assert.deepEqual([conn.tls?.authorized, conn.tls?.peerCertificate?.subject.raw], [true, 'CN=client'])
  await conn.write('welcome')
  await conn.close()
  assert.equal(await good, 'welcome')

  const stranger = use(certificates.selfSigned)
  const refused = await rejection(acceptor.accept(await listener.accept()))
  assert.equal(refused.code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
  assert.match(
    refused.message,
    /^handshake DEPTH_ZERO_SELF_SIGNED_CERT \(the certificate of the client is refused; .*\) 127/,
  )
  assert.notEqual(await stranger, 'welcome')

  const nobody = use(undefined)
  const missing = await rejection(acceptor.accept(await listener.accept()))
  assert.equal(missing.code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE')
  assert.notEqual(await nobody, 'welcome')
})

test('a client certificate that is not required is told about', async () => {
  const acceptor = new TlsAcceptor({ cert, key, requestCert: true, rejectUnauthorized: false })
  await using listener = await listen({ host: '127.0.0.1' })
  const peer = python.run(`${PYTHON_CLIENT}\nc = go(); out = c.recv(9).hex(); c.close()`, {
    ca: ca.certFile,
    port: portOf(listener),
    cert: certificates.selfSigned.certFile,
    key: certificates.selfSigned.keyFile,
  })
  const conn = kept(new Plain(await acceptor.accept(await listener.accept())))
  assert.deepEqual(
    [conn.tls?.authorized, conn.tls?.authorizationError],
    [false, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  )
  await conn.close()
  assert.equal(await peer, '')
})

test('each connection of one acceptor gets its own handshake, and its own client', async () => {
  const acceptor = new TlsAcceptor({ cert, key, ca: ca.cert, requestCert: true, rejectUnauthorized: false })
  await using listener = await listen({ host: '127.0.0.1' })
  // Opened in one order, shaken hands in the other, every other one with a certificate.
  const peers = python.run(
    `
import ssl, threading
def context(i):
    ctx = ssl.create_default_context(cafile=ca)
    if i % 2: ctx.load_cert_chain(cert, key)
    return ctx
n = 12
plain = [socket.create_connection(("127.0.0.1", port)) for _ in range(n)]
out = [None] * n
def shake(i):
    c = context(i).wrap_socket(plain[i], server_hostname="localhost")
    c.sendall(b"%d\\n" % plain_ports[i]); out[i] = c.recv(99).decode(); c.close()
plain_ports = [s.getsockname()[1] for s in plain]
threads = [threading.Thread(target=shake, args=(i,)) for i in reversed(range(n))]
[t.start() for t in threads]; [t.join() for t in threads]
`,
    { ca: ca.certFile, cert: client.certFile, key: client.keyFile, port: portOf(listener) },
  )
  const served = Array.from({ length: 12 }, async (_, index) => {
    const plain = await listener.accept()
    const conn = new Plain(await acceptor.accept(plain))
    const remote = conn.remoteAddress
    assert.ok(remote !== undefined && 'port' in remote)
    assert.equal(await conn.readLine(), String(remote.port))
    assert.equal(conn.tls?.authorized, index % 2 === 1)
    await conn.write(`seen ${remote.port}`)
    await conn.close()
    return `seen ${remote.port}`
  })
  assert.deepEqual(await peers, await Promise.all(served))
})

test('a session is resumed with one acceptor', async () => {
  const acceptor = new TlsAcceptor({ cert, key, maxVersion: 'TLSv1.2' })
  await using listener = await listen({ host: '127.0.0.1' })
  const peer = python.run(
    `${PYTHON_CLIENT}
a = go(); s = a.session; a.close()
b = ctx.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost", session=s)
out = b.session_reused; b.close()`,
    { ca: ca.certFile, cert: null, key: null, port: portOf(listener) },
  )
  for (let count = 0; count < 2; count++) {
    const conn = kept(new Plain(await acceptor.accept(await listener.accept())))
    await conn.close()
  }
  assert.equal(await peer, true)
})

for (const driver of DRIVERS) {
  const hostile = [
    { name: 'plain HTTP', sends: 'GET / HTTP/1.0\r\n\r\n', code: 'ERR_SSL_HTTP_REQUEST' },
    { name: 'text', sends: 'EHLO me\r\n'.repeat(20), code: 'ERR_SSL_WRONG_VERSION_NUMBER' },
    {
      name: 'the beginning of a record, then the end',
      sends: '\x16\x03\x01\x02\x00\x01',
      code: 'ERR_TLS_TRUNCATED',
    },
    { name: 'nothing, then the end', sends: '', code: 'ERR_TLS_TRUNCATED' },
  ]
  for (const { name, sends, code } of hostile)
    test(`${driver}: ${name} ends that connection only`, async () => {
      const acceptor = new TlsAcceptor({ cert, key })
      await using listener = await listen({ host: '127.0.0.1', driver })
      const values = { port: portOf(listener), sends, ca: ca.certFile, cert: null, key: null }
      const good = python.run(`${PYTHON_CLIENT}\ng = go()`, values)
      const conn = kept(new Plain(await acceptor.accept(await listener.accept())))
      await good
      const bad = python.run(
        's = socket.create_connection(("127.0.0.1", port)); s.sendall(sends.encode("latin1")); s.shutdown(socket.SHUT_WR)\n' +
          'try:\n    while s.recv(1 << 16): pass\nexcept ConnectionResetError: pass\ns.close()',
        values,
      )
      assert.equal((await rejection(acceptor.accept(await listener.accept()))).code, code)
      await bad
      await conn.write('alive')
      assert.equal(await python.text('out = g.recv(9).decode(); g.close()'), 'alive')
      await conn.close()
    })

  test(`${driver}: a client that says nothing is let go by the timeout, or by the signal`, async () => {
    await using listener = await listen({ host: '127.0.0.1', driver })
    const open = (): Promise<unknown> =>
      python.run('s = socket.create_connection(("127.0.0.1", port))', { port: portOf(listener) })
    const stop = new AbortController()
    await open()
    const late = (await listener.accept()).upgradeTls({ isServer: true, cert, key, timeout: 30 })
    assert.match((await rejection(late)).message, /^handshake ERR_SOCKET_TIMEOUT 127/)
    assert.equal(await python.text('out = s.recv(1).hex()'), '')
    await open()
    const plain = await listener.accept()
    const aborted = rejection(plain.upgradeTls({ isServer: true, cert, key, signal: stop.signal }))
    const reason = new Error('enough')
    stop.abort(reason)
    const error = await aborted
    assert.deepEqual([error.code, error.cause], ['ABORT_ERR', reason])
    assert.equal(plain.closed, true)
    assert.equal(await python.text('out = s.recv(1).hex(); s.close()'), '')
    await open()
    const closed = await listener.accept()
    const ended = rejection(closed.upgradeTls({ isServer: true, cert, key }))
    await closed.close()
    assert.equal((await ended).code, 'ERR_SOCKET_CLOSED')
    await python.run('s.close()')
  })
}

test('certificate and key are checked when the acceptor is made', () => {
  assert.equal(thrown(() => new TlsAcceptor({ cert: 'x', key })).code, 'ERR_OSSL_PEM_NO_START_LINE')
  assert.equal(
    thrown(() => new TlsAcceptor({ cert, key: client.key })).code,
    'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
  )
})
