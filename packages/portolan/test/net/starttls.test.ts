/** Plain text that becomes TLS within the connection: SMTP's STARTTLS (RFC 3207), against openssl and smtplib. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connect } from '../../src/net/connect.ts'
import type { Connection } from '../../src/net/connection.ts'
import { listen } from '../../src/net/listen.ts'
import type { Listener } from '../../src/net/listener.ts'
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

const { ca } = certificates
const { cert, key } = certificates.server
const DRIVERS = ['kernel', 'portable'] as const

function portOf(listener: Listener): number {
  assert.ok('port' in listener.localAddress)
  return listener.localAddress.port
}

/** A mail server of a few words. @returns the commands, each with whether it came encrypted */
async function serveMail(plain: Connection): Promise<string[]> {
  const heard: string[] = []
  let conn = plain
  await conn.write('220 mail.test ESMTP\r\n')
  for (;;) {
    const line = await conn.readLine()
    if (line === null) break
    heard.push(`${conn.tls === undefined ? 'plain' : 'tls'} ${line}`)
    const [verb = ''] = line.toUpperCase().split(' ')
    if (verb === 'EHLO')
      await conn.write(conn.tls === undefined ? '250-mail.test\r\n250 STARTTLS\r\n' : '250 mail.test\r\n')
    else if (verb === 'STARTTLS') {
      await conn.write('220 go ahead\r\n')
      conn = await conn.upgradeTls({ isServer: true, cert, key })
    } else if (verb === 'QUIT') {
      await conn.write('221 bye\r\n')
      break
    } else await conn.write('250 ok\r\n')
  }
  await conn.close()
  return heard
}

