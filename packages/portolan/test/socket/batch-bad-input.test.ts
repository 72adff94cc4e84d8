/** What cannot be done is told where the caller stands, and nothing was sent or received by it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from '../../src/sys/constants.ts'
import { inet } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { rejection } from './rejection.ts'
import { bound, texts } from './udp-peer.ts'

checkLeaks()

/** As JavaScript calls it, where nothing checks types. */
function untyped(udp: Socket, messages: unknown): Promise<unknown> {
  const method: unknown = Reflect.get(udp, 'sendBatch')
  assert.ok(typeof method === 'function')
  return Reflect.apply(method, udp, [messages])
}

test('a message or address that cannot be one is named by its number, and none is sent', async () => {
  using udp = bound()
  using receiver = bound()
  const good = { data: 'good', address: inet(receiver.getsockname()) }
  for (const [bad, message] of [
    [{ data: 'x', address: { host: 'localhost', port: 1 } }, /^Message 1: .*localhost/],
    [{ data: 'x', address: { host: '::1', port: 1 } }, /^Message 1: .*::1/],
    [{ data: 'x', address: { host: '127.0.0.1', port: 65_536 } }, /^Message 1: .*65536/],
    [{ data: 'x', address: { path: '/x' } }, /^Message 1: .*path/],
  ] as const)
    await assert.rejects(udp.sendBatch([good, bad]), { name: 'RangeError', message })
  await assert.rejects(untyped(udp, [good, { data: 7 }]), {
    name: 'TypeError',
    message: /^Message 1: data must be/,
  })
  assert.equal(receiver.tryRecvBatch(), undefined)
})

test('numbers out of range are refused before anything is received', async () => {
  using udp = bound()
  await udp.sendto('kept', udp.getsockname())
  for (const options of [
    { max: 0 },
    { max: 1025 },
    { max: 1.5 },
    { size: -1 },
    { size: 2 ** 31 },
    { max: 4, ahead: 3 },
    { ahead: 1025 },
    { max: 1024, size: 2 ** 30 },
  ]) {
    await assert.rejects(udp.recvBatch(options), RangeError)
    assert.throws(() => udp.tryRecvBatch(options), RangeError)
  }
  const batch = await udp.recvBatch()
  assert.deepEqual(texts(batch), ['kept'])
  for (const index of [-1, 1, 0.5, Number.NaN])
    for (const call of ['data', 'address', 'truncated', 'size'] as const)
      assert.throws(() => batch[call](index), { name: 'RangeError', message: /has 1 messages/ })
})

test('streams have no messages: EOPNOTSUPP, and the stream is untouched', async () => {
  for (const type of [SOCK_STREAM, SOCK_SEQPACKET]) {
    const [left, right] = socketpair(AF_UNIX, type)
    using one = left
    using other = right
    assert.equal((await rejection(one.recvBatch())).code, 'EOPNOTSUPP')
    if (type === SOCK_STREAM)
      assert.equal((await rejection(one.sendBatch([{ data: 'x' }]))).code, 'EOPNOTSUPP')
    await one.send('works')
    assert.equal((await other.recv(9))?.length, 5)
  }
})

test('no destination on a socket without a peer: EDESTADDRREQ for that message', async () => {
  using udp = socket(AF_INET, SOCK_DGRAM)
  assert.equal((await rejection(udp.sendBatch([{ data: 'x' }]))).code, 'EDESTADDRREQ')
})

test('memory of a batch that somebody transferred away is not touched any more; the socket goes on with new', async () => {
  using udp = bound()
  const to = udp.getsockname()
  await udp.sendto('first', to)
  const batch = await udp.recvBatch()
  const { buffer } = batch.data(0)
  assert.ok(buffer instanceof ArrayBuffer)
  const taken = buffer.transfer()
  assert.ok(taken.byteLength > 0)
  await assert.rejects(udp.sendBatch(batch), TypeError)
  await udp.sendto('second', to)
  assert.deepEqual(texts(await udp.recvBatch()), ['second'])
})

test('bytes that are taken away while they wait to be sent are an error, not an empty message', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  let queued = 0
  while (one.trySend('filler') !== undefined) queued++
  const data = new Uint8Array(10)
  const sending = assert.rejects(one.sendBatch([{ data }]), { name: 'TypeError', message: /^Message 0 / })
  data.buffer.transfer()
  while (queued > 0) queued -= (await other.recvBatch()).length
  await sending
  assert.equal(other.tryRecvBatch(), undefined)
})

test('bytes of a list may be views of any kind, and of any part of their memory', async () => {
  using udp = bound()
  const address = inet(udp.getsockname())
  const memory = Uint8Array.from({ length: 20_000 }, (_, i) => i)
  await untyped(udp, [{ data: new Uint16Array(memory.buffer, 2, 3), address }])
  await udp.sendBatch([
    { data: memory.subarray(10, 15), address },
    { data: memory.subarray(7, 12_000), address },
    { data: Buffer.from('buffer'), address },
  ])
  const batch = await udp.recvBatch()
  assert.deepEqual(batch.data(0), memory.slice(2, 8))
  assert.deepEqual(batch.data(1), memory.slice(10, 15))
  assert.deepEqual(batch.data(2), memory.slice(7, 12_000))
  assert.equal(Buffer.from(batch.data(3)).toString(), 'buffer')
})
