/** System calls in bulk that fail or stop short: nothing hangs, is lost, comes twice or is counted wrongly. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BatchError } from '../../src/socket/batch-error.ts'
import { socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import {
  AF_UNIX,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  SOCK_DGRAM,
} from '../../src/sys/constants.ts'
import { EPOLL_DATA_OFFSET, EPOLL_EVENT_SIZE } from '../../src/sys/epoll-event.ts'
import { ERRNO, type ErrnoName } from '../../src/sys/errno.ts'
import { eventLoopDriver } from '../../src/sys/event-loop-driver.ts'
import { libc } from '../../src/sys/libc.ts'
import { inet } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { bound, collect, texts } from './udp-peer.ts'

checkLeaks()

const numbered = (count: number, to?: Socket) => {
  const address = to === undefined ? undefined : inet(to.getsockname())
  return Array.from({ length: count }, (_, index) => ({ data: `message ${index}`, address }))
}
const words = (count: number): string[] => numbered(count).map(({ data }) => data)

/** Not ready now, ready later: what EAGAIN means. The kernel tells the edge again when a registration is changed. */
function tellEdgeAgain(fd: number): void {
  const event = new Uint8Array(EPOLL_EVENT_SIZE)
  const view = new DataView(event.buffer)
  view.setUint32(0, (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) >>> 0, true)
  view.setInt32(EPOLL_DATA_OFFSET, fd, true)
  libc.epoll_ctl(eventLoopDriver().reactor.fd, EPOLL_CTL_MOD, fd, event)
}

/** Runs with calls of recvmmsg or sendmmsg changed. @param fault an error number, how many to take at most, or neither */
async function withFaults(
  member: 'recvmmsg' | 'sendmmsg',
  fault: (call: number, count: number) => { errno?: number; most?: number } | undefined,
  work: () => Promise<unknown>,
): Promise<number> {
  const real = libc[member]
  let calls = 0
  libc[member] = (fd, headers, count, flags) => {
    const { errno, most } = fault(++calls, count) ?? {}
    if (errno === ERRNO.EAGAIN) setImmediate(tellEdgeAgain, fd)
    if (errno !== undefined) return -errno
    return real(fd, headers, Math.min(count, most ?? count), flags)
  }
  try {
    await work()
  } finally {
    libc[member] = real
  }
  return calls
}

/** Three thousand messages there, in calls of at most 200, and 50 of them back. */
async function dialogue(): Promise<void> {
  using one = bound()
  using other = bound()
  const receiving = collect(other, 3000, 700)
  for (let at = 0; at < 3000; at += 1500) {
    const part = numbered(3000, other).slice(at, at + 1500)
    assert.equal(await one.sendBatch(part), part.length)
  }
  assert.deepEqual(await receiving, words(3000))
  await one.sendBatch(numbered(50, other))
  let echoed = 0
  while (echoed < 50) echoed += await other.sendBatch(await other.recvBatch())
  assert.deepEqual(await collect(one, 50), words(50))
}

// Receiving waits for nothing but data: its ENOBUFS is told, see below.
for (const [member, name] of [
  ['recvmmsg', 'EINTR'],
  ['recvmmsg', 'EAGAIN'],
  ['sendmmsg', 'EINTR'],
  ['sendmmsg', 'EAGAIN'],
  ['sendmmsg', 'ENOBUFS'],
] as const satisfies readonly (readonly [string, ErrnoName])[])
  test(`52, 69, 70. any one ${member} fails with ${name}`, { timeout: 60_000 }, async () => {
    const calls = await withFaults(member, () => undefined, dialogue)
    assert.ok(calls > 3, `${calls} calls`)
    for (let n = 1; n <= calls; n++)
      await withFaults(member, (call) => (call === n ? { errno: ERRNO[name] } : undefined), dialogue)
  })

for (const most of [1, 7, 64])
  test(`70. the kernel takes and gives ${most} messages a call at most`, async () => {
    await withFaults('sendmmsg', () => ({ most }), dialogue)
    // One alone says that the queue is empty: the kernel never stops there before.
    await withFaults('recvmmsg', () => ({ most: most + 1 }), dialogue)
  })

