import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_STREAM,
  SOL_SOCKET,
  SO_LINGER,
  SO_REUSEADDR,
} from '../../src/sys/constants.ts'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { inet, portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection, thrown } from './rejection.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

const FAMILIES = [
  { name: 'IPv4', family: AF_INET, python: 'socket.AF_INET', host: '127.0.0.1' },
  { name: 'IPv6', family: AF_INET6, python: 'socket.AF_INET6', host: '::1' },
]

function listening(family = AF_INET, host = '127.0.0.1'): Socket {
  const server = socket(family, SOCK_STREAM)
  server.bind({ host, port: 0 })
  server.listen()
  return server
}

/** A Portolan socket connected to Python's, which is `c` there. */
async function connected(): Promise<Socket> {
  using server = listening()
  const port = portOf(server)
  const accepting = server.accept()
  await python.run(`c = socket.create_connection(('127.0.0.1', port))`, { port })
  return (await accepting).client
}

function text(bytes: Uint8Array | null): string {
  return bytes === null ? '(end)' : Buffer.from(bytes).toString()
}

async function all(from: Socket): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (let part = await from.recv(65_536); part !== null; part = await from.recv(65_536)) parts.push(part)
  return Buffer.concat(parts)
}

for (const { name, family, python: constant, host } of FAMILIES) {
  test(`${name}: serves a Python client, both sides agree on both addresses`, async () => {
    using server = listening(family, host)
    const port = portOf(server)
    const accepting = server.accept()
    const peer = python.run(
      `c = socket.socket(${constant}); c.connect((host, port)); c.sendall(b'ping')
out = [c.getsockname()[:2], c.getpeername()[:2], receive_exactly(c, 4).decode()]; c.close()`,
      { host, port },
    )
    const { client, address } = await accepting
    using accepted = client
    assert.equal(text(await accepted.recv(100)), 'ping')
    await accepted.sendAll('pong')
    assert.equal(await accepted.recv(100), null)
    const remote = inet(accepted.getpeername())
    assert.deepEqual(address, remote)
    assert.deepEqual(await peer, [[remote.host, remote.port], [host, port], 'pong'])
    assert.equal(accepted.family, family)
    assert.equal(accepted.type, SOCK_STREAM)
  })

  test(`${name}: is a client of a Python server`, async () => {
    const port = await python.number(
      `s = socket.socket(${constant}); s.bind((host, 0)); s.listen(); out = s.getsockname()[1]`,
      { host },
    )
    using client = socket(family, SOCK_STREAM)
    await client.connect({ host, port })
    const peer = python.run(
      `c, a = s.accept(); out = [list(a[:2]), receive_exactly(c, 5).decode()]; c.sendall(b'world'); c.close(); s.close()`,
    )
    await client.sendAll('hello')
    assert.equal((await all(client)).toString(), 'world')
    const own = inet(client.getsockname())
    assert.deepEqual(await peer, [[own.host, own.port], 'hello'])
  })

  test(`89. ${name}: a refused connection names call, reason and address (17)`, async () => {
    const port = await python.number(
      `s = socket.socket(${constant}); s.bind((host, 0)); out = s.getsockname()[1]`,
      { host },
    )
    using client = socket(family, SOCK_STREAM)
    const error = await rejection(client.connect({ host, port }))
    await python.run('s.close()')
    assert.equal(error.code, 'ECONNREFUSED')
    assert.equal(error.errno, 111)
    assert.equal(error.syscall, 'connect')
    assert.deepEqual(error.remote, { host, port })
    assert.match(error.message, /^connect ECONNREFUSED (127\.0\.0\.1|\[::1\]):\d+/)
    assert.match(error.stack ?? '', /tcp\.test\.ts/, "the caller's stack")
  })
}

