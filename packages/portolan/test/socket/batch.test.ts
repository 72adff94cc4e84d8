/** recvBatch and sendBatch with Python at the other end. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { OutgoingMessage } from '../../src/socket/batch.ts'
import { BatchError } from '../../src/socket/batch-error.ts'
import { socket } from '../../src/socket/open.ts'
import { AF_INET, MSG_PEEK, SOCK_DGRAM } from '../../src/sys/constants.ts'
import { inet, portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection } from './rejection.ts'
import { bound, collect, pythonBound, texts } from './udp-peer.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

const numbered = (count: number, address?: { host: string; port: number }) =>
  Array.from({ length: count }, (_, index) => ({ data: `message ${index}`, address }))
const words = (count: number): string[] => numbered(count).map(({ data }) => data)

for (const host of ['127.0.0.1', '::1'])
  test(`70. ${host}: a batch comes in order with its senders, and more than 20 and 204 too`, async () => {
    using udp = bound(host)
    const port = await pythonBound(python, host)
    await python.run(`for i in range(300): u.sendto(b'message %d' % i, (host, port))`, {
      host,
      port: portOf(udp),
    })
    const batch = await udp.recvBatch({ max: 1024 })
    assert.deepEqual(texts(batch), words(300))
    for (const index of [0, 1, 299]) assert.deepEqual(batch.address(index), { host, port })
    assert.equal(batch.address(0), batch.address(299), 'decoded once')
    assert.ok(Object.isFrozen(batch.address(0)))
    await python.run('u.close()')
  })

for (const count of [1, 2, 21, 205, 1024, 1025, 5000])
  test(`70. ${count} messages are sent whole, in order, and exactly counted`, async () => {
    using udp = bound()
    const port = await pythonBound(python)
    assert.equal(await udp.sendBatch(numbered(count, { host: '127.0.0.1', port })), count)
    assert.deepEqual(
      await python.run('out = [u.recv(100).decode() for _ in range(count)]; u.close()', { count }),
      words(count),
    )
  })

test('70. a list of any sizes and destinations arrives as it was, whatever of it was joined', async () => {
  using one = bound()
  using other = bound('::1')
  using sender = bound()
  using sender6 = bound('::1')
  const message = fc.record({
    to: fc.nat(1),
    size: fc.oneof(fc.constant(64), fc.constant(1200), fc.nat(3000), fc.constant(0), fc.constant(65_507)),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 60 }), fc.nat(255), async (list, seed) => {
      const targets = [one, other]
      const lists = targets.map((target, which) =>
        list.flatMap(({ to, size }, index) =>
          to === which
            ? [{ data: new Uint8Array(size).fill(seed + index), address: inet(target.getsockname()) }]
            : [],
        ),
      )
      for (const [which, from] of [sender, sender6].entries()) {
        const sent = lists[which] ?? []
        const target = targets[which]
        assert.ok(target)
        // No more under way than the receiver has room for.
        for (let at = 0; at < sent.length; at += 8) {
          const part = sent.slice(at, at + 8)
          assert.equal(await from.sendBatch(part), part.length)
          const got: Uint8Array[] = []
          while (got.length < part.length) {
            const batch = await target.recvBatch({ timeout: 10_000 })
            for (let i = 0; i < batch.length; i++) got.push(batch.data(i).slice())
          }
          assert.deepEqual(
            got,
            part.map(({ data }) => data),
          )
        }
      }
    }),
    { numRuns: 40 },
  )
})

test('63, 70. empty messages among others are messages, received and sent', async () => {
  using udp = bound()
  const port = await pythonBound(python)
  const address = { host: '127.0.0.1', port }
  const list = ['', 'a', '', '', 'bb'].map((data) => ({ data, address }))
  assert.equal(await udp.sendBatch(list), 5)
  assert.deepEqual(await python.run('out = [u.recv(9).decode() for _ in range(5)]'), ['', 'a', '', '', 'bb'])
  await python.run(`for d in (b'', b'x', b''): u.sendto(d, ('127.0.0.1', port))`, { port: portOf(udp) })
  assert.deepEqual(texts(await udp.recvBatch()), ['', 'x', ''])
  await python.run('u.close()')
})

test('64, 65. messages longer than asked for are cut, told, and their true size with them; also to nothing', async () => {
  using udp = bound()
  const send = (): Promise<unknown> =>
    python.run(
      `u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in (3, 10, 4, 65507): u.sendto(b'x' * n, ('127.0.0.1', port))
u.close()`,
      { port: portOf(udp) },
    )
  await send()
  const cut = await udp.recvBatch({ size: 4 })
  const each = (f: (index: number) => unknown): unknown[] => [0, 1, 2, 3].map(f)
  assert.deepEqual(
    each((i) => [cut.data(i).length, cut.truncated(i), cut.size(i)]),
    [
      [3, false, 3],
      [4, true, 10],
      [4, false, 4],
      [4, true, 65_507],
    ],
  )
  await send()
  const nothing = await udp.recvBatch({ size: 0 })
  assert.deepEqual(
    each((i) => [nothing.data(i).length, nothing.truncated(i), nothing.size(i)]),
    [3, 10, 4, 65_507].map((size) => [0, true, size]),
  )
  await send()
  const whole = await udp.recvBatch()
  assert.deepEqual(
    each((i) => [whole.data(i).length, whole.truncated(i)]),
    [3, 10, 4, 65_507].map((size) => [size, false]),
  )
})

test('70. no more messages than asked for; the rest is there for the next call', async () => {
  using udp = bound()
  using sender = bound()
  await sender.sendBatch(numbered(10, inet(udp.getsockname())))
  assert.deepEqual(texts(await udp.recvBatch({ max: 3 })), words(3))
  assert.deepEqual(texts(await udp.recvBatch({ max: 1, ahead: 5 })), ['message 3'])
  assert.deepEqual(texts(await udp.recvBatch({ max: 2 })), ['message 4', 'message 5'])
  assert.deepEqual(
    texts(await udp.recvBatch()),
    ['message 6', 'message 7'],
    'what was taken ahead comes first',
  )
  assert.deepEqual(texts(await udp.recvBatch()), ['message 8', 'message 9'])
  assert.equal(udp.tryRecvBatch(), undefined)
})

test('43, 70. MSG_PEEK takes nothing, not out of what was taken ahead either', async () => {
  using udp = bound()
  using sender = bound()
  await sender.sendBatch(numbered(4, inet(udp.getsockname())))
  for (let i = 0; i < 2; i++) assert.deepEqual(texts(await udp.recvBatch({ flags: MSG_PEEK })), ['message 0'])
  assert.deepEqual(texts(await udp.recvBatch({ max: 1, ahead: 3 })), ['message 0'])
  assert.deepEqual(texts(await udp.recvBatch({ flags: MSG_PEEK })), ['message 1', 'message 2'])
  assert.deepEqual(texts(await udp.recvBatch()), ['message 1', 'message 2'])
  assert.deepEqual(texts(await udp.recvBatch()), ['message 3'])
})

test('70. what was received goes back to its senders from where it stands, changed in place where wanted', async () => {
  using udp = bound()
  await python.run(
    `us = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
for u in us: u.settimeout(10)
for i in range(30):
    for n, u in enumerate(us): u.sendto(b'%d: %d' % (n, i), ('127.0.0.1', port))`,
    { port: portOf(udp) },
  )
  for (let echoed = 0; echoed < 90;) {
    const batch = await udp.recvBatch()
    for (let i = 0; i < batch.length; i++) batch.data(i)[1] = 0x3d
    assert.equal(await udp.sendBatch(batch), batch.length)
    echoed += batch.length
  }
  assert.deepEqual(
    await python.run(
      `out = [[u.recv(100).decode() for _ in range(30)] for u in us]
for u in us: u.close()`,
    ),
    [0, 1, 2].map((n) => Array.from({ length: 30 }, (_, i) => `${n}= ${i}`)),
  )
})

test('70. a batch of one socket can be sent by another, and one that only looks like a batch too', async () => {
  using udp = bound()
  using relay = bound()
  const port = await pythonBound(python)
  await python.run(`for d in (b'one', b'two'): u.sendto(d, ('127.0.0.1', port))`, { port: portOf(udp) })
  const batch = await udp.recvBatch()
  assert.equal(await relay.sendBatch(batch), 2)
  const like = {
    length: 3,
    data: (index: number) => Uint8Array.of(0x61 + index),
    address: () => ({ host: '127.0.0.1', port }),
  }
  assert.equal(await relay.sendBatch(like), 3)
  assert.deepEqual(
    await python.run(`out = [[d.decode(), a[1]] for d, a in (u.recvfrom(9) for _ in range(5))]; u.close()`),
    ['one', 'two', 'a', 'b', 'c'].map((text) => [text, portOf(relay)]),
  )
})

test('70. more than a thousand messages in turn to three receivers: each has its own, in order', async () => {
  using sender = bound()
  const receivers = [bound(), bound(), bound()]
  try {
    const list = numbered(4000).map(({ data }, index) => {
      const receiver = receivers[index % 3]
      assert.ok(receiver)
      return { data, address: inet(receiver.getsockname()) }
    })
    assert.equal(await sender.sendBatch(list), 4000)
    for (const [which, receiver] of receivers.entries()) {
      const own = words(4000).filter((_, index) => index % 3 === which)
      assert.deepEqual(await collect(receiver, own.length), own)
    }
  } finally {
    for (const receiver of receivers) receiver.close()
  }
})

test('70. a batch that was copied stays as it was', async () => {
  using udp = bound()
  using sender = bound()
  const to = inet(udp.getsockname())
  await sender.sendBatch(numbered(3, to))
  const kept = await udp.recvBatch({ copy: true, size: 8 })
  await sender.sendBatch(['other', 'words', 'here'].map((data) => ({ data, address: to })))
  await udp.recvBatch()
  assert.deepEqual(texts(kept), ['message ', 'message ', 'message '])
  assert.deepEqual([kept.size(2), kept.truncated(2), kept.address(2)], [9, true, sender.getsockname()])
  for (const index of [-1, 3, 0.5])
    for (const call of ['data', 'address', 'truncated', 'size'] as const)
      assert.throws(() => kept[call](index), RangeError)
  assert.equal(await udp.sendBatch(kept), 3)
  assert.deepEqual(await collect(sender, 3), texts(kept))
})

test('39. two calls at a time have a batch each', async () => {
  using udp = bound()
  using sender = bound()
  const to = inet(udp.getsockname())
  await sender.sendBatch(numbered(4, to))
  const atOnce = await Promise.all([udp.recvBatch({ max: 2 }), udp.recvBatch({ max: 2 })])
  const halves = [
    ['message 0', 'message 1'],
    ['message 2', 'message 3'],
  ]
  assert.deepEqual(atOnce.map(texts), halves)
  const waiting = [udp.recvBatch({ max: 2 }), udp.recvBatch({ max: 2 })]
  await sender.sendBatch(numbered(4, to))
  assert.deepEqual((await Promise.all(waiting)).map(texts), halves)
})

test('74. sending and receiving in bulk at the same time on one socket', async () => {
  using udp = bound()
  await python.run(
    `import threading
e = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); e.bind(('127.0.0.1', 0)); e.settimeout(10)
e.setsockopt(socket.SOL_SOCKET, 33, 32 << 20)
def echo():
    for _ in range(2000):
        d, a = e.recvfrom(100); e.sendto(d, a)
thread = threading.Thread(target=echo); thread.start()`,
  )
  const port = await python.number('out = e.getsockname()[1]')
  const receiving = collect(udp, 2000)
  for (let at = 0; at < 2000; at += 20)
    await udp.sendBatch(numbered(at + 20, { host: '127.0.0.1', port }).slice(at))
  assert.deepEqual(await receiving, words(2000))
  await python.run('thread.join(); e.close()')
})

test('66, 70. a message too big in the middle is reported as itself; those before were sent, those behind can be', async () => {
  using udp = bound()
  const port = await pythonBound(python)
  const address = { host: '127.0.0.1', port }
  const far = { host: '127.0.0.2', port }
  const list: OutgoingMessage[] = numbered(50, address)
  list[30] = { data: new Uint8Array(65_508), address: far }
  const error = await rejection(udp.sendBatch(list))
  assert.ok(error instanceof BatchError)
  assert.deepEqual([error.code, error.messagesSent, error.syscall], ['EMSGSIZE', 30, 'sendmmsg'])
  assert.deepEqual([error.remote, error.local], [far, udp.getsockname()])
  assert.equal(await udp.sendBatch(list.slice(31)), 19)
  assert.deepEqual(await python.run('out = [u.recv(100).decode() for _ in range(49)]; u.close()'), [
    ...words(30),
    ...words(50).slice(31),
  ])
})

test('67. connected: ECONNREFUSED is told to the next call in bulk, sending or receiving, and the socket works on', async () => {
  const port = await pythonBound(python)
  await python.run('u.close()')
  using udp = bound()
  await udp.connect({ host: '127.0.0.1', port })
  const pending = rejection(udp.recvBatch())
  assert.equal(await udp.sendBatch([{ data: 'anyone?' }]), 1)
  assert.equal((await pending).code, 'ECONNREFUSED')
  assert.equal(await udp.sendBatch([{ data: 'anyone?' }]), 1)
  const error = await rejection(udp.sendBatch([{ data: 'a' }, { data: 'b' }]))
  assert.ok(error instanceof BatchError)
  assert.deepEqual([error.code, error.messagesSent], ['ECONNREFUSED', 0])
  assert.deepEqual(error.remote, { host: '127.0.0.1', port })
  await python.run(
    `u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', port)); u.settimeout(10)`,
    { port },
  )
  assert.equal(await udp.sendBatch([{ data: 'good' }]), 1)
  assert.equal(await python.run('out = u.recv(9).decode(); u.close()'), 'good')
})

test('an empty list sends nothing', async () => {
  using udp = socket(AF_INET, SOCK_DGRAM)
  assert.equal(await udp.sendBatch([]), 0)
  assert.equal(udp.trySendBatch([]), 0)
})
