/** SCM_RIGHTS where not everything arrives or goes out: no descriptor is left open, none is a wrong one. */
import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { CMSG_SPACE } from '../../src/sys/cmsg.ts'
import { AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from '../../src/sys/constants.ts'
import { libc } from '../../src/sys/libc.ts'
import { descriptorLimit } from '../../src/sys/limits.ts'
import type { Message } from '../../src/socket/message.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import { checkLeaks, openDescriptors } from './leak-check.ts'
import { rejection } from './rejection.ts'
import { descriptorsOf, rights } from './rights.ts'

checkLeaks()

test('81. 253 descriptors fit into the usual room; one more is EINVAL', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  const many = Array<number>(253).fill(0)
  await one.sendmsg('x', { control: rights(...many) })
  using message = await other.recvmsg(1)
  assert.deepEqual([descriptorsOf(message).length, message?.controlTruncated], [253, false])
  assert.equal((await rejection(one.sendmsg('x', { control: rights(...many, 0) }))).code, 'EINVAL')
  await one.sendmsg('none', { control: rights() })
  using none = await other.recvmsg(4)
  assert.deepEqual(none?.control, [])
})

test('81. with too little room what arrived is delivered and owned, the rest closed by the kernel', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  // cmsg(3): 16 bytes of header, 4 a descriptor. The kernel fills what there is, padding or not.
  for (const [control, expected] of [
    [0, 0],
    [8, 0],
    [16, 0],
    [19, 0],
    [20, 1],
    [23, 1],
    [24, 2],
    [27, 2],
    [28, 3],
    [CMSG_SPACE(12), 3],
    [2048, 3],
    [65_536, 3],
  ] as const) {
    const before = openDescriptors()
    await one.sendmsg('x', { control: rights(0, 0, 0) })
    {
      using message = await other.recvmsg(1, { control })
      assert.equal(descriptorsOf(message).length, expected, `${control} bytes`)
      assert.equal(message?.controlTruncated, expected < 3)
      assert.equal(openDescriptors().size, before.size + expected)
    }
    assert.deepEqual(openDescriptors(), before)
  }
})

test('81. out of descriptors: what fits arrives, the loss is told, and the socket goes on', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const open = [...openDescriptors().keys()].map(Number)
  const free = Array.from({ length: 100 }, (_, fd) => fd).filter((fd) => !open.includes(fd))
  const { soft, hard } = descriptorLimit()
  for (const room of [0, 2]) {
    await one.sendmsg('x', { control: rights(0, 0, 0, 0) })
    // The limit is the first number that is refused: `room` numbers below it are free.
    const limit = free[room] ?? 0
    assert.equal(libc.setrlimit(7, BigUint64Array.of(BigInt(limit), BigInt(hard))), 0)
    let message: Message | null | undefined
    try {
      message = other.tryRecvmsg(1)
    } finally {
      libc.setrlimit(7, BigUint64Array.of(BigInt(soft), BigInt(hard)))
    }
    using received = message ?? null
    assert.deepEqual([descriptorsOf(received).length, received?.controlTruncated], [room, true])
    assert.equal(received?.data.length, 1)
  }
  await one.sendmsg('y', { control: rights(0) })
  using message = await other.recvmsg(1)
  assert.deepEqual([descriptorsOf(message).length, message?.controlTruncated], [1, false])
})

test('81. a plain recv closes what comes along, and so does a socket that is closed with messages in it', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  const before = openDescriptors()
  await one.sendmsg('x', { control: rights(0, 1) })
  assert.equal((await right.recv(5))?.length, 1)
  assert.deepEqual(openDescriptors(), before)
  await one.sendmsg('x', { control: rights(0, 1) })
  right.close()
})

test('81. an aborted recvmsg has taken no descriptor: the next one gets them', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  for (let round = 0; round < 20; round++) {
    const abort = new AbortController()
    const receiving = other.recvmsg(1, { signal: abort.signal })
    await turn()
    if (round % 2 === 0) abort.abort()
    await one.sendmsg('x', { control: rights(0, 1, 2) })
    if (round % 4 === 1) await turn()
    abort.abort()
    const message = await receiving.catch(async (error: unknown) => {
      assert.ok(error instanceof Error && error.name === 'AbortError')
      return other.recvmsg(1)
    })
    using received = message
    assert.equal(descriptorsOf(received).length, 3)
  }
})

test('81. a stream carries descriptors with at least one byte: without one they would be dropped', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  for (const data of ['', [], [new Uint8Array(0)]]) {
    await assert.rejects(one.sendmsg(data, { control: rights(0) }), RangeError)
    assert.throws(() => one.trySendmsg(data, { control: rights(0) }), RangeError)
  }
  assert.equal(other.tryRecvmsg(1), undefined)
})

test('descriptors that are none are refused before anything is sent', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  using gone = socket(AF_UNIX, SOCK_STREAM)
  gone.close()
  const closed = await rejection(one.sendmsg('x', { control: rights(gone) }))
  assert.deepEqual([closed.code, closed.syscall], ['EBADF', 'sendmsg'])
  assert.equal((await rejection(one.sendmsg('x', { control: rights(1_000_000) }))).code, 'EBADF')
  for (const fd of [-2, 1.5, NaN, 2 ** 31])
    await assert.rejects(one.sendmsg('x', { control: rights(fd) }), RangeError, String(fd))
  assert.equal(other.tryRecvmsg(1), undefined)
})

test('a holder that is closed while sendmsg waits is not sent under the number of another file', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  while (one.trySend(new Uint8Array(100_000)) !== undefined);
  using passed = socket(AF_UNIX, SOCK_DGRAM)
  const number = passed.fd
  const sending = rejection(one.sendmsg('x', { control: rights(passed) }))
  await turn()
  passed.close()
  const reuser = openSync('/dev/null', 'r')
  try {
    assert.equal(reuser, number)
    while (other.tryRecv(1_000_000) !== undefined);
    assert.equal((await sending).code, 'EBADF')
  } finally {
    closeSync(reuser)
  }
})