test("the kernel's own list (ss) shows the addresses that getsockname and getpeername tell", async () => {
  using server = listening()
  using client = socket(AF_INET, SOCK_STREAM)
  await client.connect(server.getsockname())
  using accepted = (await server.accept()).client
  const list = execFileSync('ss', ['-Htn', 'state', 'established', 'sport', '=', `:${portOf(client)}`])
  const [, , local, remote] = list.toString().trim().split(/\s+/)
  const own = inet(client.getsockname())
  const peer = inet(client.getpeername())
  assert.equal(local, `${own.host}:${own.port}`)
  assert.equal(remote, `${peer.host}:${peer.port}`)
  assert.deepEqual(accepted.getsockname(), peer)
  const listeners = execFileSync('ss', ['-Hltn', 'sport', '=', `:${portOf(server)}`]).toString()
  assert.match(listeners, /LISTEN/)
})

test('60. an IPv6 listener that is not v6only sees IPv4 clients as mapped addresses', async () => {
  using server = socket(AF_INET6, SOCK_STREAM)
  server.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)
  server.bind({ host: '::', port: 0 })
  server.listen()
  await python.run(`c = socket.create_connection(('127.0.0.1', port))`, { port: portOf(server) })
  const { client, address } = await server.accept()
  using _ = client
  assert.equal(inet(address).host, '::ffff:127.0.0.1')
  await python.run('c.close()')
})

test('32. half-close: we end our direction and still receive; a second shutdown does nothing', async () => {
  using accepted = await connected()
  await accepted.sendAll('request')
  accepted.shutdown(SHUT_WR)
  accepted.shutdown(SHUT_WR)
  const answer = python.run(
    `request = receive_exactly(c, 100); c.sendall(b'got ' + request); c.close(); out = request.decode()`,
  )
  assert.equal((await all(accepted)).toString(), 'got request')
  assert.equal(await answer, 'request')
  const error = await rejection(accepted.send('more'))
  assert.equal(error.code, 'EPIPE', '34, 35: an error, no signal')
})

test('32. half-close: the peer ends its direction and still receives', async () => {
  using accepted = await connected()
  await python.run(`c.sendall(b'last'); c.shutdown(socket.SHUT_WR)`)
  assert.equal((await all(accepted)).toString(), 'last')
  assert.equal(await accepted.recv(10), null, 'the end stays the end')
  await accepted.sendAll('answer')
  assert.equal(await python.run(`out = receive_exactly(c, 6).decode(); c.close()`), 'answer')
})

test('shutdown of the reading side ends a pending recv; of both sides too', async () => {
  for (const how of [SHUT_RD, SHUT_RDWR]) {
    using accepted = await connected()
    const pending = accepted.recv(10)
    accepted.shutdown(how)
    assert.equal(await pending, null)
    await python.run('c.close()')
  }
})

test('36. a close with linger 0 resets: recv ends with ECONNRESET (31: after the end comes no null)', async () => {
  using accepted = await connected()
  const pending = rejection(accepted.recv(10))
  await python.run(`c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close()`)
  const error = await pending
  assert.equal(error.code, 'ECONNRESET')
  assert.equal(error.remote !== undefined && 'host' in error.remote && error.remote.host, '127.0.0.1')
})

test('36. our close with linger 0 gives Python a ConnectionResetError', async () => {
  const accepted = await connected()
  accepted.setsockopt(SOL_SOCKET, SO_LINGER, Int32Array.of(1, 0))
  accepted.close()
  await assert.rejects(python.run('c.recv(1)'), /ConnectionResetError/)
  await python.run('c.close()')
})

test('54. a second bind says which address is in use, with SO_REUSEADDR too', () => {
  using first = listening()
  const address = first.getsockname()
  using second = socket(AF_INET, SOCK_STREAM)
  second.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
  const error = thrown(() => second.bind(address))
  assert.equal(error.code, 'EADDRINUSE')
  assert.deepEqual(error.local, address)
  assert.equal(error.message, `bind EADDRINUSE (at 127.0.0.1:${portOf(first)})`)
})

