/** Waiting for the error queue: in a line of its own, ended like every call, and at no cost. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { AF_INET, AF_UNIX, IPPROTO_IP, SOCK_DGRAM, SOCK_STREAM } from '../../src/sys/constants.ts'
import { IP_RECVERR, MSG_ERRQUEUE } from '../../src/sys/constants-messages.ts'
import { libc } from '../../src/sys/libc.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import { portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { rejection } from './rejection.ts'
import { closedPort, watched } from './watched-errors.ts'

checkLeaks()

const LONG = 10_000
const ERRORS = { flags: MSG_ERRQUEUE, timeout: LONG }

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString()
}

test('a call that waits for an error is woken by it, and who waits for data is not disturbed', async () => {
  using udp = watched()
  const data = udp.recvmsg(100, { timeout: LONG })
  const failed = udp.recvmsg(100, ERRORS)
  await turn()
  const address = closedPort()
  await udp.sendto('lost', address)
  assert.equal(text((await failed)?.data), 'lost')
  using sender = watched()
  await sender.sendto('found', udp.getsockname())
  assert.equal(text((await data)?.data), 'found')
  await udp.sendto('sent well', sender.getsockname())
})

test('51. a wait for an error ended by signal, timeout or deadline has taken nothing', async () => {
  using udp = watched()
  const abort = new AbortController()
  const aborted = rejection(udp.recvmsg(100, { flags: MSG_ERRQUEUE, signal: abort.signal }))
  const late = rejection(udp.recvmsg(100, { flags: MSG_ERRQUEUE, timeout: 5 }))
  assert.equal((await late).code, 'ERR_SOCKET_TIMEOUT')
  abort.abort()
  assert.equal((await aborted).code, 'ABORT_ERR')
  const waiting = rejection(udp.recvmsg(100, { flags: MSG_ERRQUEUE }))
  udp.setDeadline(5, 'read')
  assert.equal((await waiting).code, 'ERR_SOCKET_TIMEOUT')
  udp.setDeadline(null)
  await udp.sendto('still here', closedPort())
  using message = await udp.recvmsg(100, ERRORS)
  assert.equal(text(message?.data), 'still here')
})

test('50. a deadline that was set before the first wait for an error holds for it too', async () => {
  using udp = watched()
  udp.setDeadline(5)
  assert.equal((await rejection(udp.recvmsg(1, { flags: MSG_ERRQUEUE }))).code, 'ERR_SOCKET_TIMEOUT')
})

test('6. close ends a wait for an error, and a closed socket has none', async () => {
  using udp = watched()
  const waiting = rejection(udp.recvmsg(1, ERRORS))
  udp.close()
  assert.equal((await waiting).code, 'ERR_SOCKET_CLOSED')
  using never = watched()
  never.close()
  assert.equal((await rejection(never.recvmsg(1, ERRORS))).code, 'ERR_SOCKET_CLOSED')
})

test('waiting for an error costs no system calls: neither while data come nor while errors lie unread', async () => {
  using udp = watched()
  using sender = watched()
  const failed = udp.recvmsg(100, ERRORS)
  await turn()
  const real = libc.recvmsg
  let calls = 0
  libc.recvmsg = (...words) => {
    calls++
    return real(...words)
  }
  try {
    for (let i = 0; i < 50; i++) {
      const receiving = udp.recv(10, { timeout: LONG })
      await sender.sendto(`m${i}`, udp.getsockname())
      assert.equal(text(await receiving), `m${i}`)
    }
    assert.equal(calls, 0)
    await udp.sendto('x', closedPort())
    await failed
    assert.ok(calls <= 2, `${calls} calls`)
    // Now one that nobody reads: EPOLLERR stays up, and a wait for data must not turn in circles over it.
    await udp.sendto('unread', closedPort())
    calls = 0
    const data = udp.recvmsg(10, { timeout: LONG }).catch(() => udp.recvmsg(10, { timeout: LONG }))
    await sleep(50)
    assert.ok(calls <= 4, `${calls} calls`)
    await sender.sendto('data', udp.getsockname())
    assert.equal(text((await data)?.data), 'data')
  } finally {
    libc.recvmsg = real
  }
})

test('TCP has an error queue: a refused connection is told by connect, and the queue stays silent', async () => {
  using client = socket(AF_INET, SOCK_STREAM)
  client.setsockopt(IPPROTO_IP, IP_RECVERR, 1)
  using holder = socket(AF_INET, SOCK_STREAM)
  holder.bind({ host: '127.0.0.1', port: 0 })
  const address = { host: '127.0.0.1', port: portOf(holder) }
  const waiting = rejection(client.recvmsg(1, { flags: MSG_ERRQUEUE, timeout: 200 }))
  assert.equal((await rejection(client.connect(address))).code, 'ECONNREFUSED')
  assert.equal((await waiting).code, 'ERR_SOCKET_TIMEOUT')
})

test('a UNIX socket has no error queue: the flag does nothing, and the order of the calls holds', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  const first = other.recv(9)
  const second = other.recvmsg(9, ERRORS)
  await one.send('first')
  await one.send('second')
  assert.equal(text(await first), 'first')
  assert.equal(text((await second)?.data), 'second')
})
