import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as constants from '../../src/sys/constants.ts'
import { socket } from '../../src/socket/open.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { thrown } from './rejection.ts'

const { AF_INET, SOCK_STREAM, SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP } = constants

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

// [level, name, value]: set here and in Python on sockets of the same kind, both must read back the same.
const INTEGERS: readonly (readonly [
  'SOL_SOCKET' | 'IPPROTO_TCP' | 'IPPROTO_IP',
  keyof typeof constants,
  number,
])[] = [
  ['SOL_SOCKET', 'SO_REUSEADDR', 1],
  ['SOL_SOCKET', 'SO_REUSEPORT', 1],
  ['SOL_SOCKET', 'SO_KEEPALIVE', 1],
  ['SOL_SOCKET', 'SO_BROADCAST', 1],
  ['SOL_SOCKET', 'SO_DONTROUTE', 1],
  ['SOL_SOCKET', 'SO_OOBINLINE', 1],
  ['SOL_SOCKET', 'SO_SNDBUF', 30_000],
  ['SOL_SOCKET', 'SO_RCVBUF', 40_000],
  ['SOL_SOCKET', 'SO_RCVLOWAT', 7],
  ['SOL_SOCKET', 'SO_PRIORITY', 3],
  ['IPPROTO_TCP', 'TCP_NODELAY', 1],
  ['IPPROTO_TCP', 'TCP_CORK', 1],
  ['IPPROTO_TCP', 'TCP_KEEPIDLE', 77],
  ['IPPROTO_TCP', 'TCP_KEEPINTVL', 11],
  ['IPPROTO_TCP', 'TCP_KEEPCNT', 5],
  ['IPPROTO_TCP', 'TCP_SYNCNT', 3],
  ['IPPROTO_TCP', 'TCP_USER_TIMEOUT', 12_345],
  ['IPPROTO_TCP', 'TCP_DEFER_ACCEPT', 3],
  ['IPPROTO_TCP', 'TCP_FASTOPEN', 0],
  ['IPPROTO_TCP', 'TCP_QUICKACK', 0],
  ['IPPROTO_IP', 'IP_TOS', 0x10],
  ['IPPROTO_IP', 'IP_TTL', 42],
]

for (const [level, name, value] of INTEGERS)
  test(`88. ${name} reads back what Python reads after the same setsockopt`, async () => {
    using tcp = socket(AF_INET, SOCK_STREAM)
    tcp.setsockopt(constants[level], constants[name], value)
    const theirs = await python.number(
      `s = socket.socket(); s.setsockopt(socket.${level}, socket.${name}, value)
out = s.getsockopt(socket.${level}, socket.${name}); s.close()`,
      { value },
    )
    assert.equal(tcp.getsockopt(constants[level], constants[name]), theirs)
  })

for (const name of [
  'SO_TYPE',
  'SO_DOMAIN',
  'SO_PROTOCOL',
  'SO_ERROR',
  'SO_ACCEPTCONN',
  'SO_INCOMING_CPU',
] as const)
  test(`${name} is what Python reads`, async () => {
    using tcp = socket(AF_INET, SOCK_STREAM)
    const theirs = await python.number(
      `s = socket.socket(); out = s.getsockopt(socket.SOL_SOCKET, ${constants[name]}); s.close()`,
    )
    assert.equal(tcp.getsockopt(SOL_SOCKET, constants[name]), theirs)
  })

test('88. structures: bytes, any typed array and DataView set the same; a length reads bytes', async () => {
  const on = new DataView(new ArrayBuffer(16), 4, 8)
  on.setInt32(0, 1, true)
  on.setInt32(4, 9, true)
  const bytes = new Uint8Array(on.buffer, 4, 8)
  for (const value of [on, bytes, Int32Array.of(1, 9), new Uint16Array([1, 0, 9, 0]), Buffer.from(bytes)]) {
    using tcp = socket(AF_INET, SOCK_STREAM)
    tcp.setsockopt(SOL_SOCKET, constants.SO_LINGER, value)
    assert.deepEqual(tcp.getsockopt(SOL_SOCKET, constants.SO_LINGER, 8), bytes.slice())
    assert.equal(tcp.getsockopt(SOL_SOCKET, constants.SO_LINGER, 100).length, 8, 'as long as the kernel says')
  }
  assert.equal(
    await python.run(
      `s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 9))
out = s.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8); s.close()`,
    ),
    Buffer.from(bytes).toString('hex'),
  )
})

test('unsigned and negative ints go through with all their bits', () => {
  using tcp = socket(AF_INET, SOCK_STREAM)
  tcp.setsockopt(SOL_SOCKET, 36, 0xffffffff) // SO_MARK of socket(7), an unsigned int; needs CAP_NET_ADMIN
  assert.equal(tcp.getsockopt(SOL_SOCKET, 36), -1)
})

test('TCP_INFO of a fresh socket says CLOSE', () => {
  using tcp = socket(AF_INET, SOCK_STREAM)
  const info = tcp.getsockopt(IPPROTO_TCP, constants.TCP_INFO, 104)
  assert.equal(info.length, 104)
  assert.equal(info[0], 7)
})

test('an option that does not exist is ENOPROTOOPT', () => {
  using tcp = socket(AF_INET, SOCK_STREAM)
  const error = thrown(() => tcp.setsockopt(IPPROTO_IP, 9999, 1))
  assert.deepEqual([error.code, error.syscall], ['ENOPROTOOPT', 'setsockopt'])
  assert.deepEqual(thrown(() => tcp.getsockopt(SOL_SOCKET, 9999)).syscall, 'getsockopt')
})

test('44. options of the listener hold for accepted sockets too', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.setsockopt(IPPROTO_TCP, constants.TCP_NODELAY, 1)
  server.setsockopt(SOL_SOCKET, constants.SO_KEEPALIVE, 1)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  assert.equal(server.getsockopt(SOL_SOCKET, constants.SO_ACCEPTCONN), 1)
  using client = socket(AF_INET, SOCK_STREAM)
  await client.connect(server.getsockname())
  using accepted = (await server.accept()).client
  assert.equal(accepted.getsockopt(IPPROTO_TCP, constants.TCP_NODELAY), 1)
  assert.equal(accepted.getsockopt(SOL_SOCKET, constants.SO_KEEPALIVE), 1)
})