for (const driver of DRIVERS) {
  test(`${driver}: openssl s_client -starttls smtp`, async () => {
    await using listener = await listen({ host: '127.0.0.1', driver })
    const dialogue = ['-starttls', 'smtp', '-name', 'me.test', '-crlf', '-quiet']
    const verify = ['-CAfile', ca.certFile, '-verify_return_error', '-verify_hostname', 'localhost']
    const target = ['-connect', `127.0.0.1:${portOf(listener)}`]
    await using peer = new ForeignProcess('openssl', 's_client', ...dialogue, ...verify, ...target)
    const serving = serveMail(await listener.accept())
    await peer.until(/verify return:1/)
    peer.write('NOOP\nQUIT\n')
    assert.deepEqual(await serving, ['plain EHLO me.test', 'plain STARTTLS', 'tls NOOP', 'tls QUIT'])
    await peer.end()
    assert.match(peer.output, /221 bye/)
  })

  test(`${driver}: smtplib.starttls`, async () => {
    await using listener = await listen({ host: '127.0.0.1', driver })
    const client = python.run(
      `
import smtplib, ssl
m = smtplib.SMTP("localhost", port, local_hostname="me.test", timeout=20)
m.starttls(context=ssl.create_default_context(cafile=ca)); m.ehlo(); out = m.quit()[0]
`,
      { port: portOf(listener), ca: ca.certFile },
    )
    const heard = await serveMail(await listener.accept())
    assert.equal(await client, 221)
    assert.deepEqual(heard, ['plain ehlo me.test', 'plain STARTTLS', 'tls ehlo me.test', 'tls quit'])
  })

  test(`${driver}: our client, against Python`, async () => {
    const port = await python.number(
      `
import ssl
ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); ctx.load_cert_chain(cert, key)
l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen(8); out = l.getsockname()[1]`,
      { cert: certificates.server.certFile, key: certificates.server.keyFile },
    )
    const serving = python.text(`
p = l.accept()[0]; p.sendall(b"220 mail\\r\\n"); a = p.recv(99); p.sendall(b"220 go\\r\\n")
c = ctx.wrap_socket(p, server_side=True); out = (a + c.recv(99)).decode(); c.sendall(b"250 ok\\r\\n"); c.close(); l.close()`)
    await using plain = await connect({ host: '127.0.0.1', port, driver })
    assert.equal(await plain.readLine(), '220 mail')
    await plain.write('STARTTLS\r\n')
    assert.equal(await plain.readLine(), '220 go')
    assert.equal(plain.tls, undefined)
    const conn = await plain.upgradeTls({ servername: 'localhost', ca: ca.cert })
    assert.equal(conn.tls?.authorized, true)
    assert.deepEqual(conn.remoteAddress, plain.remoteAddress)
    await conn.write('EHLO me\r\n')
    assert.equal(await conn.readLine(), '250 ok')
    assert.equal(await serving, 'STARTTLS\r\nEHLO me\r\n')
    // The plain one is closed by `await using`, and with it the encrypted one.
  })

  test(`${driver}: bytes behind STARTTLS in plain text are refused, and do nothing (CVE-2011-0411)`, async () => {
    await using listener = await listen({ host: '127.0.0.1', driver })
    const sending = python.run(
      's = socket.create_connection(("127.0.0.1", port)); s.sendall(b"STARTTLS\\r\\nMAIL FROM:<evil>\\r\\n")',
      { port: portOf(listener) },
    )
    const conn = kept(await listener.accept())
    await sending
    assert.equal(await conn.readLine(), 'STARTTLS')
    const error = await rejection(conn.upgradeTls({ isServer: true, cert, key }))
    assert.equal(error.code, 'ERR_TLS_EARLY_BYTES')
    assert.match(error.message, /^handshake ERR_TLS_EARLY_BYTES \(18 bytes came in plain text/)
    // Nothing was done: the server may say what it thinks of it.
    await conn.write('554 no\r\n')
    assert.equal(await python.text('out = s.recv(99).decode(); s.close()'), '554 no\r\n')
    await conn.close()
  })

  test(`${driver}: bytes that come later in plain text are no handshake`, async () => {
    await using listener = await listen({ host: '127.0.0.1', driver })
    await python.run('s = socket.create_connection(("127.0.0.1", port)); s.sendall(b"STARTTLS\\r\\n")', {
      port: portOf(listener),
    })
    const conn = kept(await listener.accept())
    assert.equal(await conn.readLine(), 'STARTTLS')
    await conn.write('220 go\r\n')
    await python.run('s.recv(99); s.sendall(b"MAIL FROM:<evil>\\r\\n")')
    const error = await rejection(conn.upgradeTls({ isServer: true, cert, key }))
    assert.equal(error.code, 'ERR_SSL_WRONG_VERSION_NUMBER')
    assert.equal(conn.closed, true)
    await python.run('s.close()')
  })

  test(`${driver}: after the upgrade every call on the old connection is ERR_SOCKET_UPGRADED`, async () => {
    await using listener = await listen({ host: '127.0.0.1', driver })
    const [client, plain] = await Promise.all([
      connect({ host: '127.0.0.1', port: portOf(listener), driver }),
      listener.accept(),
    ])
    await client.write('one\n')
    assert.equal(await plain.readLine(), 'one')
    const lines = plain.lines()[Symbol.asyncIterator]()
    const waiting = rejection(plain.read())
    const [secure, upgraded] = await Promise.all([
      client.upgradeTls({ servername: 'localhost', ca: ca.cert }),
      plain.upgradeTls({ isServer: true, cert, key }),
    ])
    assert.equal((await waiting).code, 'ERR_SOCKET_TIMEOUT')
    await secure.write('secret\n')
    const calls = [
      () => plain.read(),
      () => plain.read(new Uint8Array(9)),
      () => plain.readLine(),
      () => lines.next(),
      () => plain.write('x'),
      () => plain.closeWrite(),
      () => plain.upgradeTls({ isServer: true, cert, key }),
    ]
    for (const call of calls) assert.equal((await rejection(call())).code, 'ERR_SOCKET_UPGRADED')
    assert.equal(thrown(() => plain.setDeadline(5)).code, 'ERR_SOCKET_UPGRADED')
    assert.equal(await upgraded.readLine(), 'secret')
    assert.equal(listener.connections, 1)
    assert.equal(plain.closed, false)
    await plain.close()
    assert.equal(upgraded.closed, true)
    assert.equal((await rejection(upgraded.read())).code, 'ERR_SOCKET_CLOSED')
    assert.equal(await secure.read(), null)
    await secure.close()
    assert.equal(listener.connections, 0)
  })
}

test('what was written before goes out before, without being awaited', async () => {
  await using listener = await listen({ host: '127.0.0.1' })
  const [client, plain] = await Promise.all([
    connect({ host: '127.0.0.1', port: portOf(listener) }),
    listener.accept(),
  ])
  const big = `${'x'.repeat(1 << 20)}\n`
  const writing = plain.write(big)
  const upgrading = plain.upgradeTls({ isServer: true, cert, key })
  assert.equal(await client.readLine({ maxLength: 2 << 20 }), 'x'.repeat(1 << 20))
  const secure = await client.upgradeTls({ servername: 'localhost', ca: ca.cert })
  await writing
  await (await upgrading).close()
  assert.equal(await secure.read(), null)
  await secure.close()
})

test('a closed connection cannot be upgraded', async () => {
  await using listener = await listen({ host: '127.0.0.1' })
  const client = kept(await connect({ host: '127.0.0.1', port: portOf(listener) }))
  const plain = await listener.accept()
  await plain.close()
  assert.equal((await rejection(plain.upgradeTls({ isServer: true, cert, key }))).code, 'ERR_SOCKET_CLOSED')
  await client.close()
})
