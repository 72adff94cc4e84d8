/** What the options do, as seen by the other side: Python's sockets, `ss`, the addresses the kernel gives. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { IP_RECVTOS, IP_RECVTTL } from '../../src/socket.ts'
import * as constants from '../../src/sys/constants.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { lineOfSs, readByPython } from './foreign-options.ts'
import { inet, portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection, thrown } from './rejection.ts'

const { AF_INET, AF_INET6, AF_UNIX, SOCK_STREAM, SOCK_DGRAM } = constants

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

function listener(host = '127.0.0.1'): Socket {
  const server = socket(host.includes(':') ? AF_INET6 : AF_INET, SOCK_STREAM)
  server.bind({ host, port: 0 })
  server.listen()
  return server
}

/** A connection from Python's `c` to a socket of ours. */
async function fromPython(server: Socket): Promise<Socket> {
  await python.run(`c = socket.create_connection(('127.0.0.1', port))`, { port: portOf(server) })
  return (await server.accept()).client
}

test('36. linger 0: close resets, and the peer gets ECONNRESET', async () => {
  using server = listener()
  const accepted = await fromPython(server)
  accepted.options.linger = 0
  await accepted.sendAll('never acknowledged')
  accepted.close()
  const errno = await python.number(`
try:
    while c.recv(100): pass
    out = 0
except OSError as e: out = e.errno
c.close()`)
  assert.equal(errno, ERRNO.ECONNRESET)
})

test('36. linger null: close ends the stream, and the peer reads everything', async () => {
  using server = listener()
  const accepted = await fromPython(server)
  accepted.options.linger = 0
  accepted.options.linger = null
  await accepted.sendAll('all of it')
  accepted.close()
  assert.equal(await python.text(`out = receive_exactly(c, 100).decode(); c.close()`), 'all of it')
})

test('44. accepted sockets inherit the options of their listener, and can be set themselves', async () => {
  using server = listener()
  const { options } = server
  options.noDelay = true
  options.keepAlive = true
  options.keepAliveIdleSeconds = 66
  options.linger = 3
  options.userTimeout = 9000
  using accepted = await fromPython(server)
  const { noDelay, keepAlive, keepAliveIdleSeconds, linger, userTimeout } = accepted.options
  assert.deepEqual(
    { noDelay, keepAlive, keepAliveIdleSeconds, linger, userTimeout },
    { noDelay: true, keepAlive: true, keepAliveIdleSeconds: 66, linger: 3, userTimeout: 9000 },
  )
  accepted.options.noDelay = false
  accepted.options.keepAliveCount = 2
  accepted.options.linger = null
  assert.deepEqual([options.noDelay, accepted.options.noDelay], [true, false])
  const byPython = readByPython([
    { socket: accepted, level: 'IPPROTO_TCP', name: 'TCP_KEEPCNT' },
    { socket: accepted, level: 'SOL_SOCKET', name: 'SO_KEEPALIVE' },
  ])
  assert.deepEqual(byPython, [2, 1])
  await python.run(`c.close()`)
})

