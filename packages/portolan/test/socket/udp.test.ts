import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  MSG_PEEK,
  MSG_TRUNC,
  SOCK_DGRAM,
  SOL_SOCKET,
  SO_BROADCAST,
  SO_RCVBUF,
} from '../../src/sys/constants.ts'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { inet, portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection, thrown } from './rejection.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

function bound(family = AF_INET, host = '127.0.0.1'): Socket {
  const udp = socket(family, SOCK_DGRAM)
  udp.bind({ host, port: 0 })
  return udp
}

for (const { name, family, constant, host } of [
  { name: 'IPv4', family: AF_INET, constant: 'socket.AF_INET', host: '127.0.0.1' },
  { name: 'IPv6', family: AF_INET6, constant: 'socket.AF_INET6', host: '::1' },
]) {
  test(`${name}: datagrams to Python and back, with the sender's address on both sides`, async () => {
    using udp = bound(family, host)
    const port = await python.number(
      `u = socket.socket(${constant}, socket.SOCK_DGRAM); u.bind((host, 0)); out = u.getsockname()[1]`,
      { host },
    )
    assert.equal(await udp.sendto('question', { host, port }), 8)
    assert.deepEqual(
      await python.run(`d, a = u.recvfrom(100); u.sendto(b'answer', a); out = [d.decode(), a[:2]]`),
      ['question', [host, portOf(udp)]],
    )
    const { data, address, truncated, size } = await udp.recvfrom(100)
    assert.equal(Buffer.from(data).toString(), 'answer')
    assert.deepEqual({ address, truncated, size }, { address: { host, port }, truncated: false, size: 6 })
    await python.run('u.close()')
  })
}

test('63. an empty datagram is a message, not an end, in every way to receive', async () => {
  using udp = bound()
  const to = `('127.0.0.1', port)`
  await python.run(
    `u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(5): u.sendto(b'', ${to})
u.sendto(b'!', ${to}); u.close()`,
    { port: portOf(udp) },
  )
  assert.deepEqual(await udp.recv(10), new Uint8Array(0))
  assert.equal(await udp.recvInto(new Uint8Array(10)), 0)
  assert.equal((await udp.recvfrom(10)).size, 0)
  assert.deepEqual(udp.tryRecv(10), new Uint8Array(0))
  assert.equal(udp.tryRecvInto(new Uint8Array(10)), 0)
  assert.equal(udp.tryRecvfrom(10)?.data[0], 0x21)
  assert.equal(udp.tryRecvfrom(10), undefined)
})

test('63. we send empty datagrams too', async () => {
  using udp = bound()
  const port = await python.number(
    `u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0)); out = u.getsockname()[1]`,
  )
  assert.equal(await udp.sendto('', { host: '127.0.0.1', port }), 0)
  assert.equal(await udp.sendto(new Uint8Array(0), { host: '127.0.0.1', port }), 0)
  await udp.connect({ host: '127.0.0.1', port })
  await udp.sendAll('')
  assert.equal(await python.run(`out = sum(len(u.recv(9)) == 0 for _ in range(3)); u.close()`), 3)
})

test('64, 65. a datagram longer than asked for is cut and its true size told', async () => {
  using udp = bound()
  await python.run(
    `u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.connect(('127.0.0.1', port))
for i in range(4): u.send(b'0123456789')
u.send(b'x' * 65507); u.close()`,
    { port: portOf(udp) },
  )
  const cut = await udp.recvfrom(4)
  assert.equal(Buffer.from(cut.data).toString(), '0123')
  assert.deepEqual([cut.truncated, cut.size], [true, 10])
  const none = await udp.recvfrom(0)
  assert.deepEqual([none.data.length, none.truncated, none.size], [0, true, 10])
  assert.deepEqual(await udp.recv(0), new Uint8Array(0), 'takes one, as in every language with datagrams')
  const exact = await udp.recvfrom(10)
  assert.deepEqual([exact.data.length, exact.truncated], [10, false])
  const largest = await udp.recvfrom(70_000)
  assert.deepEqual([largest.data.length, largest.truncated, largest.size], [65_507, false, 65_507])
})

