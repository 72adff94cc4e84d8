/** IP_RECVERR and MSG_ERRQUEUE: which datagram failed, where, and who says so. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AF_INET, AF_INET6 } from '../../src/sys/constants.ts'
import { MSG_ERRQUEUE } from '../../src/sys/constants-messages.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import type { ExtendedError } from '../../src/socket/extended-error.ts'
import type { Message } from '../../src/socket/message.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection } from './rejection.ts'
import { closedPort, closedPorts, watched } from './watched-errors.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

const LONG = 10_000
const ERRORS = { flags: MSG_ERRQUEUE, timeout: LONG }

function errorOf(message: Message<Uint8Array | number> | null | undefined): ExtendedError {
  const error = message?.control.find((one) => one.kind === 'error')
  assert.ok(error)
  return error
}

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString()
}

for (const { name, family, host, expected } of [
  {
    name: 'IPv4',
    family: AF_INET,
    host: '127.0.0.1',
    // RFC 792: destination unreachable, port unreachable
    expected: { origin: 'icmp', type: 3, code: 3 },
  },
  {
    name: 'IPv6',
    family: AF_INET6,
    host: '::1',
    // RFC 4443 section 3.1
    expected: { origin: 'icmp6', type: 1, code: 4 },
  },
])
  test(`67. ${name}: an unconnected socket hears which datagram was refused, where, and by whom`, async () => {
    using udp = watched(family, host)
    const address = closedPort(family, host)
    await udp.sendto('is anyone there?', address)
    using message = await udp.recvmsg(100, ERRORS)
    assert.equal(text(message?.data), 'is anyone there?')
    assert.deepEqual(message?.address, address)
    assert.equal((message?.flags ?? 0) & MSG_ERRQUEUE, MSG_ERRQUEUE)
    assert.deepEqual(errorOf(message), {
      kind: 'error',
      ...expected,
      errno: ERRNO.ECONNREFUSED,
      name: 'ECONNREFUSED',
      info: 0,
      data: 0,
      offender: { host, port: 0 },
    })
    assert.equal(udp.tryRecvmsg(100, { flags: MSG_ERRQUEUE }), undefined)
  })

test("67. our error queue says what Python's says of the same thing", async () => {
  using udp = watched()
  const address = closedPort()
  await udp.sendto('x', address)
  using message = await udp.recvmsg(100, ERRORS)
  const error = errorOf(message)
  const theirs = await python.run(
    `u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0)); u.setsockopt(0, 11, 1)
u.sendto(b'x', (host, port))
import select; p = select.poll(); p.register(u, 0); p.poll(5000)
d, [(level, kind, data)], flags, where = u.recvmsg(100, 200, socket.MSG_ERRQUEUE)
out = [d.decode(), where, *struct.unpack('IBBBxII', data[:16]), socket.inet_ntoa(data[20:24])]
u.close()`,
    { ...address },
  )
  assert.ok('host' in address)
  assert.deepEqual(theirs, [
    text(message?.data),
    [address.host, address.port],
    error.errno,
    2,
    error.type,
    error.code,
    error.info,
    error.data,
    '127.0.0.1',
  ])
})

test('67. where nobody reads the queue the error ends the next call once, and stays in the queue to be read', async () => {
  using udp = watched()
  const address = closedPort()
  const receiving = rejection(udp.recvfrom(100, { timeout: LONG }))
  await udp.sendto('lost', address)
  assert.equal((await receiving).code, 'ECONNREFUSED')
  assert.equal(udp.tryRecvfrom(100), undefined)
  assert.equal(text(udp.tryRecvmsg(100, { flags: MSG_ERRQUEUE })?.data), 'lost')
})

test('many failures come one at a time and in order, each with its own address', async () => {
  using udp = watched()
  const addresses = closedPorts(10)
  for (const [index, address] of addresses.entries())
    for (let tries = 0; ; tries++)
      try {
        await udp.sendto(`m${index}`, address)
        break
      } catch (error) {
        // The one before, which every call may hear of once.
        assert.ok(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED' && tries < 10)
      }
  for (const [index, address] of addresses.entries()) {
    using message = await udp.recvmsg(100, ERRORS)
    assert.deepEqual([text(message?.data), message?.address], [`m${index}`, address])
  }
})

test('no room for the datagram or the control messages: both are told, and the next error is whole', async () => {
  using udp = watched()
  const address = closedPort()
  await udp.sendto('0123456789', address)
  const into = [new Uint8Array(2), new Uint8Array(2)]
  using cut = await udp.recvmsg(into, { ...ERRORS, control: 16 + 10 })
  assert.deepEqual([cut?.data, cut?.truncated, cut?.controlTruncated], [4, true, true])
  assert.deepEqual(into.map(text), ['01', '23'])
  assert.deepEqual(
    cut?.control.map(({ kind }) => kind),
    ['unknown'],
  )
  await udp.sendto('again', address)
  using nothing = await udp.recvmsg(0, ERRORS)
  assert.equal(errorOf(nothing).name, 'ECONNREFUSED')
})

test('the offender is left out where only half of its address fits', async () => {
  using udp = watched()
  await udp.sendto('x', closedPort())
  using message = await udp.recvmsg(10, { ...ERRORS, control: 16 + 16 + 7 })
  assert.deepEqual([errorOf(message).name, errorOf(message).offender], ['ECONNREFUSED', undefined])
})
