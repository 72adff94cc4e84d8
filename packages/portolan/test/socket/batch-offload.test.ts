/** UDP_SEGMENT and UDP_GRO: what is joined in the kernel is apart again for programs, and what it refuses is sent singly. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BatchError } from '../../src/socket/batch-error.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { MSG_PEEK, SOL_UDP } from '../../src/sys/constants.ts'
import { UDP_GRO, UDP_SEGMENT } from '../../src/sys/constants-udp.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { HEADER_WORDS, CONTROL_LENGTH, LENGTH } from '../../src/sys/message-block.ts'
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

/** A call of sendmmsg(2): how many messages, and how many of them the kernel was to cut. */
interface Call {
  readonly headers: number
  readonly joined: number
  readonly outcome: number
}

/** Watches sendmmsg(2). @param refusal instead of the call, where it gives a number */
async function watched(
  work: () => Promise<unknown>,
  refusal: (call: Omit<Call, 'outcome'>, calls: number) => number | undefined = () => undefined,
): Promise<Call[]> {
  const real = libc.sendmmsg
  const calls: Call[] = []
  libc.sendmmsg = (fd, headers, count, flags) => {
    const words = new Uint32Array(headers.buffer)
    let joined = 0
    for (let i = 0; i < count; i++) if (words[i * HEADER_WORDS + CONTROL_LENGTH] !== 0) joined++
    const outcome = refusal({ headers: count, joined }, calls.length) ?? real(fd, headers, count, flags)
    calls.push({ headers: count, joined, outcome })
    return outcome
  }
  try {
    await work()
  } finally {
    libc.sendmmsg = real
  }
  return calls
}

const list = (sizes: readonly number[], udp: Socket, value = 0x61) =>
  sizes.map((size, index) => ({
    data: new Uint8Array(size).fill(value + (index % 26)),
    address: inet(udp.getsockname()),
  }))
const expected = (sizes: readonly number[]): string[] =>
  sizes.map((size, index) => Buffer.alloc(size, 0x61 + (index % 26)).toString())

// Sizes in a row, and how many messages the kernel is handed for them.
for (const [title, sizes, headers] of [
  ['equal ones', Array<number>(40).fill(100), 1],
  ['a shorter last one', [...Array<number>(40).fill(100), 7], 1],
  ['a shorter one in the middle', [100, 100, 7, 100, 100], 2],
  ['a longer one behind', [100, 100, 101, 101], 2],
  ['an empty one in the middle', [100, 0, 100], 3],
  ['more than 65507 bytes', Array<number>(100).fill(1400), 3],
  ['more than 128', Array<number>(300).fill(10), 3],
  ['two of 32753, and of 32754 bytes', [32_753, 32_753, 32_754, 32_754], 3],
] as const)
  for (const host of ['127.0.0.1', '::1'])
    test(`70. ${host}: ${title}: joined on the way, apart at a peer that knows nothing of it, also with UDP_GRO`, async () => {
      using plain = bound(host)
      using joining = bound(host)
      using sender = bound(host)
      joining.setsockopt(SOL_UDP, UDP_GRO, 1)
      for (const receiver of [plain, joining]) {
        const calls = await watched(async () =>
          assert.equal(await sender.sendBatch(list(sizes, receiver)), sizes.length),
        )
        assert.equal(calls[0]?.headers, headers)
        assert.deepEqual(await collect(receiver, sizes.length), expected(sizes))
      }
    })

test('70. joined messages from Python are apart in a batch, with one sender, and go back joined', async () => {
  using udp = bound()
  udp.setsockopt(SOL_UDP, UDP_GRO, 1)
  await pythonBound(python)
  await python.run(
    `u.setsockopt(17, 103, 100); u.sendto(b''.join(b'%100d' % i for i in range(50)) + b'rest', ('127.0.0.1', port))
u.setsockopt(17, 103, 0); u.sendto(b'single', ('127.0.0.1', port))`,
    { port: portOf(udp) },
  )
  const wanted = [...Array.from({ length: 50 }, (_, i) => String(i).padStart(100)), 'rest', 'single']
  const batch = await udp.recvBatch()
  assert.deepEqual(texts(batch), wanted)
  assert.deepEqual([batch.size(0), batch.size(50), batch.truncated(0)], [100, 4, false])
  const calls = await watched(() => udp.sendBatch(batch))
  assert.deepEqual(calls, [{ headers: 2, joined: 1, outcome: 2 }])
  assert.deepEqual(await python.run('out = [u.recv(200).decode() for _ in range(52)]; u.close()'), wanted)
})

test('65, 70. with UDP_GRO no more messages than asked for, and each is cut by itself', async () => {
  using udp = bound()
  using sender = bound()
  udp.setsockopt(SOL_UDP, UDP_GRO, 1)
  await sender.sendBatch(list(Array<number>(100).fill(1000), udp))
  assert.equal((await udp.recvBatch({ max: 3, flags: MSG_PEEK })).length, 3)
  for (const [max, count] of [
    [1, 1],
    [10, 10],
    [1024, 54],
  ] as const) {
    const batch = await udp.recvBatch({ max, size: 10 })
    assert.equal(batch.length, count)
    assert.deepEqual([batch.data(0).length, batch.size(0), batch.truncated(0)], [10, 1000, true])
  }
  assert.equal((await udp.recvBatch()).length, 35)
})