test("65. MSG_TRUNC given by the caller: never more than the datagram's own bytes", async () => {
  using udp = bound()
  using sender = bound()
  const to = udp.getsockname()
  await sender.sendto('secret of another socket', to)
  await udp.recv(100)
  await sender.sendto('0123456789', to)
  assert.equal(Buffer.from((await udp.recv(4, { flags: MSG_TRUNC })) ?? []).toString(), '0123')
  await sender.sendto('0123456789', to)
  const into = new Uint8Array(4)
  assert.equal(await udp.recvInto(into, { flags: MSG_TRUNC }), 10, 'recv(2): the real length')
  await sender.sendto('peek', to)
  assert.equal((await udp.recvfrom(2, { flags: MSG_PEEK })).size, 4)
  assert.equal((await udp.recvfrom(9)).size, 4)
})

test('66. a datagram too big for UDP is EMSGSIZE and names the address', async () => {
  using udp = bound()
  const remote = { host: '127.0.0.1', port: 9 }
  const error = await rejection(udp.sendto(new Uint8Array(65_508), remote))
  assert.equal(error.code, 'EMSGSIZE')
  assert.deepEqual(error.remote, remote)
  assert.deepEqual(error.local, udp.getsockname())
})

test('67. connected UDP to a closed port: ECONNREFUSED once, and the socket stays usable', async () => {
  const port = await python.number(
    `u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0)); out = u.getsockname()[1]; u.close()`,
  )
  using udp = bound()
  await udp.connect({ host: '127.0.0.1', port })
  const pending = rejection(udp.recv(10))
  await udp.send('anyone?')
  const error = await pending
  assert.equal(error.code, 'ECONNREFUSED')
  assert.deepEqual(error.remote, { host: '127.0.0.1', port })
  await python.run(
    `u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', port)); u.sendto(b'yes', ('127.0.0.1', own))`,
    { port, own: portOf(udp) },
  )
  assert.equal(Buffer.from((await udp.recv(10)) ?? []).toString(), 'yes')
  await udp.send('good')
  assert.equal(await python.run(`out = u.recv(9).decode(); u.close()`), 'good')
})

test('68. a connected UDP socket hears its peer only; sendto elsewhere is allowed', async () => {
  using udp = bound()
  using friend = bound()
  using stranger = bound()
  await udp.connect(friend.getsockname())
  assert.deepEqual(udp.getpeername(), friend.getsockname())
  await stranger.sendto('psst', udp.getsockname())
  await friend.sendto('hello', udp.getsockname())
  assert.equal(Buffer.from((await udp.recv(9)) ?? []).toString(), 'hello')
  assert.equal(udp.tryRecv(9), undefined)
  await udp.sendto('hey', stranger.getsockname())
  assert.deepEqual((await stranger.recvfrom(9)).address, udp.getsockname())
})

test('71. broadcast needs SO_BROADCAST', async () => {
  using udp = bound()
  using listener = bound()
  const everyone = { host: '127.255.255.255', port: portOf(listener) }
  assert.equal((await rejection(udp.sendto('all', everyone))).code, 'EACCES')
  udp.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
  assert.equal(await udp.sendto('all', everyone), 3)
})

test('getpeername of an unconnected socket is ENOTCONN', () => {
  using udp = bound()
  assert.equal(thrown(() => udp.getpeername()).code, 'ENOTCONN')
  assert.equal(inet(udp.getsockname()).host, '127.0.0.1')
})

test('74. one socket sends and receives at the same time, and no datagram is lost or changed', async () => {
  using one = bound()
  using other = bound()
  other.setsockopt(SOL_SOCKET, SO_RCVBUF, 1 << 21)
  const count = 500
  const sending = (async () => {
    for (let i = 0; i < count; i++) {
      await one.sendto(`m${i}`, other.getsockname())
      const back = await one.recvfrom(10)
      assert.equal(Buffer.from(back.data).toString(), `r${i}`)
    }
  })()
  for (let i = 0; i < count; i++) {
    const { data, address } = await other.recvfrom(10)
    assert.equal(Buffer.from(data).toString(), `m${i}`)
    assert.ok(address)
    await other.sendto(`r${i}`, address)
  }
  await sending
})
