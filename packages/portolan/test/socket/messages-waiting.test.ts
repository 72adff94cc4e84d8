/** recvmsg and sendmsg as calls that wait, end early, fail and are given the wrong thing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CMSG_SPACE } from '../../src/sys/cmsg.ts'
import {
  AF_INET,
  AF_UNIX,
  IPPROTO_TCP,
  MSG_DONTWAIT,
  SOCK_DGRAM,
  SOCK_STREAM,
  TCP_CM_INQ,
  TCP_INQ,
} from '../../src/sys/constants.ts'
import { libc } from '../../src/sys/libc.ts'
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

const LONG = 10_000

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString()
}

function bound(family = AF_INET, host = '127.0.0.1'): Socket {
  const udp = socket(family, SOCK_DGRAM)
  udp.bind({ host, port: 0 })
  return udp
}

test('51. a recvmsg ended by its signal or timeout has taken nothing', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  const into = new Uint8Array(4)
  const abort = new AbortController()
  const aborted = rejection(other.recvmsg([into], { signal: abort.signal, timeout: LONG }))
  const late = rejection(other.recvmsg(4, { timeout: 5 }))
  assert.equal((await late).code, 'ERR_SOCKET_TIMEOUT')
  abort.abort(new Error('enough'))
  const error = await aborted
  assert.deepEqual([error.code, error.syscall], ['ABORT_ERR', 'recvmsg'])
  assert.ok(error.cause instanceof Error && error.cause.message === 'enough')
  await one.sendmsg('kept')
  assert.equal((await rejection(other.recvmsg(4, { signal: abort.signal }))).code, 'ABORT_ERR')
  assert.equal((await rejection(other.recvmsg(4, { timeout: 0 }))).code, 'ERR_SOCKET_TIMEOUT')
  assert.equal(text(into), '\0\0\0\0')
  using message = await other.recvmsg(4)
  assert.equal(text(message?.data), 'kept')
})

test('51, 79. a sendmsg that waits for a full receiver can be ended, and goes on where it is not', async () => {
  using receiver = socket(AF_UNIX, SOCK_DGRAM)
  receiver.bind({ path: `\0portolan-messages-${process.pid}` })
  using sender = socket(AF_UNIX, SOCK_DGRAM)
  const address = receiver.getsockname()
  let sent = 0
  while (sender.trySendmsg(`m${sent}`, { address }) !== undefined) sent++
  assert.ok(sent > 1)
  const dontWait = rejection(sender.sendmsg('no', { address, flags: MSG_DONTWAIT }))
  assert.equal((await dontWait).code, 'EAGAIN')
  const abort = new AbortController()
  const aborted = rejection(sender.sendmsg('never', { address, signal: abort.signal }))
  const going = sender.sendmsg('last', { address, timeout: LONG })
  const real = libc.sendmsg
  let calls = 0
  libc.sendmsg = (...words) => {
    calls++
    return real(...words)
  }
  try {
    await sleep(50)
  } finally {
    libc.sendmsg = real
  }
  // After 1, 2, 4 … milliseconds. Every refused attempt tells an edge, and following those would spin.
  assert.ok(calls < 20, `${calls} calls`)
  abort.abort()
  assert.equal((await aborted).code, 'ABORT_ERR')
  const heard: string[] = []
  while (heard.length <= sent) heard.push(text((await receiver.recvmsg(10, { timeout: LONG }))?.data))
  assert.equal(await going, 4)
  assert.deepEqual(heard, [...Array.from({ length: sent }, (_, index) => `m${index}`), 'last'])
})

test('5, 6. close ends a waiting recvmsg and every later call', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  const waiting = rejection(right.recvmsg(1))
  right.close()
  assert.equal((await waiting).code, 'ERR_SOCKET_CLOSED')
  assert.equal((await rejection(right.recvmsg(1))).code, 'ERR_SOCKET_CLOSED')
  assert.equal((await rejection(right.sendmsg('x'))).code, 'ERR_SOCKET_CLOSED')
  assert.equal(thrown(() => right.tryRecvmsg(1)).code, 'ERR_SOCKET_CLOSED')
  assert.equal(thrown(() => right.trySendmsg('x')).code, 'ERR_SOCKET_CLOSED')
  assert.equal((await rejection(one.sendmsg('x'))).code, 'EPIPE')
})

test('58. recv, recvmsg and tryRecvmsg stand in one line', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  const first = other.recv(9)
  const second = other.recvmsg(9)
  for (const word of ['first', 'second', 'third']) await one.send(word)
  assert.equal(other.tryRecvmsg(9), undefined, 'two wait before it')
  assert.equal(text((await first) ?? undefined), 'first')
  assert.equal(text((await second)?.data), 'second')
  assert.equal(text(other.tryRecvmsg(9)?.data), 'third')
})

test('30. after a short recvmsg of TCP the end and the next bytes still come', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  await python.run(`c = socket.create_connection(('127.0.0.1', port))`, { port: portOf(server) })
  using client = (await server.accept()).client
  for (const word of ['one', 'two']) {
    const receiving = client.recvmsg(100, { timeout: LONG })
    await python.run(`c.sendmsg([word[:1].encode(), word[1:].encode()])`, { word })
    assert.equal(text((await receiving)?.data), word)
  }
  assert.equal(
    (await client.recvmsg(0, { timeout: LONG }))?.size,
    0,
    'there at once, with nothing to wait for',
  )
  // With every message, the end included, TCP then says how much is left.
  client.setsockopt(IPPROTO_TCP, TCP_INQ, 1)
  const last = client.recvmsg(100, { timeout: LONG })
  await python.run(`c.sendall(b'three')`)
  assert.deepEqual((await last)?.control, [
    { kind: 'unknown', level: IPPROTO_TCP, type: TCP_CM_INQ, data: new Uint8Array(4) },
  ])
  const ending = client.recvmsg(100, { timeout: LONG })
  await python.run('c.close()')
  assert.equal(await ending, null)
})

/** A call as JavaScript makes it, without types. */
async function invoke(on: Socket, method: 'recvmsg' | 'sendmsg', argument: unknown): Promise<unknown> {
  const call: unknown = Reflect.get(on, method)
  assert.ok(typeof call === 'function')
  return Reflect.apply(call, on, [argument])
}

