import assert from 'node:assert/strict'
import { test } from 'node:test'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { AF_INET, MSG_DONTWAIT, SOCK_DGRAM } from '../../src/sys/constants.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { checkLeaks } from './leak-check.ts'
import { rejection } from './rejection.ts'

checkLeaks()

const WAYS = ['send', 'sendto', 'sendmsg', 'sendmmsg'] as const

/** Sends one message by the call of that name. */
function sendBy(
  way: (typeof WAYS)[number],
  from: Socket,
  to: Socket,
  flags = 0,
  timeout = 5000,
): Promise<unknown> {
  const address = to.getsockname()
  if (way === 'send') return from.send('hello', { flags, timeout })
  if (way === 'sendto') return from.sendto('hello', address, { flags, timeout })
  if (way === 'sendmsg') return from.sendmsg('hello', { address, flags, timeout })
  return from.sendBatch([{ data: Buffer.from('hello'), address }], { flags, timeout })
}

/** The next `times` calls find the queue of the device full, as a real one would say it. */
function fill(way: (typeof WAYS)[number], times: number): { restore: () => void; calls: () => number } {
  const real = libc[way]
  let calls = 0
  Reflect.set(libc, way, (...words: unknown[]): unknown =>
    calls++ < times ? -ERRNO.ENOBUFS : Reflect.apply(real, libc, words),
  )
  return { restore: () => void Reflect.set(libc, way, real), calls: () => calls }
}

async function pair(): Promise<[Socket, Socket]> {
  const to = socket(AF_INET, SOCK_DGRAM)
  to.bind({ host: '127.0.0.1', port: 0 })
  const from = socket(AF_INET, SOCK_DGRAM)
  await from.connect(to.getsockname())
  return [from, to]
}

for (const way of WAYS) {
  test(`69. ${way} waits where the queue of the device is full, and sends once`, async () => {
    const [one, other] = await pair()
    using from = one
    using to = other
    const queue = fill(way, 3)
    try {
      await sendBy(way, from, to)
    } finally {
      queue.restore()
    }
    assert.equal(queue.calls(), 4)
    assert.equal(Buffer.from((await to.recv(100)) ?? []).toString(), 'hello')
    assert.equal(to.tryRecv(100), undefined)
  })

  test(`69. ${way} on a queue that stays full ends by its timeout, without spinning`, async () => {
    const [one, other] = await pair()
    using from = one
    using to = other
    const queue = fill(way, Infinity)
    try {
      assert.equal((await rejection(sendBy(way, from, to, 0, 100))).code, 'ERR_SOCKET_TIMEOUT')
    } finally {
      queue.restore()
    }
    // Pauses of 1, 2, 4 … 32 ms: some seven attempts in 100 ms.
    assert.ok(queue.calls() < 20, `${queue.calls()} calls`)
  })

  test(`69. ${way} with MSG_DONTWAIT tells at once`, async () => {
    const [one, other] = await pair()
    using from = one
    using to = other
    const queue = fill(way, Infinity)
    try {
      const { code } = await rejection(sendBy(way, from, to, MSG_DONTWAIT))
      assert.ok(code === 'ENOBUFS' || code === 'EAGAIN', code)
    } finally {
      queue.restore()
    }
    assert.equal(queue.calls(), 1)
  })
}
