/** recvmsg and sendmsg: buffers, sizes and ends. What comes beside the data has test files of its own. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  MSG_PEEK,
  MSG_TRUNC,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../../src/sys/constants.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection, thrown } from './rejection.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString()
}

function bound(family = AF_INET, host = '127.0.0.1'): Socket {
  const udp = socket(family, SOCK_DGRAM)
  udp.bind({ host, port: 0 })
  return udp
}

for (const { name, family, constant, host } of [
  { name: 'IPv4', family: AF_INET, constant: 'socket.AF_INET', host: '127.0.0.1' },
  { name: 'IPv6', family: AF_INET6, constant: 'socket.AF_INET6', host: '::1' },
]) {
  test(`${name}: Python and we gather and scatter datagrams for each other, with both addresses`, async () => {
    using udp = bound(family, host)
    const port = await python.number(
      `u = socket.socket(${constant}, socket.SOCK_DGRAM); u.bind((host, 0)); out = u.getsockname()[1]`,
      { host },
    )
    const parts = ['gath', '', 'er', 'ed'].map((part) => Buffer.from(part))
    assert.equal(await udp.sendmsg(parts, { address: { host, port } }), 8)
    assert.deepEqual(
      await python.run(
        `a, b = bytearray(3), bytearray(20)
n, _, flags, where = u.recvmsg_into([a, b])
u.sendmsg([b'sca', b'', b'ttered'], [], 0, where)
out = [n, (a + b)[:n].decode(), flags, where[:2]]`,
      ),
      [8, 'gathered', 0, [host, portOf(udp)]],
    )
    const into = [new Uint8Array(2), new Uint8Array(0), new Uint8Array(5), new Uint8Array(5)]
    using message = await udp.recvmsg(into)
    assert.ok(message)
    assert.deepEqual(into.map(text), ['sc', '', 'atter', 'ed\0\0\0'])
    const { data, size, address, flags, truncated, control, controlTruncated } = message
    assert.deepEqual(
      { data, size, address, flags, truncated, control, controlTruncated },
      {
        data: 9,
        size: 9,
        address: { host, port },
        flags: 0,
        truncated: false,
        control: [],
        controlTruncated: false,
      },
    )
    await python.run('u.close()')
  })
}

test('text and bytes to a connected socket; the data that comes back is a copy of its own', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  assert.equal(await one.sendmsg('Füße'), 6)
  assert.equal(one.trySendmsg(Buffer.from('second')), 6)
  using first = await other.recvmsg(100)
  using second = await other.recvmsg(100)
  assert.deepEqual([text(first?.data), text(second?.data)], ['Füße', 'second'])
  assert.equal(first?.data.buffer.byteLength, 6)
  assert.deepEqual(first.address, { path: '' })
})

test('64, 65. a message longer than the room is cut, its true size told, the rest gone', async () => {
  using udp = bound()
  await python.run(
    `u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.connect(('127.0.0.1', port))
for i in range(4): u.send(b'0123456789')
u.send(b'x' * 65507); u.close()`,
    { port: portOf(udp) },
  )
  using cut = await udp.recvmsg(4)
  assert.deepEqual([text(cut?.data), cut?.size, cut?.truncated, cut?.flags], ['0123', 10, true, MSG_TRUNC])
  const into = [new Uint8Array(1), new Uint8Array(6)]
  using scattered = await udp.recvmsg(into)
  assert.deepEqual([scattered?.data, scattered?.size, scattered?.truncated], [7, 10, true])
  assert.deepEqual(into.map(text), ['0', '123456'])
  using nothing = await udp.recvmsg(0)
  assert.deepEqual([nothing?.data.length, nothing?.size, nothing?.truncated], [0, 10, true])
  using none = await udp.recvmsg([])
  assert.deepEqual([none?.data, none?.size, none?.truncated], [0, 10, true])
  using largest = await udp.recvmsg(70_000)
  assert.deepEqual([largest?.data.length, largest?.size, largest?.truncated], [65_507, 65_507, false])
})

test('43. MSG_PEEK takes nothing, with its flags and its size', async () => {
  using udp = bound()
  using sender = bound()
  await sender.sendto('look', udp.getsockname())
  for (let i = 0; i < 2; i++) {
    using seen = await udp.recvmsg(2, { flags: MSG_PEEK })
    assert.deepEqual([text(seen?.data), seen?.size, seen?.truncated], ['lo', 4, true])
    assert.deepEqual(seen?.address, sender.getsockname())
  }
  using taken = await udp.recvmsg(10)
  assert.equal(text(taken?.data), 'look')
  assert.equal(udp.tryRecvmsg(10), undefined)
})

test('63. empty messages are messages, of UDP and of UNIX datagrams', async () => {
  using udp = bound()
  using sender = bound()
  assert.equal(await sender.sendmsg([], { address: udp.getsockname() }), 0)
  assert.equal(await sender.sendmsg([new Uint8Array(0)], { address: udp.getsockname() }), 0)
  for (let i = 0; i < 2; i++) {
    using empty = await udp.recvmsg(10)
    assert.deepEqual([empty?.data.length, empty?.size], [0, 0])
  }
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  await one.sendmsg('')
  using empty = await other.recvmsg(10)
  assert.equal(empty?.size, 0)
})

for (const { name, type } of [
  { name: 'a stream', type: SOCK_STREAM },
  { name: 'sequenced packets', type: SOCK_SEQPACKET },
])
  test(`30, 80. the end of ${name} is null, in every way to receive`, async () => {
    const [left, right] = socketpair(AF_UNIX, type)
    using one = left
    using other = right
    await one.sendmsg(['last ', 'words'].map((part) => Buffer.from(part)))
    one.shutdown(SHUT_WR)
    using message = await other.recvmsg(100)
    assert.equal(text(message?.data), 'last words')
    assert.equal(message?.address === undefined, type === SOCK_STREAM)
    assert.equal(await other.recvmsg(100), null)
    assert.equal(await other.recvmsg([new Uint8Array(1)]), null)
    assert.equal(other.tryRecvmsg(100), null)
  })

test('30. asking a stream for nothing takes nothing and finds no end', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  using early = await other.recvmsg(0)
  assert.deepEqual([early?.data.length, early?.size], [0, 0])
  await one.send('x')
  using none = await other.recvmsg([new Uint8Array(0)])
  assert.equal(none?.data, 0)
  assert.equal(text((await other.recvmsg(5))?.data), 'x')
  one.close()
  assert.notEqual(await other.recvmsg(0), null)
  assert.equal(await other.recvmsg(1), null)
})

test('80. sequenced packets keep their boundaries however they are gathered', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_SEQPACKET)
  using one = left
  using other = right
  await one.sendmsg(['a', 'bc'].map((part) => Buffer.from(part)))
  await one.sendmsg('def')
  for (const expected of ['abc', 'def']) {
    const into = [new Uint8Array(2), new Uint8Array(9)]
    using message = await other.recvmsg(into)
    assert.equal(Buffer.concat(into).subarray(0, message?.data).toString(), expected)
  }
})

test('40. more than 1024 buffers: a stream takes and fills the first 1024, empty ones do not count', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const bytes = randomBytes(3000)
  const parts = Array.from(bytes, (byte) => Uint8Array.of(byte))
  assert.equal(await one.sendmsg(parts), 1024)
  assert.equal(await one.sendmsg(parts.slice(1024).flatMap((part) => [new Uint8Array(0), part])), 1024)
  assert.equal(one.trySendmsg(parts.slice(2048)), 952)
  const into = parts.map(() => new Uint8Array(1))
  using first = await other.recvmsg(into)
  assert.equal(first?.data, 1024)
  using rest = await other.recvmsg(5000)
  assert.ok(Buffer.concat([...into.slice(0, 1024), rest?.data ?? new Uint8Array(0)]).equals(bytes))
})

test('40, 66. more than 1024 buffers make no message: EMSGSIZE, with nothing sent and nothing taken', async () => {
  using udp = bound()
  using sender = bound()
  const address = udp.getsockname()
  const parts = Array.from({ length: 1025 }, () => Uint8Array.of(0x2a))
  const error = await rejection(sender.sendmsg(parts, { address }))
  assert.deepEqual([error.code, error.syscall, error.remote], ['EMSGSIZE', 'sendmsg', address])
  assert.equal(thrown(() => sender.trySendmsg(parts, { address })).code, 'EMSGSIZE')
  assert.equal(await sender.sendmsg([...parts.slice(1), new Uint8Array(0)], { address }), 1024)
  assert.equal((await rejection(udp.recvmsg(parts))).code, 'EMSGSIZE')
  assert.equal(thrown(() => udp.tryRecvmsg(parts)).code, 'EMSGSIZE')
  using message = await udp.recvmsg(2000)
  assert.ok(message?.data.length === 1024 && message.data.every((byte) => byte === 0x2a))
  assert.equal(udp.tryRecvmsg(1), undefined)
})

test('37, 41. a large gathered stream arrives exactly, however the kernel divides it', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const bytes = randomBytes(3_000_000)
  const sending = (async () => {
    for (let sent = 0; sent < bytes.length;) {
      const rest = bytes.subarray(sent)
      sent += await one.sendmsg([rest.subarray(0, 7), rest.subarray(7, 100_000), rest.subarray(100_000)])
    }
    one.shutdown(SHUT_WR)
  })()
  const parts: Uint8Array[] = []
  for (;;) {
    using message = await other.recvmsg(100_000)
    if (message === null) break
    parts.push(message.data)
  }
  await sending
  assert.ok(Buffer.concat(parts).equals(bytes))
})
