/** The driver over node:net, against Python and the kernel's own tables. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { Connection } from '../../src/net/connection.ts'
import type { BindOptions, DialOptions, TransportListener } from '../../src/net/driver.ts'
import { dial, lookUp } from '../../src/net/portable-dial.ts'
import { listen } from '../../src/net/portable-listener.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection } from '../socket/rejection.ts'
import { closingAfterEach } from './kept.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
const kept = closingAfterEach()
checkLeaks()

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-portable-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const DIAL: DialOptions = { noDelay: true, keepAliveSeconds: 0 }
const BIND: BindOptions = { backlog: 16, reusePort: false, v6Only: false, noDelay: true, keepAliveSeconds: 0 }
const LOOPBACK = { host: '127.0.0.1', port: 0 }

function portOf(listener: TransportListener): number {
  assert.ok('host' in listener.localAddress)
  return listener.localAddress.port
}

async function pythonListens(more = ''): Promise<number> {
  return python.number(
    `l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen(8); ${more}\nout = l.getsockname()[1]`,
  )
}

for (const host of ['127.0.0.1', '::1'])
  test(`connects to ${host} and speaks with Python, from the address it was told`, async () => {
    const family = host === '::1' ? 'socket.AF_INET6' : 'socket.AF_INET'
    const port = await python.number(
      `l = socket.socket(${family}); l.bind((host, 0)); l.listen(8)\nout = l.getsockname()[1]`,
      { host },
    )
    const transport = await dial({ host, port }, { ...DIAL, localAddress: { host, port: 0 } })
    await using conn = new Connection(transport)
    const peer = await python.run('c, a = l.accept(); out = list(a[:2])')
    assert.deepEqual(conn.localAddress, Array.isArray(peer) ? { host: peer[0], port: peer[1] } : peer)
    assert.deepEqual(conn.remoteAddress, { host, port })
    await conn.write('hello')
    assert.equal(await python.text('out = c.recv(9).decode()'), 'hello')
    await python.run('c.close(); l.close()')
    assert.equal(await conn.read(), null)
  })

test('89. a refused attempt names call, number and address, and leaves nothing open', async () => {
  const port = await pythonListens(
    'p = l.getsockname()[1]; l.close(); l = socket.socket(); l.bind(("127.0.0.1", p))',
  )
  const error = await rejection(dial({ host: '127.0.0.1', port }, DIAL))
  assert.deepEqual([error.code, error.errno, error.syscall], ['ECONNREFUSED', 111, 'connect'])
  assert.deepEqual(error.remote, { host: '127.0.0.1', port })
  await python.run('l.close()')
})

test('an attempt that is aborted or has timed out leaves nothing open', async () => {
  // The queue of a listener with backlog 0 holds one connection; the next SYN is dropped, and so stays unanswered.
  const port = await pythonListens('l.listen(0); f = socket.create_connection(l.getsockname())')
  const address = { host: '127.0.0.1', port }
  const stop = new AbortController()
  const reason = new Error('enough')
  const attempt = rejection(dial(address, { ...DIAL, signal: stop.signal }))
  setTimeout(() => stop.abort(reason), 20)
  const aborted = await attempt
  assert.deepEqual([aborted.code, aborted.cause], ['ABORT_ERR', reason])
  assert.equal((await rejection(dial(address, { ...DIAL, timeout: 20 }))).code, 'ERR_SOCKET_TIMEOUT')
  assert.equal((await rejection(dial(address, { ...DIAL, signal: stop.signal }))).code, 'ABORT_ERR')
  assert.equal((await rejection(dial(address, { ...DIAL, timeout: 0 }))).code, 'ERR_SOCKET_TIMEOUT')
  await python.run('f.close(); l.close()')
})

test('a name is no literal address', async () => {
  await assert.rejects(dial({ host: 'localhost', port: 1 }, DIAL), TypeError)
  await assert.rejects(listen({ host: 'localhost', port: 0 }, BIND), TypeError)
})

test('families and options that node:net lacks are told, not guessed', async () => {
  assert.equal((await rejection(dial({ cid: 1, port: 1 }, DIAL))).code, 'EAFNOSUPPORT')
  assert.equal((await rejection(listen({ path: '' }, BIND))).code, 'EINVAL')
  assert.equal((await rejection(dial({ path: new Uint8Array([47, 255]) }, DIAL))).code, 'EINVAL')
  const own = { ...DIAL, localAddress: { path: '/x' } }
  assert.equal((await rejection(dial({ path: '/y' }, own))).code, 'EOPNOTSUPP')
  await assert.rejects(dial({ host: '127.0.0.1', port: 65_536 }, DIAL), RangeError)
})

for (const abstract of [false, true])
  test(`UNIX sockets ${abstract ? 'of abstract names' : 'at a path'} work both ways`, async () => {
    const path = abstract ? `\0portolan-test-${process.pid}` : join(folder, 's')
    const listener = kept(await listen({ path }, BIND))
    assert.deepEqual(listener.localAddress, { path })
    const [accepted, dialled] = await Promise.all([listener.accept(), dial({ path }, DIAL)])
    await using one = new Connection(accepted)
    await using other = new Connection(dialled)
    assert.deepEqual(other.remoteAddress, { path })
    await one.write('to the client')
    assert.equal(Buffer.from((await other.read()) ?? []).toString(), 'to the client')
    other.reset()
    await assert.doesNotReject(one.read().catch(() => null))
    await listener.close()
    assert.equal(existsSync(path.replace('\0', '/')), false)
  })

test('accepts in the order of arrival, one connection each, half-open and with TCP_NODELAY', async () => {
  const listener = kept(await listen(LOOPBACK, BIND))
  const accepts = Promise.all([listener.accept(), listener.accept()])
  await python.run(
    'a = socket.create_connection(("127.0.0.1", port)); b = socket.create_connection(("127.0.0.1", port))',
    { port: portOf(listener) },
  )
  const conns = (await accepts).map((transport) => kept(new Connection(transport)))
  const ports = await python.run('out = [a.getsockname()[1], b.getsockname()[1]]')
  assert.deepEqual(
    conns.map(({ remoteAddress }) => remoteAddress && 'host' in remoteAddress && remoteAddress.port),
    ports,
  )
  await python.run('a.shutdown(socket.SHUT_WR)')
  assert.equal(await conns[0]?.read(), null)
  await conns[0]?.write('answer')
  assert.equal(await python.text('out = a.recv(9).decode(); a.close(); b.close()'), 'answer')
  await Promise.all(conns.map((conn) => conn.close()))
  await listener.close()
})

test('50. accept ends by signal, timeout and close, and loses no connection', async () => {
  const listener = kept(await listen(LOOPBACK, BIND))
  const stop = new AbortController()
  const aborted = rejection(listener.accept({ signal: stop.signal }))
  stop.abort()
  assert.equal((await aborted).code, 'ABORT_ERR')
  assert.equal((await rejection(listener.accept({ timeout: 10 }))).code, 'ERR_SOCKET_TIMEOUT')
  await python.run('a = socket.create_connection(("127.0.0.1", port)); a.sendall(b"x")', {
    port: portOf(listener),
  })
  const conn = kept(new Connection(await listener.accept()))
  assert.equal((await conn.read())?.byteLength, 1)
  await conn.close()
  const closed = rejection(listener.accept())
  await listener.close()
  await listener.close()
  assert.equal((await closed).code, 'ERR_SOCKET_CLOSED')
  assert.equal((await rejection(listener.accept())).code, 'ERR_SOCKET_CLOSED')
  await python.run('a.close()')
})

test('54. a port in use is EADDRINUSE with the address; after close it is free', async () => {
  const listener = kept(await listen(LOOPBACK, BIND))
  const error = await rejection(listen(listener.localAddress, BIND))
  assert.deepEqual([error.code, error.errno, error.local], ['EADDRINUSE', 98, listener.localAddress])
  await listener.close()
  const again = kept(await listen({ host: '127.0.0.1', port: portOf(listener) }, BIND))
  await again.close()
})

test('55. two listeners share a port where both ask for it', async () => {
  const sharing = { ...BIND, reusePort: true }
  const one = kept(await listen(LOOPBACK, sharing))
  const other = kept(await listen(one.localAddress, sharing))
  const found = execFileSync('ss', ['-Hltn', `sport = :${portOf(one)}`])
    .toString()
    .trim()
    .split('\n')
  assert.equal(found.length, 2)
  await one.close()
  await other.close()
})

test('closing the listener leaves accepted connections and resets those that waited', async () => {
  const listener = kept(await listen(LOOPBACK, BIND))
  const accepting = listener.accept()
  await python.run(
    'a = socket.create_connection(("127.0.0.1", port)); b = socket.create_connection(("127.0.0.1", port))',
    { port: portOf(listener) },
  )
  const conn = kept(new Connection(await accepting))
  const more = await python.number('import time\ntime.sleep(0.05)\nout = a.getsockname()[1]')
  assert.ok(more > 0)
  await listener.close()
  const ended = await python.run(
    'out = None\ntry: out = b.recv(1).hex()\nexcept ConnectionResetError as e: out = e.errno\nb.close()',
  )
  assert.equal(ended, 104)
  await conn.write('alive')
  assert.equal(await python.text('out = a.recv(9).decode(); a.close()'), 'alive')
  await conn.close()
})

test('connections beyond the backlog that nobody accepts are reset, the others wait', async () => {
  const listener = kept(await listen(LOOPBACK, { ...BIND, backlog: 2 }))
  const ended = await python.run(
    `
cs = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
import select, time
out = 0
for i in range(200):
    out = len(select.select(cs, [], [], 0)[0])
    if out == 3: break
    time.sleep(0.05)
`,
    { port: portOf(listener) },
  )
  assert.equal(ended, 3)
  for (const transport of [await listener.accept(), await listener.accept()]) await transport.close()
  await python.run('for c in cs: c.close()')
  await listener.close()
})

test('60. v6Only decides whether IPv4 gets in', async () => {
  for (const v6Only of [false, true]) {
    const listener = kept(await listen({ host: '::', port: 0 }, { ...BIND, v6Only }))
    const attempt = dial({ host: '127.0.0.1', port: portOf(listener) }, DIAL)
    if (v6Only) assert.equal((await rejection(attempt)).code, 'ECONNREFUSED')
    else {
      await (await attempt).close()
      await (await listener.accept()).close()
    }
    await listener.close()
  }
})

test('86. literals are answered as they are, localhost from /etc/hosts, a bad name by EAI_NONAME', async () => {
  assert.deepEqual(await lookUp('127.0.0.1', {}), [{ host: '127.0.0.1', port: 0 }])
  assert.deepEqual(await lookUp('::1', {}), [{ host: '::1', port: 0 }])
  const system = await python.run(
    'out = [a[4][0] for a in socket.getaddrinfo("localhost", None, 0, socket.SOCK_STREAM)]',
  )
  assert.deepEqual(
    (await lookUp('localhost', {})).map(({ host }) => host),
    system,
  )
  // A label of more than 63 bytes can be no name (RFC 1035, section 2.3.4): no server is asked.
  const error = await rejection(lookUp(`${'a'.repeat(64)}.invalid`, {}))
  assert.deepEqual([error.code, error.syscall], ['EAI_NONAME', 'getaddrinfo'])
  assert.equal((await rejection(lookUp('localhost', { timeout: 0 }))).code, 'ERR_SOCKET_TIMEOUT')
  assert.equal((await rejection(lookUp('localhost', { signal: AbortSignal.abort() }))).code, 'ABORT_ERR')
  await assert.rejects(lookUp('a\0b', {}), RangeError)
})
