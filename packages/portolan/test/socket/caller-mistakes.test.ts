/** What a program may do wrong between calls: none of it may harm a stranger, lose data or stay in line. */
import assert from 'node:assert/strict'
import { closeSync } from 'node:fs'
import { test } from 'node:test'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import {
  AF_INET,
  AF_UNIX,
  MSG_WAITALL,
  MSG_ZEROCOPY,
  SOCK_DGRAM,
  SOCK_STREAM,
} from '../../src/sys/constants.ts'
import { checkLeaks } from './leak-check.ts'

checkLeaks()

async function tcpPair(): Promise<[Socket, Socket]> {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  const client = socket(AF_INET, SOCK_STREAM)
  const [accepted] = await Promise.all([server.accept(), client.connect(server.getsockname())])
  return [client, accepted.client]
}

test('12. a number that was closed past the socket, and given to another one, is left alone by close', async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM)
  const [c, d] = socketpair(AF_UNIX, SOCK_STREAM)
  const number = a.fd
  closeSync(number)
  using e = c.dup()
  assert.equal(e.fd, number, 'the kernel gives the lowest free number')
  a.close()
  await e.send('x')
  assert.equal((await d.recv(1))?.length, 1)
  for (const each of [b, c, d]) each.close()
})

test('a signal that is none is refused before the call stands in line', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  await assert.rejects(Reflect.apply(one.recv.bind(one), one, [5, { signal: {} }]), TypeError)
  await other.send('hello')
  assert.equal(Buffer.from((await one.recv(5, { timeout: 2000 })) ?? []).toString(), 'hello')
})

test('41. views of other kinds are sent as their bytes, however many calls it takes', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using from = left
  using to = right
  const words = Int32Array.from({ length: 1_000_000 }, (_, index) => index)
  const view: unknown = words
  const heard = (async () => {
    const parts: Uint8Array[] = []
    for (let part = await to.recv(65_536); part !== null; part = await to.recv(65_536)) parts.push(part)
    return Buffer.concat(parts)
  })()
  await Reflect.apply(from.sendAll.bind(from), from, [view])
  from.close()
  assert.ok((await heard).equals(Buffer.from(words.buffer)))
})

test('memory that is transferred while a message waits ends the call: nothing empty is sent, no message is lost', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using from = left
  using to = right
  while (from.trySend(new Uint8Array(1000)) !== undefined);
  const data = new Uint8Array(1000)
  const sending = from.send(data)
  structuredClone(data, { transfer: [data.buffer] })
  let messages = 0
  const failed = assert.rejects(sending, TypeError)
  for (let message = to.tryRecv(1000); message !== undefined; message = to.tryRecv(1000)) {
    assert.equal(message?.length, 1000)
    messages++
  }
  await failed
  assert.ok(messages > 0)
  const into = new Uint8Array(1000)
  const receiving = to.recvInto(into)
  structuredClone(into, { transfer: [into.buffer] })
  await from.send('kept')
  await assert.rejects(receiving, TypeError)
  assert.equal(Buffer.from((await to.recv(100)) ?? []).toString(), 'kept')
})

test('30. zero bytes of a stream are there at once, also after a read that took all there was', async () => {
  const [left, right] = await tcpPair()
  using one = left
  using other = right
  await other.send('short')
  assert.equal((await one.recv(100))?.length, 5)
  assert.equal((await one.recv(0, { timeout: 2000 }))?.length, 0)
  assert.equal((await one.recv(0, { flags: MSG_WAITALL, timeout: 2000 }))?.length, 0)
  assert.equal(await one.recvInto(new Uint8Array(0), { timeout: 2000 }), 0)
  assert.equal((await one.recvfrom(0, { timeout: 2000 })).size, 0)
})

test('40. pieces on a socket of messages are one message, however many, and none at all an empty one', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using from = left
  using to = right
  await from.sendAll(Array.from({ length: 1500 }, () => Uint8Array.of(7)))
  assert.equal((await to.recv(5000))?.length, 1500)
  for (const pieces of [[], [new Uint8Array(0)]]) {
    await from.sendAll(pieces)
    assert.equal((await to.recv(10, { timeout: 2000 }))?.length, 0)
  }
})

test('MSG_ZEROCOPY is refused where nobody would hold the memory', async () => {
  const [left, right] = await tcpPair()
  using one = left
  using other = right
  for (const call of ['send', 'sendAll', 'sendmsg'] as const)
    await assert.rejects(one[call]('text', { flags: MSG_ZEROCOPY }), TypeError, call)
  assert.equal(other.tryRecv(1), undefined)
  using udp = socket(AF_INET, SOCK_DGRAM)
  await assert.rejects(udp.sendBatch([{ data: 'x' }], { flags: MSG_ZEROCOPY }), RangeError)
})

test('numbers that would be cut on their way to the kernel are refused', () => {
  assert.throws(() => socket(2 ** 32 + 2, SOCK_STREAM), RangeError)
  assert.throws(() => socket(AF_INET, 1.5), RangeError)
  assert.throws(() => socketpair(AF_UNIX, SOCK_STREAM, -1), RangeError)
  using one = socket(AF_INET, SOCK_STREAM)
  assert.throws(() => one.shutdown(2 ** 32), RangeError)
})