test('29. connect twice is EISCONN, connect on a listener fails, and errors go on naming the true peer', async () => {
  using server = listening()
  using client = socket(AF_INET, SOCK_STREAM)
  await client.connect(server.getsockname())
  assert.equal((await rejection(client.connect({ host: '127.0.0.1', port: 1 }))).code, 'EISCONN')
  client.shutdown(SHUT_WR)
  assert.deepEqual((await rejection(client.send('x'))).remote, server.getsockname())
  assert.equal((await rejection(server.connect(server.getsockname()))).code, 'EISCONN')
})

test('58. concurrent accepts get one connection each, in order of the calls', async () => {
  using server = listening()
  const accepting = Array.from({ length: 5 }, () => server.accept())
  await python.run(`cs = [socket.create_connection(('127.0.0.1', port)) for _ in range(5)]`, {
    port: portOf(server),
  })
  const accepted = await Promise.all(accepting)
  const ports = await python.run('out = [c.getsockname()[1] for c in cs]; [c.close() for c in cs]')
  assert.deepEqual(
    accepted.map(({ address }) => inet(address).port),
    ports,
  )
  for (const { client } of accepted) client.close()
})

test('43. MSG_PEEK does not take', async () => {
  using accepted = await connected()
  await python.run(`c.sendall(b'abc'); c.close()`)
  assert.equal(text(await accepted.recv(2, { flags: MSG_PEEK })), 'ab')
  assert.equal(text(await accepted.recv(10)), 'abc')
})

test('43. MSG_WAITALL waits for all, and gives what there is at the end, a timeout, a signal or a close', async () => {
  using accepted = await connected()
  const flags = MSG_WAITALL
  const pieces = `import time
for piece in (b'01', b'234', b'56789'): c.sendall(piece); time.sleep(0.01)`
  const first = accepted.recv(10, { flags })
  await python.run(pieces)
  assert.equal(text(await first), '0123456789')
  const into = new Uint8Array(10)
  const second = accepted.recvInto(into, { flags })
  await python.run(pieces)
  assert.equal(await second, 10)
  assert.equal(text(into), '0123456789')
  await python.run(`c.sendall(b'abc')`)
  assert.equal(text(await accepted.recv(10, { flags, timeout: 50 })), 'abc')
  await python.run(`c.sendall(b'def')`)
  const abort = new AbortController()
  const third = accepted.recv(10, { flags, signal: abort.signal })
  abort.abort()
  assert.equal(text(await third), 'def')
  const late = await rejection(accepted.recv(10, { flags, timeout: 1 }))
  assert.equal(late.code, 'ERR_SOCKET_TIMEOUT', 'nothing came')
  await python.run(`c.sendall(b'ghi'); c.close()`)
  assert.equal(text(await accepted.recv(10, { flags })), 'ghi')
  assert.equal(await accepted.recv(10, { flags }), null)
})

test("MSG_TRUNC on TCP throws bytes away and never shows another socket's", async () => {
  using accepted = await connected()
  await python.run(`c.sendall(b'secret')`)
  assert.equal(text(await accepted.recv(100)), 'secret')
  await python.run(`c.sendall(b'public'); c.close()`)
  assert.deepEqual(await accepted.recv(6, { flags: MSG_TRUNC }), new Uint8Array(6))
})

test('30. zero bytes are no end of stream: recv(0), recvInto(empty), recvfrom(0) take nothing, at once', async () => {
  using accepted = await connected()
  assert.deepEqual(await accepted.recv(0), new Uint8Array(0))
  assert.equal(await accepted.recvInto(new Uint8Array(0)), 0)
  assert.equal((await accepted.recvfrom(0)).size, 0)
  await python.run(`c.sendall(b'x'); c.close()`)
  assert.equal(await accepted.recvInto(new Uint8Array(0)), 0)
  const into = new Uint8Array(4)
  assert.equal(await accepted.recvInto(into), 1)
  assert.equal(into[0], 0x78)
  assert.equal(await accepted.recvInto(new Uint8Array(0)), 0)
  assert.equal(await accepted.recvInto(into), null)
  assert.equal(accepted.tryRecvInto(into), null)
  assert.equal(accepted.tryRecv(1), null)
})

