/** Our client against openssl s_server and Python's ssl: what is agreed on, and what is refused. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { connect } from '../../src/net/connect.ts'
import type { Connection } from '../../src/net/connection.ts'
import { listen } from '../../src/net/listen.ts'
import { pipe } from '../../src/net/pipe.ts'
import type { TlsOptions } from '../../src/net/tls-options.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection } from '../socket/rejection.ts'
import { Certificates, type Identity } from './certificates.ts'
import { ForeignProcess } from './foreign-process.ts'

const certificates = new Certificates()
let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(async () => {
  certificates[Symbol.dispose]()
  await python[Symbol.asyncDispose]()
})
checkLeaks()

const { ca, server } = certificates
const DRIVERS = ['kernel', 'portable'] as const
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const

async function opensslServer(
  identity: Identity,
  ...more: string[]
): Promise<{ peer: ForeignProcess; port: number }> {
  const files = ['-cert', identity.certFile, '-key', identity.keyFile]
  const peer = new ForeignProcess('openssl', 's_server', '-accept', '127.0.0.1:0', ...files, ...more)
  const [, port] = await peer.until(/ACCEPT 127\.0\.0\.1:(\d+)/)
  return { peer, port: Number(port) }
}

/** One connection to openssl s_server, which ends after it. */
async function withServer(
  identity: Identity,
  more: readonly string[],
  work: (port: number, peer: ForeignProcess) => Promise<void>,
): Promise<void> {
  const { peer, port } = await opensslServer(identity, '-naccept', '1', ...more)
  await using _ = peer
  await work(port, peer)
}

function secure(port: number, tls: TlsOptions, host = '127.0.0.1'): Promise<Connection> {
  return connect({ host, port, timeout: 20_000, tls })
}

