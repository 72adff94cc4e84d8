import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { fromfd } from '../../src/socket/adopt.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_UNIX,
  IPPROTO_TCP,
  IPPROTO_UDP,
  NETLINK_ROUTE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  SO_REUSEADDR,
} from '../../src/sys/constants.ts'
import { libc } from '../../src/sys/libc.ts'
import { inet, portOf } from './inet-address.ts'
import { checkLeaks, descriptorFlags, openDescriptors } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection, thrown } from './rejection.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

/** A plain descriptor, blocking and inheritable, as another library would have made it. */
function plainDescriptor(family: number, type: number, protocol = 0): number {
  const fd = libc.socket(family, type, protocol)
  assert.ok(fd >= 0)
  return fd
}

function text(bytes: Uint8Array | null): string {
  return bytes === null ? '(end)' : Buffer.from(bytes).toString()
}

test('12. detach returns the descriptor and disarms the object; adopting it goes on where it was', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using other = right
  await left.send('before')
  const { fd } = left
  assert.equal(left.detach(), fd)
  assert.equal(left.closed, true)
  assert.equal(left.fd, -1)
  assert.equal(thrown(() => left.detach()).code, 'ERR_SOCKET_CLOSED')
  assert.equal((await rejection(left.send('x'))).code, 'ERR_SOCKET_CLOSED')
  left.close()
  assert.ok(openDescriptors().has(String(fd)), 'close after detach leaves the descriptor alone')
  using again = fromfd(fd)
  assert.equal(again.fd, fd)
  await again.send(' after')
  assert.equal(text(await other.recv(20)), 'before after')
  const receiving = again.recv(10)
  await other.send('back')
  assert.equal(text(await receiving), 'back', 'the reactor knows the new owner')
})

test('12. detach ends the calls that wait, and the reactor forgets the descriptor before it is given away', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using other = right
  const waiting = [left.recv(1), left.recv(1, { timeout: 20_000 })].map(rejection)
  await turn()
  const fd = left.detach()
  for (const error of await Promise.all(waiting)) {
    assert.equal(error.code, 'ERR_SOCKET_CLOSED')
    assert.equal(error.errno, 0)
  }
  // Registered still, this second owner could not be registered: EEXIST of epoll_ctl(2).
  using again = fromfd(fd)
  const receiving = again.recv(10)
  await turn()
  await other.send('second')
  assert.equal(text(await receiving), 'second')
})

test('12. a detached descriptor is taken over by a Python process', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  const client = socket(AF_INET, SOCK_STREAM)
  await client.connect(server.getsockname())
  using accepted = (await server.accept()).client
  const fd = client.detach()
  try {
    const child = spawnSync(
      'python3',
      [
        '-c',
        `import socket; s = socket.socket(fileno=0); s.setblocking(True); s.sendall(b'python has it'); s.close()`,
      ],
      { stdio: [fd, 'ignore', 'pipe'], timeout: 20_000 },
    )
    assert.deepEqual([child.status, child.stderr.toString()], [0, ''])
  } finally {
    libc.close(fd)
  }
  assert.equal(text(await accepted.recv(100)), 'python has it')
  assert.equal(await accepted.recv(1), null)
})

test('12. dup is independent: each is closed by itself, the connection ends with the last one', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using other = right
  using second = left.dup()
  assert.notEqual(second.fd, left.fd)
  assert.deepEqual([second.family, second.type, second.protocol], [left.family, left.type, left.protocol])
  for (const flag of [SOCK_CLOEXEC, SOCK_NONBLOCK]) assert.equal(descriptorFlags(second.fd) & flag, flag)
  const waiting = left.recv(10)
  const alsoWaiting = second.recv(10)
  await turn()
  await other.send('one')
  left.close()
  const outcomes = await Promise.allSettled([waiting, alsoWaiting])
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1, 'one of them has the data')
  await second.send('still here')
  assert.equal(text(await other.recv(20)), 'still here')
  second.close()
  assert.equal(await other.recv(1), null)
})

test('12. dup of a closed socket is ERR_SOCKET_CLOSED; a dup that fails leaks nothing', () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using _ = right
  left.close()
  assert.equal(thrown(() => left.dup()).code, 'ERR_SOCKET_CLOSED')
})

