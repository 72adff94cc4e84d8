/** recvBatch and sendBatch over UNIX sockets, where a full receiver makes the sender wait. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BatchError } from '../../src/socket/batch-error.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import { AF_UNIX, MSG_DONTWAIT, SO_SNDBUF, SOCK_DGRAM, SOL_SOCKET } from '../../src/sys/constants.ts'
import { checkLeaks, openDescriptors } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection } from './rejection.ts'
import { collect, texts } from './udp-peer.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ data: `message ${index}` }))
const words = (count: number): string[] => numbered(count).map(({ data }) => data)

test('70. a batch that is still being sent is not filled again', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  one.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
  await other.sendBatch(numbered(5))
  const batch = await one.recvBatch()
  // Until the receiver's queue is full (net.unix.max_dgram_qlen).
  let queued = 0
  while (one.trySend('filler') !== undefined) queued++
  const echoing = one.sendBatch(batch)
  await other.sendBatch([{ data: 'overwritten?' }])
  assert.deepEqual(texts(await one.recvBatch()), ['overwritten?'])
  assert.deepEqual((await collect(other, queued + 5)).slice(queued), words(5))
  assert.equal(await echoing, 5)
})

test('79. UNIX: a full receiver is waited for, one that is gone is ECONNREFUSED on its own message', async () => {
  using receiver = socket(AF_UNIX, SOCK_DGRAM)
  using gone = socket(AF_UNIX, SOCK_DGRAM)
  using sender = socket(AF_UNIX, SOCK_DGRAM)
  for (const each of [receiver, gone, sender]) each.bind({ path: '' })
  const address = receiver.getsockname()
  const sending = sender.sendBatch(Array.from({ length: 500 }, (_, i) => ({ data: `message ${i}`, address })))
  assert.deepEqual(await collect(receiver, 500, 50), words(500))
  assert.equal(await sending, 500)
  const nobody = gone.getsockname()
  gone.close()
  const error = await rejection(
    sender.sendBatch([
      { data: 'a', address },
      { data: 'b', address: nobody },
    ]),
  )
  assert.ok(error instanceof BatchError)
  assert.deepEqual([error.code, error.messagesSent, error.remote], ['ECONNREFUSED', 1, nobody])
  const batch = await receiver.recvBatch()
  assert.deepEqual([texts(batch), batch.address(0)], [['a'], sender.getsockname()])
})

test('77. UNIX: a sender without a name has the empty path; a message may be longer than one of UDP', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  const long = new Uint8Array(150_000).fill(7)
  assert.equal(await one.sendBatch([{ data: long }, { data: 'short' }]), 2)
  const batch = await other.recvBatch({ size: 200_000 })
  assert.deepEqual(batch.data(0), long)
  assert.deepEqual([batch.address(0), batch.length], [{ path: '' }, 2])
  assert.equal(await other.sendBatch(batch), 2, 'back to who has no name')
  assert.equal((await one.recv(200_000))?.length, 150_000)
})

test('81. a descriptor that a UNIX peer sends along is not leaked', async () => {
  const path = `\0portolan-batch-${process.pid}`
  using receiver = socket(AF_UNIX, SOCK_DGRAM)
  receiver.bind({ path })
  const before = openDescriptors()
  await python.run(
    `u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.connect(path)
for _ in range(3): socket.send_fds(u, [b'take this'], [0])
u.close()`,
    { path },
  )
  assert.deepEqual(texts(await receiver.recvBatch()), ['take this', 'take this', 'take this'])
  assert.deepEqual(openDescriptors(), before)
})

test('69. MSG_DONTWAIT and trySendBatch tell how many were taken, or that none was', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  const sent = await one.sendBatch(numbered(3000), { flags: MSG_DONTWAIT })
  assert.ok(sent > 0 && sent < 3000, `${sent} sent`)
  assert.equal((await rejection(one.sendBatch(numbered(1), { flags: MSG_DONTWAIT }))).code, 'EAGAIN')
  assert.equal(one.trySendBatch(numbered(1)), undefined)
  assert.deepEqual(await collect(other, sent), words(sent))
  assert.equal(one.trySendBatch(numbered(2)), 2)
  assert.deepEqual(texts(await other.recvBatch()), words(2))
  assert.equal((await rejection(other.recvBatch({ flags: MSG_DONTWAIT }))).code, 'EAGAIN')
  assert.equal(other.tryRecvBatch(), undefined)
})

test('47, 51. signal and timeout end calls in bulk; nothing received is lost, what was sent is counted', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  assert.equal((await rejection(one.recvBatch({ timeout: 5 }))).code, 'ERR_SOCKET_TIMEOUT')
  const controller = new AbortController()
  const receiving = rejection(one.recvBatch({ signal: controller.signal }))
  const sending = rejection(other.sendBatch(numbered(3000), { signal: controller.signal }))
  setImmediate(() => controller.abort('reason'))
  const ends = [await receiving, await sending]
  assert.ok(ends.some(({ code }) => code === 'ABORT_ERR'))
  const error = ends[1]
  assert.ok(error instanceof BatchError)
  assert.deepEqual([error.code, error.cause], ['ABORT_ERR', 'reason'])
  assert.ok(error.messagesSent > 0 && error.messagesSent < 3000)
  assert.deepEqual(await collect(one, error.messagesSent), words(error.messagesSent))
  assert.equal(one.tryRecvBatch(), undefined)
  await other.sendBatch(numbered(1))
  assert.equal((await rejection(one.recvBatch({ timeout: 0 }))).code, 'ERR_SOCKET_TIMEOUT')
  assert.equal((await one.recvBatch()).length, 1)
})

test('5, 6, 8. close ends calls in bulk, later ones too; a batch that was received stays readable', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  await other.sendBatch(numbered(2))
  const batch = await one.recvBatch()
  const pending = [rejection(one.recvBatch()), rejection(one.sendBatch(numbered(3000)))]
  one.close()
  for (const error of await Promise.all(pending)) assert.equal(error.code, 'ERR_SOCKET_CLOSED')
  assert.equal((await rejection(one.recvBatch())).code, 'ERR_SOCKET_CLOSED')
  assert.equal((await rejection(one.sendBatch([]))).code, 'ERR_SOCKET_CLOSED')
  assert.throws(() => one.tryRecvBatch(), { code: 'ERR_SOCKET_CLOSED' })
  assert.throws(() => one.trySendBatch([]), { code: 'ERR_SOCKET_CLOSED' })
  assert.deepEqual(texts(batch), words(2))
})