test('69, 70. EIO: the device cannot do it; the same messages go one by one, and none is joined again', async () => {
  using udp = bound()
  using sender = bound()
  const sizes = Array<number>(60).fill(50)
  const work = async (): Promise<void> => assert.equal(await sender.sendBatch(list(sizes, udp)), sizes.length)
  const calls = await watched(work, ({ joined }) => (joined > 0 ? -ERRNO.EIO : undefined))
  assert.deepEqual(
    calls.map(({ headers, joined }) => [headers, joined]),
    [
      [1, 1],
      [60, 0],
    ],
  )
  assert.deepEqual(await collect(udp, 60), expected(sizes))
  assert.deepEqual(await watched(work), [{ headers: 60, joined: 0, outcome: 60 }])
  assert.deepEqual(await collect(udp, 60), expected(sizes))
})

test('70. EINVAL for more than 64: then 64 at a time, as in kernels before 6.9', async () => {
  using udp = bound()
  using sender = bound()
  const sizes = Array<number>(100).fill(50)
  const work = async (): Promise<void> => assert.equal(await sender.sendBatch(list(sizes, udp)), sizes.length)
  await watched(work, ({ joined }, calls) => (calls === 0 && joined > 0 ? -ERRNO.EINVAL : undefined))
  const calls = await watched(work)
  assert.deepEqual(calls, [{ headers: 2, joined: 2, outcome: 2 }])
  assert.deepEqual(await collect(udp, 200), [...expected(sizes), ...expected(sizes)])
})

test('70. EMSGSIZE for what the path carries only in fragments: longer ones singly, shorter ones joined', async () => {
  using udp = bound()
  using sender = bound()
  const long = [2000, 2000, 2000]
  const short = [1000, 1000, 1000]
  const calls = await watched(
    async () => {
      for (const sizes of [long, long, short])
        assert.equal(await sender.sendBatch(list(sizes, udp)), sizes.length)
    },
    ({ joined }, calls) => (calls === 0 && joined > 0 ? -ERRNO.EMSGSIZE : undefined),
  )
  assert.deepEqual(
    calls.map(({ headers }) => headers),
    [1, 3, 3, 1],
  )
  assert.deepEqual(await collect(udp, 9), [...expected(long), ...expected(long), ...expected(short)])
})

test('70. an error of the messages themselves is not blamed on joining: it is told, and others are joined still', async () => {
  using udp = bound()
  using sender = bound()
  const nowhere = { host: '127.0.0.1', port: 0 }
  const error = await rejection(
    sender.sendBatch([
      ...list([9, 9], udp),
      { data: 'a', address: nowhere },
      { data: 'b', address: nowhere },
    ]),
  )
  assert.ok(error instanceof BatchError)
  assert.deepEqual([error.code, error.messagesSent, error.remote], ['EINVAL', 2, nowhere])
  const calls = await watched(() => sender.sendBatch(list([9, 9, 9], udp)))
  assert.deepEqual(calls, [{ headers: 1, joined: 1, outcome: 1 }])
  assert.equal((await collect(udp, 5)).length, 5)
})

test('70. a kernel without UDP_SEGMENT: every message is handed over by itself', async () => {
  using udp = bound()
  using sender = bound()
  const real = libc.getsockopt
  libc.getsockopt = (fd, level, name, value, length) =>
    level === SOL_UDP && name === UDP_SEGMENT ? -ERRNO.ENOPROTOOPT : real(fd, level, name, value, length)
  try {
    const calls = await watched(() => sender.sendBatch(list([9, 9, 9], udp)))
    assert.deepEqual(calls, [{ headers: 3, joined: 0, outcome: 3 }])
  } finally {
    libc.getsockopt = real
  }
  assert.deepEqual(await collect(udp, 3), expected([9, 9, 9]))
})

test('recvmsg control messages that a program switched on do not hide where joined messages end', async () => {
  using udp = bound()
  using sender = bound()
  udp.setsockopt(SOL_UDP, UDP_GRO, 1)
  // SO_TIMESTAMPNS, SO_RXQ_OVFL, IP_PKTINFO, IP_RECVTTL, IP_RECVTOS
  for (const [level, name] of [
    [1, 35],
    [1, 40],
    [0, 8],
    [0, 12],
    [0, 13],
  ] as const)
    udp.setsockopt(level, name, 1)
  const sizes = Array<number>(40).fill(100)
  await sender.sendBatch(list(sizes, udp))
  const real = libc.recvmmsg
  let bytes = 0
  libc.recvmmsg = (fd, headers, count, flags) => {
    const outcome = real(fd, headers, count, flags)
    bytes = new Uint32Array(headers.buffer)[LENGTH] ?? 0
    return outcome
  }
  try {
    assert.deepEqual(await collect(udp, 40), expected(sizes))
  } finally {
    libc.recvmmsg = real
  }
  assert.equal(bytes, 4000, 'they had been joined')
})