for (const [family, type, protocol, known] of [
  [AF_INET, SOCK_STREAM, 0, IPPROTO_TCP],
  [AF_INET, SOCK_DGRAM, 0, IPPROTO_UDP],
  [AF_INET6, SOCK_STREAM, 0, IPPROTO_TCP],
  [AF_UNIX, SOCK_STREAM, 0, 0],
  [AF_UNIX, SOCK_SEQPACKET, 0, 0],
  [AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, NETLINK_ROUTE],
] as const)
  test(`13. family ${family}, type ${type} and protocol ${known} are read off a descriptor`, () => {
    using adopted = fromfd(plainDescriptor(family, type, protocol))
    assert.deepEqual([adopted.family, adopted.type, adopted.protocol], [family, type, known])
  })

test('13, 14. an adopted descriptor is made non-blocking and closed on exec', () => {
  const fd = plainDescriptor(AF_INET, SOCK_STREAM)
  assert.equal(descriptorFlags(fd) & (SOCK_CLOEXEC | SOCK_NONBLOCK), 0)
  using adopted = fromfd(fd)
  assert.equal(adopted.fd, fd)
  const both = SOCK_CLOEXEC | SOCK_NONBLOCK
  assert.equal(descriptorFlags(fd) & both, both)
})

test('13. what is no socket is refused as Python refuses it, and left as it was', async () => {
  const file = openSync('/dev/null', 'r')
  try {
    const error = thrown(() => fromfd(file))
    assert.deepEqual([error.code, error.syscall], ['ENOTSOCK', 'fromfd'])
    assert.equal(error.message, `fromfd ENOTSOCK descriptor ${file}`)
    assert.equal(descriptorFlags(file) & SOCK_NONBLOCK, 0)
    assert.equal(
      await python.number(
        `f = os.open('/dev/null', os.O_RDONLY)
try: socket.socket(fileno=f)
except OSError as e: out = e.errno
finally: os.close(f)`,
      ),
      error.errno,
    )
  } finally {
    closeSync(file)
  }
  assert.equal(thrown(() => fromfd(1_000_000)).code, 'EBADF')
  for (const fd of [-1, 1.5, Number.NaN, 2 ** 31]) assert.throws(() => fromfd(fd), RangeError, String(fd))
})

test('13. a descriptor that a Socket has is refused until that one has let go of it', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using other = right
  const error = thrown(() => fromfd(left.fd))
  assert.deepEqual([error.code, error.errno], ['ERR_SOCKET_OWNED', 0])
  assert.match(
    error.message,
    /^fromfd ERR_SOCKET_OWNED descriptor \d+ belongs to an open Socket; detach it there$/,
  )
  await left.send('the refusal changed nothing')
  assert.equal(text(await other.recv(100)), 'the refusal changed nothing')
  const fd = left.detach()
  fromfd(fd).close()
  assert.equal(thrown(() => fromfd(fd)).code, 'EBADF')
})

test('13. expectations that do not hold refuse the descriptor and leave it as it was', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  using client = socket(AF_INET, SOCK_STREAM)
  await client.connect(server.getsockname())
  const connected = client.detach()
  const listening = server.detach()
  const idle = plainDescriptor(AF_UNIX, SOCK_DGRAM)
  const complaints = [
    [connected, { family: AF_INET6 }, 'is AF_INET, not AF_INET6'],
    [connected, { type: SOCK_DGRAM }, 'is SOCK_STREAM, not SOCK_DGRAM'],
    [connected, { connected: false }, 'is connected, not not connected'],
    [connected, { listening: true }, 'is not listening, not listening'],
    [listening, { connected: true }, 'is not connected, not connected'],
    [idle, { family: AF_INET, type: SOCK_STREAM }, 'is AF_UNIX, not AF_INET'],
  ] as const
  try {
    for (const [fd, expected] of complaints) {
      const error = thrown(() => fromfd(fd, expected))
      assert.equal(error.code, 'ERR_SOCKET_UNEXPECTED', JSON.stringify(expected))
    }
    assert.equal(descriptorFlags(idle) & (SOCK_CLOEXEC | SOCK_NONBLOCK), 0)
    using ours = fromfd(connected, { family: AF_INET, type: SOCK_STREAM, connected: true, listening: false })
    using theirs = fromfd(listening, { connected: false, listening: true })
    using accepted = (await theirs.accept()).client
    await ours.send('hello')
    assert.equal(text(await accepted.recv(10)), 'hello')
    const error = await rejection(ours.recv(1, { timeout: 5 }))
    assert.equal(inet(error.remote ?? { path: '' }).port, portOf(theirs), 'its errors name the peer')
  } finally {
    libc.close(idle)
  }
})