test('the calls that never wait say undefined where they would', async () => {
  using server = listening()
  assert.equal(server.tryAccept(), undefined)
  using client = socket(AF_INET, SOCK_STREAM)
  await client.connect(server.getsockname())
  const accepted = server.tryAccept()
  assert.ok(accepted)
  using peer = accepted.client
  assert.deepEqual(accepted.address, client.getsockname())
  assert.equal(client.tryRecv(1), undefined)
  assert.equal(client.tryRecvInto(new Uint8Array(1)), undefined)
  assert.equal(client.tryRecvfrom(1), undefined)
  assert.equal(peer.trySend('four'), 4)
  assert.deepEqual(client.tryRecvfrom(10)?.address, undefined, 'a stream has no sender')
  let sent = 0
  for (let took = peer.trySend(new Uint8Array(65_536)); took !== undefined; sent += took ?? 0)
    took = peer.trySend(new Uint8Array(65_536))
  assert.ok(sent > 0, '38: a full buffer is undefined, not an error')
})

test('41. 64 MiB go out exactly, with a peer that reads in fits and starts', async () => {
  const data = randomBytes(64 << 20)
  using accepted = await connected()
  const reading = python.run(
    `import time
digest = hashlib.sha256(); total = 0
while True:
    part = c.recv(3_000_017)
    if not part: break
    digest.update(part); total += len(part)
    if total % 7 == 0: time.sleep(0.002)
out = [total, digest.hexdigest()]; c.close()`,
  )
  // Two halves at once: they must not mix.
  await Promise.all([accepted.sendAll(data.subarray(0, 40 << 20)), accepted.sendAll(data.subarray(40 << 20))])
  accepted.shutdown(SHUT_WR)
  assert.deepEqual(await reading, [data.length, createHash('sha256').update(data).digest('hex')])
})

test('41. 64 MiB come in exactly, while we read in fits and starts and in all three ways', async () => {
  using accepted = await connected()
  const sending = python.text(
    `data = os.urandom(64 << 20); c.sendall(data); c.close(); out = hashlib.sha256(data).hexdigest()`,
  )
  const digest = createHash('sha256')
  const into = new Uint8Array(100_003)
  let total = 0
  for (let turn = 0; ; turn++) {
    let part: Uint8Array | null
    if (turn % 3 === 0) part = await accepted.recv(1_000_003)
    else if (turn % 3 === 1) part = await accepted.recv(777)
    else {
      const count = await accepted.recvInto(into)
      part = count === null ? null : into.subarray(0, count)
    }
    if (part === null) break
    digest.update(part)
    total += part.length
  }
  assert.equal(total, 64 << 20)
  assert.equal(digest.digest('hex'), await sending)
})

test('1000 connections at once, each with its own data', { timeout: 120_000 }, async () => {
  using server = listening()
  const dialogue = python.run(
    `cs = []
for i in range(1000):
    c = socket.create_connection(('127.0.0.1', port)); cs.append(c)
for i, c in enumerate(cs): c.sendall(b'%d' % i)
for c in cs: c.shutdown(socket.SHUT_WR)
answers = [receive_exactly(c, 100).decode() for c in cs]
for c in cs: c.close()
out = [i for i, a in enumerate(answers) if a != 'echo %d' % i]`,
    { port: portOf(server) },
  )
  const served: Promise<void>[] = []
  for (let i = 0; i < 1000; i++) {
    const { client } = await server.accept()
    served.push(
      (async () => {
        using connection = client
        const request = await all(connection)
        await connection.sendAll(`echo ${request.toString()}`)
      })(),
    )
  }
  await Promise.all(served)
  assert.deepEqual(await dialogue, [])
})
