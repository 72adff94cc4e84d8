import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import {
  AF_INET,
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from '../../src/sys/constants.ts'
import { eventLoopDriver } from '../../src/sys/event-loop-driver.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { portOf } from './inet-address.ts'
import { checkLeaks, descriptorFlags, openDescriptors } from './leak-check.ts'
import { rejection, thrown } from './rejection.ts'

checkLeaks()

function listening(): Socket {
  const server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  return server
}

/** Two connected UNIX stream sockets of which the first can send no more. */
function stalled(): [Socket, Socket] {
  const [full, idle] = socketpair(AF_UNIX, SOCK_STREAM)
  while (full.trySend(new Uint8Array(65_536)) !== undefined);
  return [full, idle]
}

function drain(from: Socket): number {
  let total = 0
  for (let part = from.tryRecv(65_536); part !== undefined && part !== null; part = from.tryRecv(65_536))
    total += part.length
  return total
}

test('14, 45. every new descriptor is non-blocking and closed on exec: socket, socketpair, accept', async () => {
  using server = listening()
  using client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
  await client.connect(server.getsockname())
  using accepted = (await server.accept()).client
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  for (const { fd } of [server, client, accepted, one, other]) {
    const flags = descriptorFlags(fd)
    assert.ok((flags & SOCK_CLOEXEC) !== 0, 'O_CLOEXEC')
    assert.ok((flags & SOCK_NONBLOCK) !== 0, 'O_NONBLOCK')
  }
  assert.equal(client.type, SOCK_STREAM, 'the type without the flags')
})

test('1, 2. close ends a pending accept, and the port can be bound again at once', async () => {
  const server = listening()
  const address = server.getsockname()
  const pending = rejection(server.accept())
  server.close()
  const error = await pending
  assert.equal(error.code, 'ERR_SOCKET_CLOSED')
  assert.equal(error.errno, 0)
  using again = socket(AF_INET, SOCK_STREAM)
  again.bind(address)
  again.listen()
})

test('5. close is idempotent; every call afterwards says that the socket is closed', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using _ = right
  assert.equal(left.closed, false)
  left.close()
  left.close()
  left[Symbol.dispose]()
  await left[Symbol.asyncDispose]()
  assert.equal(left.closed, true)
  assert.equal(left.fd, -1)
  const path = { path: '\0x' }
  for (const call of [
    () => left.bind(path),
    () => left.listen(),
    () => left.tryAccept(),
    () => left.tryRecv(1),
    () => left.tryRecvInto(new Uint8Array(1)),
    () => left.tryRecvfrom(1),
    () => left.trySend('x'),
    () => left.shutdown(0),
    () => left.getsockname(),
    () => left.getpeername(),
    () => left.setsockopt(1, 2, 1),
    () => left.getsockopt(1, 3),
  ])
    assert.equal(thrown(call).code, 'ERR_SOCKET_CLOSED', String(call))
  for (const call of [
    () => left.accept(),
    () => left.connect(path),
    () => left.recv(1),
    () => left.recv(0),
    () => left.recvInto(new Uint8Array(1)),
    () => left.recvfrom(1),
    () => left.send('x'),
    () => left.sendAll('x'),
    () => left.sendto('x', path),
  ])
    assert.equal((await rejection(call())).code, 'ERR_SOCKET_CLOSED', String(call))
})

test('6, 8. close ends every pending recv and send, and the peer sees the end', async () => {
  const [full, idle] = stalled()
  using peer = idle
  const pending = [full.recv(1), full.recvfrom(1), full.send('x'), full.sendAll('y')].map(rejection)
  await turn()
  full.close()
  for (const error of await Promise.all(pending)) assert.equal(error.code, 'ERR_SOCKET_CLOSED')
  drain(peer)
  assert.equal(peer.tryRecv(1), null)
})

test('7. close while connect is pending', async () => {
  // A listener with a backlog of 0 takes one connection more; the SYN after that is dropped and sent again later.
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen(0)
  using first = socket(AF_INET, SOCK_STREAM)
  await first.connect(server.getsockname())
  const late = socket(AF_INET, SOCK_STREAM)
  const pending = rejection(late.connect(server.getsockname()))
  await turn()
  late.close()
  assert.equal((await pending).code, 'ERR_SOCKET_CLOSED')
})

