/** `datagram()` over UDP, with Python at the other end. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { datagram } from '../../src/net/datagram.ts'
import type { DatagramSocket } from '../../src/net/datagram-socket.ts'
import { BatchError } from '../../src/socket/batch-error.ts'
import { SO_RCVBUF, SO_REUSEPORT, SO_SNDBUF, SOL_SOCKET, SOL_UDP } from '../../src/sys/constants.ts'
import { UDP_GRO } from '../../src/sys/constants-udp.ts'
import { inet } from '../socket/inet-address.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection } from '../socket/rejection.ts'
import { pythonBound, texts } from '../socket/udp-peer.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

const words = (count: number): string[] => Array.from({ length: count }, (_, index) => `message ${index}`)
const numbered = (count: number, to?: DatagramSocket) =>
  words(count).map((data) => ({ data, address: to?.localAddress }))
const portOf = (sock: DatagramSocket): number => inet(sock.localAddress).port

async function all<T>(from: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of from) items.push(item)
  return items
}

function pythonSends(sock: DatagramSocket, count: number, host = '127.0.0.1'): Promise<unknown> {
  return python.run(`for i in range(count): u.sendto(b'message %d' % i, (host, port))`, {
    count,
    host,
    port: portOf(sock),
  })
}

for (const host of ['127.0.0.1', '::1'])
  test(`${host}: an echo server of one line, message by message`, async () => {
    await using sock = await datagram({ host })
    const echoing = (async () => {
      for await (const { data, address } of sock) await sock.send(data, address)
    })()
    const port = await pythonBound(python, host)
    await pythonSends(sock, 100, host)
    assert.deepEqual(
      await python.run(
        'out = [[d.decode(), a[1]] for d, a in (u.recvfrom(99) for _ in range(100))]; u.close()',
      ),
      words(100).map((word) => [word, portOf(sock)]),
    )
    assert.notEqual(port, portOf(sock))
    await sock.close()
    await echoing
  })

test('70. an echo server of one line in bulk', async () => {
  await using sock = await datagram({ host: '127.0.0.1' }, { receiveBuffer: 4 << 20 })
  assert.equal(sock.socket.getsockopt(SOL_UDP, UDP_GRO), 1)
  const echoing = (async () => {
    for await (const batch of sock.batches()) await sock.sendBatch(batch)
  })()
  await pythonBound(python)
  await pythonSends(sock, 1500)
  assert.deepEqual(
    await python.run('out = [u.recv(99).decode() for _ in range(1500)]; u.close()'),
    words(1500),
  )
  await sock.close()
  await echoing
})

test('63, 65. messages have their data to keep, sender, true size; empty ones do not end the loop', async () => {
  await using sock = await datagram({ host: '127.0.0.1' })
  const port = await pythonBound(python)
  await python.run(`for d in (b'', b'a', b'x' * 65507, b''): u.sendto(d, ('127.0.0.1', port))`, {
    port: portOf(sock),
  })
  const got = [await sock.receive(), await sock.receive(), await sock.receive(), await sock.receive()]
  assert.deepEqual(
    got.map(({ data, size, truncated, address }) => [data.length, size, truncated, address]),
    [0, 1, 65_507, 0].map((size) => [size, size, false, { host: '127.0.0.1', port }]),
  )
  assert.equal(Buffer.from(got[1]?.data ?? []).toString(), 'a')
  await python.run('u.close()')
})

test('3, 6. closing ends loops that wait, quietly; a waiting receive says so', async () => {
  const sock = await datagram({ host: '127.0.0.1' })
  const loops = [all(sock), all(sock.batches()), rejection(sock.receive()).then((error) => [error.code])]
  await sleep(1)
  await sock.close()
  assert.deepEqual(await Promise.all(loops), [[], [], ['ERR_SOCKET_CLOSED']])
  assert.deepEqual(await all(sock), [])
  assert.equal((await rejection(sock.send('x', { host: '127.0.0.1', port: 9 }))).code, 'ERR_SOCKET_CLOSED')
  await sock.close()
  await sock[Symbol.asyncDispose]()
  assert.ok(sock.closed)
  assert.ok(portOf(sock) > 0, 'where it was')
})

test('4. leaving a loop early leaves the socket open and loses nothing', async () => {
  await using sock = await datagram({ host: '127.0.0.1' })
  await using sender = await datagram({ host: '127.0.0.1' })
  await sender.sendBatch(numbered(50, sock))
  const got: string[] = []
  while (got.length < 40)
    for await (const { data } of sock) {
      got.push(Buffer.from(data).toString())
      if (got.length % 7 === 0) break
    }
  for await (const batch of sock.batches()) {
    got.push(...texts(batch))
    if (got.length === 50) break
  }
  assert.deepEqual(got, words(50))
})

test('several loops share the messages between them', async () => {
  await using sock = await datagram({ host: '127.0.0.1' })
  await using sender = await datagram({ host: '127.0.0.1' })
  const got: string[] = []
  const loop = async (): Promise<void> => {
    for await (const { data } of sock) {
      got.push(Buffer.from(data).toString())
      await sleep(0)
      if (got.length >= 100) await sock.close()
    }
  }
  const loops = [loop(), loop(), loop()]
  await sender.sendBatch(numbered(100, sock))
  await Promise.all(loops)
  assert.deepEqual(got.sort(), words(100).sort())
})

test('two sockets share nothing', async () => {
  await using one = await datagram({ host: '127.0.0.1' })
  await using other = await datagram({ host: '127.0.0.1' })
  await using sender = await datagram({ host: '127.0.0.1' })
  await sender.send('for one', one.localAddress)
  await sender.send('for other', other.localAddress)
  const [a, b] = [await one.socket.recvBatch(), await other.socket.recvBatch()]
  assert.deepEqual([texts(a), texts(b)], [['for one'], ['for other']])
  await one.close()
  await sender.send('still', other.localAddress)
  assert.equal((await other.receive()).size, 5)
})

test('67, 68. connected: hears its peer only, and a refusal is thrown into the loop, which can begin again', async () => {
  const port = await pythonBound(python)
  await using stranger = await datagram({ host: '127.0.0.1' })
  await using sock = await datagram({}, { connect: { host: '127.0.0.1', port } })
  assert.deepEqual(sock.remoteAddress, { host: '127.0.0.1', port })
  assert.equal(inet(sock.localAddress).host, '127.0.0.1', 'the address that leads there')
  await stranger.send('psst', sock.localAddress)
  await sock.send('hello')
  await python.run(`d, a = u.recvfrom(9); u.sendto(d + b'!', a); u.close()`)
  assert.equal(Buffer.from((await sock.receive()).data).toString(), 'hello!')
  const looping = all(sock)
  await sock.send('anyone?')
  await assert.rejects(looping, { code: 'ECONNREFUSED' })
  await python.run(
    `u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', port)); u.sendto(b'back', ('127.0.0.1', own)); u.close()`,
    { port, own: portOf(sock) },
  )
  for await (const { data } of sock) {
    assert.equal(Buffer.from(data).toString(), 'back')
    break
  }
})

test('66. too big: EMSGSIZE with the address; in a batch its own number', async () => {
  await using sock = await datagram({ host: '127.0.0.1' })
  const address = { host: '127.0.0.1', port: 9 }
  const data = new Uint8Array(65_508)
  const error = await rejection(sock.send(data, address))
  assert.deepEqual([error.code, error.remote, error.local], ['EMSGSIZE', address, sock.localAddress])
  const batch = await rejection(sock.sendBatch([...numbered(3, sock), { data, address }]))
  assert.ok(batch instanceof BatchError)
  assert.deepEqual([batch.code, batch.messagesSent], ['EMSGSIZE', 3])
})

test('without a host: every address, IPv4 peers as mapped, and IPv4 destinations are taken as they are', async () => {
  await using sock = await datagram({})
  assert.equal(inet(sock.localAddress).host, '::')
  const port4 = await pythonBound(python)
  await pythonSends(sock, 1)
  assert.deepEqual((await sock.receive()).address, { host: '::ffff:127.0.0.1', port: port4 })
  await sock.send('four', { host: '127.0.0.1', port: port4 })
  assert.equal(await sock.sendBatch([{ data: 'more', address: { host: '127.0.0.1', port: port4 } }]), 1)
  assert.deepEqual(await python.run('out = [u.recv(9).decode() for _ in range(2)]; u.close()'), [
    'four',
    'more',
  ])
  const port6 = await pythonBound(python, '::1')
  await pythonSends(sock, 1, '::1')
  assert.deepEqual((await sock.receive()).address, { host: '::1', port: port6 })
  await python.run('u.close()')
})

test('v6Only leaves IPv4 alone: the same port can be another socket there', async () => {
  await using six = await datagram({ host: '::' }, { v6Only: true })
  await using four = await datagram({ host: '0.0.0.0', port: portOf(six) })
  assert.equal(portOf(four), portOf(six))
  await assert.rejects(datagram({ host: '::', port: portOf(six) }), { code: 'EADDRINUSE' })
})

test('86. names as hosts: to bind, to connect, to send to', async () => {
  await using sock = await datagram({ host: 'localhost' })
  const { host } = inet(sock.localAddress)
  assert.ok(['127.0.0.1', '::1'].includes(host), host)
  await using sender = await datagram({ host })
  await sender.send('by name', { host: 'localhost', port: portOf(sock) })
  assert.deepEqual((await sock.receive()).address, sender.localAddress)
  await using connected = await datagram({}, { connect: { host: 'localhost', port: portOf(sock) } })
  assert.ok(connected.remoteAddress !== undefined && 'host' in connected.remoteAddress)
  assert.ok(['127.0.0.1', '::1'].includes(connected.remoteAddress.host))
  const wrong = { host: 'localhost', port: 1 }
  await assert.rejects(sender.sendBatch([{ data: 'x', address: wrong }]), { name: 'RangeError' })
})

test('21, 27. signal and timeout end the look-up of a name, and calls', async () => {
  await using sock = await datagram({ host: '127.0.0.1' })
  const named = { host: 'localhost', port: portOf(sock) }
  const { signal } = new AbortController()
  assert.equal((await rejection(sock.send('x', named, { timeout: 0 }))).code, 'ERR_SOCKET_TIMEOUT')
  assert.equal((await rejection(sock.send('x', named, { signal: AbortSignal.abort() }))).code, 'ABORT_ERR')
  assert.equal((await rejection(sock.receive({ timeout: 5, signal }))).code, 'ERR_SOCKET_TIMEOUT')
  assert.equal((await rejection(datagram(named, { signal: AbortSignal.abort('why') }))).cause, 'why')
  const controller = new AbortController()
  const opening = rejection(datagram({ host: 'localhost' }, { signal: controller.signal }))
  controller.abort('late')
  const error = await opening
  assert.deepEqual([error.code, error.cause], ['ABORT_ERR', 'late'])
})

test('the signal it was opened with closes it', async () => {
  const controller = new AbortController()
  const sock = await datagram({ host: '127.0.0.1' }, { signal: controller.signal })
  const looping = all(sock)
  controller.abort()
  assert.deepEqual(await looping, [])
  assert.ok(sock.closed)
})

test('15. what fails leaves nothing open: a port that is taken, a wrong one, an option out of range', async () => {
  await using sock = await datagram({ host: '127.0.0.1' })
  const taken = { host: '127.0.0.1', port: portOf(sock) }
  const error = await rejection(datagram(taken))
  assert.deepEqual([error.code, error.local], ['EADDRINUSE', taken])
  await assert.rejects(datagram({ port: 65_536 }), RangeError)
  await assert.rejects(datagram({}, { receiveBuffer: 1e12 }), RangeError)
  await assert.rejects(datagram({ host: 'localhost' }, { connect: { path: '/x' } }), RangeError)
  await assert.rejects(Reflect.apply(datagram, undefined, [{ path: '', port: 1 }]), TypeError)
})

test('55. reusePort: two sockets at one port, off by default', async () => {
  await using one = await datagram({ host: '127.0.0.1' }, { reusePort: true })
  const address = { host: '127.0.0.1', port: portOf(one) }
  await using other = await datagram(address, { reusePort: true })
  assert.equal(portOf(other), portOf(one))
  assert.equal(other.socket.getsockopt(SOL_SOCKET, SO_REUSEPORT), 1)
  await assert.rejects(datagram(address), { code: 'EADDRINUSE' })
})

test('buffers are as asked for; the kernel doubles them (socket(7))', async () => {
  await using sock = await datagram({ host: '127.0.0.1' }, { receiveBuffer: 100_000, sendBuffer: 50_000 })
  assert.equal(sock.socket.getsockopt(SOL_SOCKET, SO_RCVBUF), 200_000)
  assert.equal(sock.socket.getsockopt(SOL_SOCKET, SO_SNDBUF), 100_000)
})

test('74. sending and receiving at the same time, both ways, by the message', async () => {
  await using one = await datagram({ host: '127.0.0.1' })
  await using other = await datagram({ host: '127.0.0.1' }, { connect: one.localAddress })
  const take = async (from: DatagramSocket): Promise<string[]> => {
    const got: string[] = []
    for await (const { data } of from) if (got.push(Buffer.from(data).toString()) === 200) break
    return got
  }
  const taking = Promise.all([take(one), take(other)])
  for (const word of words(200)) await Promise.all([one.send(word, other.localAddress), other.send(word)])
  assert.deepEqual(await taking, [words(200), words(200)])
})

test('42. a flood that never ends keeps neither timers nor another socket from their turn', async () => {
  await using flooded = await datagram({ host: '127.0.0.1' })
  await using quiet = await datagram({ host: '127.0.0.1' })
  await using friend = await datagram({ host: '127.0.0.1' }, { connect: quiet.localAddress })
  await python.run(
    `import threading
stop = threading.Event(); f = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def flood():
    while not stop.is_set(): f.sendto(b'x' * 1000, ('127.0.0.1', port))
threads = [threading.Thread(target=flood) for _ in range(2)]
for t in threads: t.start()`,
    { port: portOf(flooded) },
  )
  let messages = 0
  const loops = [
    (async () => {
      for await (const _ of flooded) messages++
    })(),
    (async () => {
      for await (const batch of flooded.batches({ max: 16 })) messages += batch.length
    })(),
  ]
  for (let i = 0; i < 30; i++) {
    await friend.send(`turn ${i}`)
    assert.equal(Buffer.from((await quiet.receive()).data).toString(), `turn ${i}`)
    await sleep(1)
  }
  await python.run('stop.set(); [t.join() for t in threads]; f.close()')
  await flooded.close()
  await Promise.all(loops)
  assert.ok(messages > 0)
})
