import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { AF_INET, AF_UNIX, MSG_DONTWAIT, SOCK_STREAM } from '../../src/sys/constants.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { checkLeaks } from './leak-check.ts'
import { rejection } from './rejection.ts'

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

test('53. thousands of calls with timeouts leave no timer behind', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const pending = Array.from({ length: 2000 }, () => one.recv(1, { timeout: 60_000 }))
  await other.sendAll(new Uint8Array(2000))
  assert.equal((await Promise.all(pending)).length, 2000)
  // checkLeaks counts the timers.
})