for (const driver of DRIVERS)
  for (const version of VERSIONS)
    test(`${driver}: speaks ${version} with openssl, and knows what was agreed on`, () =>
      withServer(
        server,
        ['-rev', '-alpn', 'echo', version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3'],
        async (port) => {
          const tls = { ca: ca.cert, servername: 'server.test', ALPNProtocols: ['other', 'echo'] }
          await using conn = await connect({ host: '127.0.0.1', port, driver, tls })
          assert.equal(conn.tls?.protocol, version)
          assert.match(conn.tls.cipher, /^TLS_/)
          assert.equal(conn.tls.alpnProtocol, 'echo')
          assert.deepEqual([conn.tls.authorized, conn.tls.authorizationError], [true, undefined])
          const { peerCertificate: certificate } = conn.tls
          assert.equal(certificate?.subject.raw, 'CN=server')
          assert.match(certificate.subjectAltName?.raw ?? '', /DNS:server\.test/)
          assert.equal(certificate.validTo.toISOString(), '2049-01-01T00:00:00.000Z')
          assert.equal(conn.socket === undefined, driver === 'portable')
          await conn.write('abc\n')
          assert.equal(await conn.readLine(), 'cba')
        },
      ))

describe('the certificate', () => {
  const refused = [
    { name: 'of another name', identity: certificates.otherName, code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    { name: 'that has expired', identity: certificates.expired, code: 'CERT_HAS_EXPIRED' },
    { name: 'that is not valid yet', identity: certificates.future, code: 'CERT_NOT_YET_VALID' },
    { name: 'that signed itself', identity: certificates.selfSigned, code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  ]
  for (const { name, identity, code } of refused)
    test(`${name} is refused with ${code}, and taken on demand with the reason`, () =>
      withServer(identity, ['-naccept', '2'], async (port) => {
        const error = await rejection(secure(port, { ca: ca.cert, servername: 'localhost' }))
        assert.equal(error.code, code)
        assert.equal(error.syscall, 'handshake')
        assert.deepEqual(error.remote, { host: '127.0.0.1', port })
        assert.match(
          error.message,
          new RegExp(`^handshake ${code} \\(.+\\) 127\\.0\\.0\\.1:${port} \\(from .+\\)$`),
        )
        const options = { ca: ca.cert, servername: 'localhost', rejectUnauthorized: false }
        await using conn = await secure(port, options)
        assert.deepEqual([conn.tls?.authorized, conn.tls?.authorizationError], [false, code])
      }))

  test('of an unknown root is refused', () =>
    withServer(server, [], async (port) => {
      const error = await rejection(secure(port, { servername: 'localhost' }))
      assert.equal(error.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    }))

  test('must be for the host that was connected to, also where that is an address', () =>
    withServer(server, ['-naccept', '2'], async (port) => {
      const byAddress = await secure(port, { ca: ca.cert })
      assert.equal(byAddress.tls?.authorized, true)
      await byAddress.close()
      await using byName = await secure(port, { ca: ca.cert }, 'localhost')
      assert.equal(byName.tls?.authorized, true)
    }))

  test('without the address among its names is refused for the address', () =>
    withServer(certificates.otherName, [], async (port) => {
      const error = await rejection(secure(port, { ca: ca.cert }))
      assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID')
      assert.match(error.message, /127\.0\.0\.1 is not in the cert/)
    }))

  test('cannot be checked without a name: a TypeError says so', async () => {
    const [one, other] = pipe()
    await assert.rejects(one.upgradeTls({ ca: ca.cert }), /servername/)
    assert.equal(one.closed, true)
    await other.close()
  })
})

const PYTHON_SERVER = `
import ssl
ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); ctx.load_cert_chain(cert, key)
names = []
ctx.sni_callback = lambda s, name, c: names.append(name)
l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen(8)
out = l.getsockname()[1]
`
const FILES = { cert: server.certFile, key: server.keyFile }

test('SNI is sent for names, lower case and without the last dot, and never for addresses (RFC 6066)', async () => {
  const port = await python.number(PYTHON_SERVER, FILES)
  for (const [servername, sent] of [
    ['server.test', 'server.test'],
    ['Server.Test.', 'server.test'],
    ['127.0.0.1', null],
    ['::1', null],
    ['::1%lo', null],
  ] as const) {
    const accepting = python.run('c = ctx.wrap_socket(l.accept()[0], server_side=True); out = names.pop()')
    await using conn = await secure(port, { ca: ca.cert, servername })
    assert.equal(await accepting, sent)
    assert.equal(conn.tls?.authorized, true)
    await python.run('c.close()')
  }
  await python.run('l.close()')
})

test('shows its certificate where the server asks', async () => {
  const port = await python.number(
    `${PYTHON_SERVER}\nctx.verify_mode = ssl.CERT_REQUIRED; ctx.load_verify_locations(ca)`,
    { ...FILES, ca: ca.certFile },
  )
  const accepting = python.run(
    'c = ctx.wrap_socket(l.accept()[0], server_side=True); out = c.getpeercert()["subject"][0][0][1]',
  )
  const { cert, key } = certificates.client
  await using conn = await secure(port, { ca: ca.cert, cert, key })
  assert.equal(await accepting, 'client')
  await python.run('c.close(); l.close()')
  await conn.close()
})

test('a server of TLS 1.1 only is refused', () =>
  withServer(server, ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'], async (port) => {
    const error = await rejection(secure(port, { ca: ca.cert }))
    assert.match(error.code, /^ERR_SSL_(UNSUPPORTED_PROTOCOL|TLSV1_ALERT_PROTOCOL_VERSION)$/)
  }))

test('no protocol in common is the alert of the server', async () => {
  await using listener = await listen({ host: '127.0.0.1' })
  assert.ok('port' in listener.localAddress)
  const attempt = rejection(secure(listener.localAddress.port, { ca: ca.cert, ALPNProtocols: ['a'] }))
  const plain = await listener.accept()
  const { cert, key } = server
  const refused = await rejection(plain.upgradeTls({ isServer: true, cert, key, ALPNProtocols: ['b'] }))
  assert.equal(refused.code, 'ERR_SSL_NO_APPLICATION_PROTOCOL')
  assert.match((await attempt).code, /^ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL$/)
})

for (const driver of DRIVERS)
  describe(`${driver}: instead of a handshake`, () => {
    /** What Python does with the connection, and what our client makes of it. */
    async function against(code: string, tls: TlsOptions = { ca: ca.cert }): Promise<string> {
      const port = await python.number(
        'l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen(8)\nout = l.getsockname()[1]',
      )
      const serving = python.run(`c = l.accept()[0]; c.recv(1 << 16)\n${code}`)
      const error = await rejection(connect({ host: '127.0.0.1', port, driver, tls, timeout: 500 }))
      await serving
      await python.run('c.close(); l.close()')
      return error.code
    }

    test('plain text is ERR_SSL_WRONG_VERSION_NUMBER', async () => {
      assert.equal(await against('c.sendall(b"SSH-2.0-OpenSSH_9.2\\r\\n")'), 'ERR_SSL_WRONG_VERSION_NUMBER')
      assert.equal(await against('c.sendall(b"220 mail ESMTP\\r\\n" * 9)'), 'ERR_SSL_WRONG_VERSION_NUMBER')
    })

    test('random bytes end it', async () => {
      assert.match(await against('c.sendall(b"\\x16\\x03\\x03\\xff\\xff" + bytes(1 << 17))'), /^ERR_SSL_/)
    })

    test('the end of the stream is ERR_TLS_TRUNCATED', async () => {
      assert.equal(await against('c.close()'), 'ERR_TLS_TRUNCATED')
      // Half a record of a handshake.
      assert.equal(
        await against('c.sendall(b"\\x16\\x03\\x03\\x00\\x7a\\x02\\x00"); c.close()'),
        'ERR_TLS_TRUNCATED',
      )
    })

    test('a reset is ECONNRESET', async () => {
      assert.equal(
        await against(
          'c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); c.close()',
        ),
        'ECONNRESET',
      )
    })

    test('silence is ERR_SOCKET_TIMEOUT at the timeout of connect', async () => {
      assert.equal(await against('pass'), 'ERR_SOCKET_TIMEOUT')
    })

    test('an abort is ABORT_ERR with its reason, and closes the connection', async () => {
      const port = await python.number(
        'l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen(8)\nout = l.getsockname()[1]',
      )
      const stop = new AbortController()
      const reason = new Error('enough')
      const attempt = rejection(connect({ host: '127.0.0.1', port, driver, tls: true, signal: stop.signal }))
      await python.run('c = l.accept()[0]; c.recv(1)')
      stop.abort(reason)
      const error = await attempt
      assert.deepEqual([error.code, error.cause, error.syscall], ['ABORT_ERR', reason, 'handshake'])
      // The rest of the hello, then the end: nobody holds the connection any more.
      await python.run(
        'try:\n    while c.recv(1 << 16): pass\nexcept ConnectionResetError: pass\nc.close(); l.close()',
      )
    })
  })

const UNUSABLE: readonly { readonly tls: TlsOptions; readonly says: RegExp }[] = [
  { tls: { ca: 'no certificate' }, says: /^ca holds no certificate/ },
  // As an environment variable that is not set: Node would trust every public root then.
  { tls: { ca: '' }, says: /^ca holds no certificate/ },
  { tls: { ca: [] }, says: /^ca holds no certificate/ },
  { tls: { cert: 'x', key: server.key }, says: /ERR_OSSL_PEM_NO_START_LINE/ },
  { tls: { cert: server.cert, key: 'x' }, says: /ERR_OSSL_UNSUPPORTED/ },
  { tls: { cert: server.cert, key: certificates.client.key }, says: /ERR_OSSL_X509_KEY_VALUES_MISMATCH/ },
  { tls: { servername: '' }, says: /^Not a host name/ },
  { tls: { servername: 'a b' }, says: /^Not a host name/ },
  { tls: { servername: 'a\0b' }, says: /^Not a host name/ },
  { tls: { ciphers: 'NONE-SUCH' }, says: /ERR_SSL_NO_CIPHER_MATCH/ },
]
for (const { tls, says } of UNUSABLE)
  test(`${JSON.stringify(tls).slice(0, 40)}… cannot be options: one line says so, and nothing is sent`, async () => {
    const [one, other] = pipe()
    const outcome = await one.upgradeTls({ servername: 'x', ...tls }).catch((error: unknown) => error)
    assert.ok(outcome instanceof Error)
    assert.match(outcome.message, says)
    assert.doesNotMatch(outcome.message, /\n/)
    assert.equal(one.closed, true)
    assert.equal(await other.read(), null)
    await other.close()
  })