test('70. a receiving call that fails has taken nothing; the error is told and the next call has it all', async () => {
  using one = bound()
  using other = bound()
  await one.sendBatch(numbered(3, other))
  await withFaults(
    'recvmmsg',
    (call) => (call === 1 ? { errno: ERRNO.ENOBUFS } : undefined),
    async () => {
      await assert.rejects(other.recvBatch(), { code: 'ENOBUFS', syscall: 'recvmmsg' })
      assert.deepEqual(texts(await other.recvBatch()), words(3))
    },
  )
})

for (const name of ['EPERM', 'EHOSTUNREACH', 'ENETUNREACH', 'EACCES'] satisfies ErrnoName[])
  test(`70. ${name} after a partial call: the exact count, and the rest can be sent`, async () => {
    const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
    using one = left
    using other = right
    const receiving = collect(other, 99)
    await withFaults(
      'sendmmsg',
      (call) => (call === 1 ? { most: 30 } : call === 2 ? { errno: ERRNO[name] } : undefined),
      async () => {
        const list = numbered(100)
        const error = await one.sendBatch(list).catch((error: unknown) => error)
        assert.ok(error instanceof BatchError)
        assert.deepEqual([error.code, error.messagesSent], [name, 30])
        assert.equal(await one.sendBatch(list.slice(31)), 69)
      },
    )
    assert.deepEqual(
      await receiving,
      words(100).filter((_, index) => index !== 30),
    )
  })

test('69. ENOBUFS tells no edge: it is tried again by the clock, until the timeout or signal', async () => {
  using one = bound()
  using other = bound()
  let calls = await withFaults(
    'sendmmsg',
    (call) => (call <= 3 ? { errno: ERRNO.ENOBUFS } : undefined),
    async () => assert.equal(await one.sendBatch(numbered(5, other)), 5),
  )
  assert.equal(calls, 4)
  assert.deepEqual(await collect(other, 5), words(5))
  calls = await withFaults(
    'sendmmsg',
    () => ({ errno: ERRNO.ENOBUFS }),
    async () => {
      const error = await one.sendBatch(numbered(5, other), { timeout: 60 }).catch((error: unknown) => error)
      assert.ok(error instanceof BatchError)
      assert.deepEqual([error.code, error.messagesSent], ['ERR_SOCKET_TIMEOUT', 0])
    },
  )
  assert.ok(calls > 1 && calls < 60, `${calls} calls`)
})

test('42. timers get their turn while sendBatch and recvBatch never have to wait', async () => {
  using one = bound()
  using other = bound()
  // So many calls succeed at once; then the flood ends, so that a starved test fails instead of hanging.
  const flood = 100_000
  let over = false
  let calls = 0
  const real = { recvmmsg: libc.recvmmsg, sendmmsg: libc.sendmmsg }
  libc.recvmmsg = () => (calls++, 2)
  libc.sendmmsg = (_fd, _headers, count) => (calls++, count)
  try {
    const list = numbered(5000, other)
    const until = async (call: () => Promise<unknown>): Promise<void> => {
      for (let ended = false; !ended; ended = over || calls >= flood) await call()
    }
    const flooding = [until(() => one.sendBatch(list)), until(() => other.recvBatch())]
    for (let i = 0; i < 20; i++) await sleep(1)
    over = true
    await Promise.all(flooding)
    assert.ok(calls > 100 && calls < flood, `${calls} calls`)
  } finally {
    Object.assign(libc, real)
  }
})

test('70. one long list does not keep the event loop from turning', async () => {
  using one = bound()
  using other = bound()
  const real = libc.sendmmsg
  let turns = 0
  let calls = 0
  const count = (): void => {
    turns++
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  // As long as the kernel takes for so many that go to different places.
  libc.sendmmsg = (_fd, _headers, count) => {
    const end = performance.now() + 1
    while (performance.now() < end);
    calls++
    return count
  }
  try {
    const list = Array.from({ length: 50_000 }, (_, i) => ({
      data: `${i}`.padEnd(i % 9),
      address: { host: '127.0.0.1', port: 1 + (i % 2) },
    }))
    assert.equal(await one.sendBatch(list), 50_000)
  } finally {
    libc.sendmmsg = real
    clearImmediate(timer)
  }
  assert.ok(calls >= 49 && turns >= calls / 5, `${turns} turns, ${calls} calls`)
  assert.equal(other.tryRecvBatch(), undefined)
})