test('15. failed calls leak no descriptor, a thousand times over', async () => {
  const before = openDescriptors().size
  for (let i = 0; i < 1000; i++) {
    using client = socket(AF_INET, SOCK_STREAM)
    await rejection(client.connect({ host: '127.0.0.1', port: 1 }))
    thrown(() => socket(AF_INET, 77))
  }
  assert.equal(openDescriptors().size, before)
})

test('a number that another socket has now is not touched by what the old socket left', async () => {
  for (let round = 0; round < 100; round++) {
    const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
    const pending = rejection(left.recv(1))
    await right.send('x')
    // The event for `left` is in the kernel's list; its number goes to the next socket.
    const { fd } = left
    left.close()
    const [heir, peer] = socketpair(AF_UNIX, SOCK_STREAM)
    assert.ok(heir.fd === fd || peer.fd === fd)
    const waiting = Promise.all([heir.recv(1), peer.recv(1)])
    assert.equal((await pending).code, 'ERR_SOCKET_CLOSED')
    await turn()
    await heir.send('h')
    await peer.send('p')
    assert.deepEqual(
      (await waiting).map((data) => Buffer.from(data ?? []).toString()),
      ['p', 'h'],
    )
    for (const open of [heir, peer, right]) open.close()
  }
})

test('close takes the descriptor out of epoll also where a child process still holds the socket', async () => {
  const watched = (fd: number): boolean =>
    new RegExp(`^tfd: +${fd} `, 'm').test(
      readFileSync(`/proc/self/fdinfo/${eventLoopDriver().reactor.fd}`, 'utf8'),
    )
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using _ = right
  const { fd } = left
  const pending = rejection(left.recv(1))
  assert.ok(watched(fd))
  const child = spawn('sleep', ['30'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
  const exited = once(child, 'exit')
  await once(child, 'spawn')
  left.close()
  await pending
  assert.ok(!watched(fd))
  child.kill()
  await exited
})

test("a socket closed by the answer to another one's event in the same turn", async () => {
  const pairs = Array.from({ length: 20 }, () => socketpair(AF_UNIX, SOCK_STREAM))
  const ends: Promise<unknown>[] = []
  for (const [left] of pairs)
    ends.push(
      left.recv(1).then(
        () => {
          for (const [other] of pairs) other.close()
          return 'data'
        },
        () => 'closed',
      ),
    )
  await turn()
  for (const [, right] of pairs) right.trySend('x')
  for (const end of await Promise.all(ends)) assert.ok(end === 'data' || end === 'closed')
  for (const [, right] of pairs) right.close()
})

test('39. two sendAll at once do not mix', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const size = 3 << 20
  const sending = Promise.all([1, 2, 3].map((byte) => one.sendAll(new Uint8Array(size).fill(byte))))
  for (const byte of [1, 2, 3]) {
    let rest = size
    while (rest > 0) {
      const part = await other.recv(Math.min(rest, 65_536))
      assert.ok(part !== null && part.every((value) => value === byte))
      rest -= part.length
    }
  }
  await sending
})

test('39. the calls that never wait go before nobody: trySend not into a sendAll, tryRecv and tryAccept take from no one', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const size = 1 << 20
  const sending = one.sendAll(new Uint8Array(size))
  let arrived = drain(other)
  assert.ok(arrived < size, 'sendAll waits, and now there is room')
  assert.equal(one.trySend('!'), undefined)
  const receiving = one.recv(1)
  other.trySend('x')
  assert.equal(one.tryRecv(1), undefined)
  assert.equal(one.tryRecvfrom(1), undefined)
  assert.equal((await receiving)?.length, 1)
  while (arrived < size) arrived += (await other.recv(65_536))?.length ?? 0
  await sending
  assert.equal(one.trySend('!'), 1)
  using server = listening()
  const accepting = server.accept()
  using client = socket(AF_INET, SOCK_STREAM)
  await client.connect(server.getsockname())
  assert.ok(server.tryAccept() === undefined)
  ;(await accepting).client.close()
})

test('10. using and await using close; a close by hand before is no matter', async () => {
  let kept: Socket
  {
    using server = listening()
    kept = server
    assert.ok(portOf(server) > 0)
  }
  assert.ok(kept.closed)
  {
    await using server = listening()
    kept = server
    server.close()
  }
  assert.ok(kept.closed)
})