test('bad input is refused where the caller stands, and the socket goes on', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  for (const length of [-1, 1.5, NaN, 2 ** 31])
    await assert.rejects(other.recvmsg(length), RangeError, String(length))
  for (const control of [-1, 0.5, 65_537, NaN])
    await assert.rejects(other.recvmsg(1, { control }), RangeError, String(control))
  const wrong: unknown[] = [1, null, undefined, {}, [1], ['x'], [null], new ArrayBuffer(4)]
  for (const data of wrong) {
    await assert.rejects(invoke(one, 'sendmsg', data), TypeError)
    if (typeof data !== 'number') await assert.rejects(invoke(other, 'recvmsg', data), TypeError)
  }
  await assert.rejects(one.sendmsg('x', { address: { host: '127.0.0.1', port: 1 } }), RangeError)
  await one.sendmsg('fine')
  assert.equal(text((await other.recvmsg(9, { control: CMSG_SPACE(0) }))?.data), 'fine')
})

test('a buffer that is transferred while the call waits ends that call only', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  const into = new Uint8Array(8)
  const first = other.recvmsg([into])
  const second = other.recvmsg(8)
  structuredClone(into, { transfer: [into.buffer] })
  await one.sendmsg('data')
  await assert.rejects(first, TypeError)
  assert.equal(text((await second)?.data), 'data')
})

test('67. connected UDP to a closed port: ECONNREFUSED once, from recvmsg as from sendmsg, then usable', async () => {
  using closed = bound()
  const address = closed.getsockname()
  closed.close()
  using udp = bound()
  await udp.connect(address)
  const pending = rejection(udp.recvmsg(10, { timeout: LONG }))
  await udp.sendmsg('anyone?')
  const error = await pending
  assert.deepEqual([error.code, error.syscall, error.remote], ['ECONNREFUSED', 'recvmsg', address])
  await udp.sendmsg('again?')
  const refused = await rejection(udp.sendmsg('and again?'))
  assert.deepEqual([refused.code, refused.syscall, refused.remote], ['ECONNREFUSED', 'sendmsg', address])
  using peer = socket(AF_INET, SOCK_DGRAM)
  peer.bind(address)
  await udp.sendmsg('you')
  assert.equal(text((await peer.recvmsg(9, { timeout: LONG }))?.data), 'you')
})