test('keepalive, mark, buffers and congestion control are what ss says of the connection', async () => {
  using server = listener()
  using client = socket(AF_INET, SOCK_STREAM)
  const { options } = client
  options.keepAlive = true
  options.keepAliveIdleSeconds = 4000
  options.mark = 0xfedcba98
  options.receiveBuffer = 50_000
  options.sendBuffer = 40_000
  options.congestion = 'reno'
  options.trafficClass = 0x28
  await client.connect(server.getsockname())
  using _accepted = (await server.accept()).client
  const line = lineOfSs('tcp', portOf(client))
  assert.match(line, /timer:\(keepalive,(1h[56]|[56]\d)min/)
  assert.match(line, / fwmark:0xfedcba98 /)
  assert.match(line, / reno /)
  assert.match(line, / tos:0x28 /)
  assert.equal(Number(/skmem:\(r\d+,rb(\d+)/.exec(line)?.[1]), options.receiveBuffer)
  assert.equal(Number(/skmem:.*?,tb(\d+)/.exec(line)?.[1]), options.sendBuffer)
})

test('receiveLowat: a waiting call is woken when so many bytes have come, or at the end', async () => {
  using server = listener()
  using accepted = await fromPython(server)
  accepted.options.receiveLowat = 5
  const pending = accepted.recv(100)
  await python.run(`c.sendall(b'abc')`)
  for (let turns = 0; turns < 20; turns++) await turn()
  await python.run(`c.sendall(b'de')`)
  assert.equal(Buffer.from((await pending) ?? []).toString(), 'abcde')
  const last = accepted.recv(100)
  await python.run(`c.sendall(b'f'); c.close()`)
  assert.equal(Buffer.from((await last) ?? []).toString(), 'f')
  assert.equal(await accepted.recv(100), null)
})

test('55. reusePort: two listeners share a port and both get connections; off, the second is EADDRINUSE', async () => {
  using one = socket(AF_INET, SOCK_STREAM)
  assert.equal(one.options.reusePort, false, 'off by default')
  one.options.reusePort = true
  one.bind({ host: '127.0.0.1', port: 0 })
  one.listen()
  using stranger = socket(AF_INET, SOCK_STREAM)
  assert.equal(thrown(() => stranger.bind(one.getsockname())).code, 'EADDRINUSE')
  using other = socket(AF_INET, SOCK_STREAM)
  other.options.reusePort = true
  other.bind(one.getsockname())
  other.listen()
  // The kernel chooses by a hash of the ports: that 200 go to one of two is 1 in 2^199.
  const count = await python.number(
    `cs = [socket.create_connection(('127.0.0.1', port)) for _ in range(200)]; out = len(cs)`,
    { port: portOf(one) },
  )
  const taken = [one, other].map((server) => {
    let waiting = 0
    for (let next = server.tryAccept(); next !== undefined; next = server.tryAccept()) {
      next.client.close()
      waiting++
    }
    return waiting
  })
  await python.run(`for c in cs: c.close()`)
  const [first = 0, second = 0] = taken
  assert.equal(first + second, count)
  assert.ok(first > 0 && second > 0, taken.join(' and '))
})

test('55. reusePort where it is not supported is a clear error', () => {
  using unix = socket(AF_UNIX, SOCK_STREAM)
  const error = thrown(() => (unix.options.reusePort = true))
  assert.deepEqual([error.code, error.syscall, error.errno], ['ENOPROTOOPT', 'setsockopt', ERRNO.ENOPROTOOPT])
  assert.equal(
    error.message,
    'setsockopt ENOPROTOOPT SO_REUSEPORT: only AF_INET and AF_INET6 sockets have it (at unnamed)',
  )
})

test('60. v6Only off: a socket on :: takes IPv4 too, the peer shows as a mapped address', async () => {
  using server = socket(AF_INET6, SOCK_STREAM)
  server.options.v6Only = false
  server.bind({ host: '::', port: 0 })
  server.listen()
  using other = socket(AF_INET, SOCK_STREAM)
  assert.equal(thrown(() => other.bind({ host: '127.0.0.1', port: portOf(server) })).code, 'EADDRINUSE')
  using accepted = await fromPython(server)
  assert.equal(inet(accepted.getpeername()).host, '::ffff:127.0.0.1')
  await python.run(`c.close(); c = socket.create_connection(('::1', port))`, { port: portOf(server) })
  using accepted6 = (await server.accept()).client
  assert.equal(inet(accepted6.getpeername()).host, '::1')
  await python.run(`c.close()`)
})

test('60. v6Only on: no IPv4, and an IPv4 socket may have the same port; after bind it is refused', async () => {
  using server = socket(AF_INET6, SOCK_STREAM)
  server.options.v6Only = true
  server.bind({ host: '::', port: 0 })
  server.listen()
  const port = portOf(server)
  const errno = await python.number(
    `c = socket.socket(); out = c.connect_ex(('127.0.0.1', port)); c.close()`,
    { port },
  )
  assert.equal(errno, ERRNO.ECONNREFUSED)
  using other = socket(AF_INET, SOCK_STREAM)
  other.bind({ host: '127.0.0.1', port })
  const late = thrown(() => (server.options.v6Only = false))
  assert.match(late.message, /^setsockopt EINVAL IPV6_V6ONLY = 0: only before bind \(at \[::\]:\d+\)$/)
})

test('hop limit and traffic class are on the packets, also on IPv4 from an AF_INET6 socket', async () => {
  const received = `
d = socket.socket(family, socket.SOCK_DGRAM); d.bind((host, 0))
level = socket.IPPROTO_IP if family == socket.AF_INET else socket.IPPROTO_IPV6
for name in ask: d.setsockopt(level, name, 1)
out = d.getsockname()[1]`
  const marks = `
parts = d.recvmsg(100, 200)[1]; d.close()
out = sorted([kind, data[0]] for _, kind, data in parts)`
  const asks = {
    v4: { family: AF_INET, host: '127.0.0.1', ask: [IP_RECVTTL, IP_RECVTOS] },
    v6: { family: AF_INET6, host: '::1', ask: [constants.IPV6_RECVHOPLIMIT, constants.IPV6_RECVTCLASS] },
  }
  const seen4 = [
    [constants.IP_TOS, 0xb8],
    [constants.IP_TTL, 33],
  ]
  const seen6 = [
    [constants.IPV6_HOPLIMIT, 33],
    [constants.IPV6_TCLASS, 0xb8],
  ]
  for (const [family, to, ask, expected] of [
    [AF_INET, '127.0.0.1', asks.v4, seen4],
    [AF_INET6, '::1', asks.v6, seen6],
    [AF_INET6, '::ffff:127.0.0.1', asks.v4, seen4],
  ] as const) {
    using udp = socket(family, SOCK_DGRAM)
    udp.options.hopLimit = 33
    udp.options.trafficClass = 0xb8
    const port = await python.number(received, ask)
    await udp.sendto('x', { host: to, port })
    assert.deepEqual(await python.run(marks), expected, to)
  }
})

test('localPortRange: the kernel chooses from it', () => {
  using stack = new DisposableStack()
  for (let count = 0; count < 20; count++) {
    const udp = stack.use(socket(AF_INET, SOCK_DGRAM))
    udp.options.localPortRange = [41_000, 41_100]
    udp.bind({ host: '127.0.0.1', port: 0 })
    assert.ok(portOf(udp) >= 41_000 && portOf(udp) <= 41_100, `${portOf(udp)}`)
  }
})

test('bindAddressNoPort: bind leaves the choice of the port to connect', async () => {
  using server = listener()
  using client = socket(AF_INET, SOCK_STREAM)
  client.options.bindAddressNoPort = true
  client.bind({ host: '127.0.0.2', port: 0 })
  assert.deepEqual(client.getsockname(), { host: '127.0.0.2', port: 0 })
  await client.connect(server.getsockname())
  assert.ok(portOf(client) > 0)
})

for (const option of ['freeBind', 'transparent'] as const)
  test(`${option}: bind takes an address that the host does not have`, () => {
    for (const [family, host] of [
      [AF_INET, '198.18.77.77'],
      [AF_INET6, '2001:2::7777'],
    ] as const) {
      using udp = socket(family, SOCK_DGRAM)
      assert.equal(thrown(() => udp.bind({ host, port: 0 })).code, 'EADDRNOTAVAIL')
      udp.options[option] = true
      udp.bind({ host, port: 0 })
      assert.equal(inet(udp.getsockname()).host, host)
    }
  })

test('pathMtu of a connected socket is what Python reads, of another it is ENOTCONN', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    using udp = socket(host === '::1' ? AF_INET6 : AF_INET, SOCK_DGRAM)
    const error = thrown(() => udp.options.pathMtu)
    assert.match(error.message, /^getsockopt ENOTCONN IP(V6)?_MTU: only connected sockets have one path/)
    await udp.connect({ host, port: 9 })
    const [theirs] = readByPython([
      host === '::1'
        ? { socket: udp, level: 'IPPROTO_IPV6', name: 'IPV6_MTU' }
        : { socket: udp, level: 'IPPROTO_IP', name: 'IP_MTU' },
    ])
    assert.equal(udp.options.pathMtu, theirs)
  }
})

test('error is the number that waits, and reading takes it away', async () => {
  const port = await python.number(
    `u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0)); out = u.getsockname()[1]; u.close()`,
  )
  using udp = socket(AF_INET, SOCK_DGRAM)
  await udp.connect({ host: '127.0.0.1', port })
  await udp.send('anyone?')
  assert.deepEqual([udp.options.error, udp.options.error], [ERRNO.ECONNREFUSED, 0])
})

test('broadcast lets a datagram go to a broadcast address', async () => {
  using udp = socket(AF_INET, SOCK_DGRAM)
  const everyone = { host: '127.255.255.255', port: 9 }
  assert.equal((await rejection(udp.sendto('all', everyone))).code, 'EACCES')
  udp.options.broadcast = true
  assert.equal(await udp.sendto('all', everyone), 3)
})
