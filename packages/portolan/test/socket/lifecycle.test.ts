import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from '../../src/sys/constants.ts'
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

test('18, 21. connect ends by timeout or signal; both can be told from ETIMEDOUT and leave nothing behind', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen(0)
  const address = server.getsockname()
  using first = socket(AF_INET, SOCK_STREAM)
  await first.connect(address)
  using second = socket(AF_INET, SOCK_STREAM)
  const late = await rejection(second.connect(address, { timeout: 5 }))
  assert.deepEqual([late.code, late.errno, late.syscall], ['ERR_SOCKET_TIMEOUT', 0, 'connect'])
  assert.deepEqual(late.remote, address)
  assert.equal((await rejection(second.connect(address))).code, 'EALREADY', 'the first attempt goes on')
  using third = socket(AF_INET, SOCK_STREAM)
  const abort = new AbortController()
  const pending = rejection(third.connect(address, { signal: abort.signal }))
  assert.equal(getEventListeners(abort.signal, 'abort').length, 1)
  const reason = new Error('changed my mind')
  abort.abort(reason)
  const error = await pending
  assert.deepEqual([error.code, error.name, error.cause], ['ABORT_ERR', 'AbortError', reason])
  assert.equal(getEventListeners(abort.signal, 'abort').length, 0)
})

test('21. a signal that has fired before ends the call before anything is sent', async () => {
  using server = listening()
  using client = socket(AF_INET, SOCK_STREAM)
  const signal = AbortSignal.abort()
  assert.equal((await rejection(client.connect(server.getsockname(), { signal }))).code, 'ABORT_ERR')
  assert.equal(server.tryAccept(), undefined)
  assert.equal((await rejection(server.accept({ signal }))).code, 'ABORT_ERR')
})

test('21. listeners and timers go with the call, however it ends', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const { signal } = new AbortController()
  const options = { signal, timeout: 60_000 }
  const pending = [one.recv(1, options), one.recv(1, options)]
  assert.equal(getEventListeners(signal, 'abort').length, 2)
  await other.sendAll('ab')
  await Promise.all(pending)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('47. a timeout of 0 or less is over already, also when data is ready; nothing is taken', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  await other.send('data')
  for (const timeout of [0, -1, -Infinity])
    assert.equal((await rejection(one.recv(4, { timeout }))).code, 'ERR_SOCKET_TIMEOUT')
  assert.equal((await one.recv(4, { timeout: Infinity }))?.length, 4)
})

test('timeouts that setTimeout would turn into none at all are refused', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using _ = right
  await assert.rejects(one.recv(1, { timeout: Number.NaN }), RangeError)
  await assert.rejects(one.recv(1, { timeout: 2 ** 31 }), RangeError)
})

test('51. an aborted or timed-out recv loses no bytes; those behind it in line get them', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const abort = new AbortController()
  const first = rejection(one.recv(4, { signal: abort.signal }))
  const second = rejection(one.recv(4, { timeout: 1 }))
  const third = one.recv(4)
  abort.abort()
  assert.equal((await first).code, 'ABORT_ERR')
  assert.equal((await second).code, 'ERR_SOCKET_TIMEOUT')
  await other.send('data')
  assert.equal(Buffer.from((await third) ?? []).toString(), 'data')
})

test('20. an abort in the turn in which the call succeeded: the result stands, or nothing was taken', async () => {
  for (let round = 0; round < 50; round++) {
    const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
    using one = left
    using other = right
    const abort = new AbortController()
    const receiving = one.recv(4, { signal: abort.signal }).catch(() => undefined)
    await other.send('data')
    if (round % 2 === 0) await turn()
    abort.abort()
    const got = await receiving
    const left_over = one.tryRecv(10)
    assert.equal((got?.length ?? 0) + (left_over?.length ?? 0), 4)
  }
})

test('20. accept aborted in the turn in which a client came: either the client is given out or it goes on waiting', async () => {
  for (let round = 0; round < 50; round++) {
    using server = listening()
    const abort = new AbortController()
    const accepting = server.accept({ signal: abort.signal }).catch(() => undefined)
    using client = socket(AF_INET, SOCK_STREAM)
    await client.connect(server.getsockname())
    if (round % 2 === 0) await turn()
    abort.abort()
    const accepted = (await accepting) ?? (await server.accept())
    accepted.client.close()
  }
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

test('37. sendAll that is aborted tells how much had been taken, and exactly that arrives', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const abort = new AbortController()
  const pending = rejection(one.sendAll(new Uint8Array(8 << 20), { signal: abort.signal }))
  await turn()
  let arrived = drain(other)
  abort.abort()
  const error = await pending
  assert.equal(error.code, 'ABORT_ERR')
  arrived += drain(other)
  assert.ok(arrived > 0 && arrived < 8 << 20)
  assert.equal(error.bytesSent, arrived)
})

test('37. sendAll to a peer that goes away tells how much had been taken', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  const pending = rejection(one.sendAll(new Uint8Array(8 << 20)))
  await turn()
  right.close()
  const error = await pending
  assert.ok(error.code === 'EPIPE' || error.code === 'ECONNRESET', error.code)
  assert.ok(error.bytesSent !== undefined && error.bytesSent > 0 && error.bytesSent < 8 << 20)
})

test('data transferred away while sendAll waits fails that call alone', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const data = new Uint8Array(8 << 20)
  const pending = one.sendAll(data)
  const behind = one.send('next')
  await turn()
  structuredClone(data.buffer, { transfer: [data.buffer] })
  let arrived = 0
  const reading = (async () => {
    for (let part = await other.recv(65_536); part !== null; part = await other.recv(65_536))
      arrived += part.length
  })()
  await assert.rejects(pending, /TypeError.*transferred/)
  assert.equal(await behind, 4)
  one.close()
  await reading
  assert.ok(arrived > 4 && arrived < 8 << 20)
})

test('MSG_DONTWAIT given by the caller: EAGAIN instead of a wait, also behind others in line', async () => {
  const [full, idle] = stalled()
  using one = full
  using other = idle
  const flags = MSG_DONTWAIT
  for (const call of [
    () => one.recv(1, { flags }),
    () => one.recvInto(new Uint8Array(1), { flags }),
    () => one.recvfrom(1, { flags }),
    () => one.send('x', { flags }),
    () => one.sendAll('x', { flags }),
  ])
    assert.equal((await rejection(call())).code, 'EAGAIN', String(call))
  const waiting = one.recv(1)
  assert.equal((await rejection(one.recv(1, { flags }))).code, 'EAGAIN')
  await other.send('a')
  assert.equal((await waiting)?.length, 1)
  await other.send('b')
  assert.equal((await one.recv(1, { flags }))?.length, 1)
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

test('53. thousands of calls with timeouts leave no timer behind', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const pending = Array.from({ length: 2000 }, () => one.recv(1, { timeout: 60_000 }))
  await other.sendAll(new Uint8Array(2000))
  assert.equal((await Promise.all(pending)).length, 2000)
  // checkLeaks counts the timers.
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
