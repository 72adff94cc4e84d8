import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from '../../src/sys/constants.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import { checkLeaks } from './leak-check.ts'
import { AddressError } from '../../src/sys/address-error.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { thrown } from './rejection.ts'

checkLeaks()

test('lengths that are no lengths are refused before the kernel: it would take -1 for 2^64-1 and overrun the buffer', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  await other.send('data')
  for (const length of [-1, Number.NaN, 1.5, Infinity, 2 ** 31, 2 ** 53]) {
    await assert.rejects(one.recv(length), RangeError)
    await assert.rejects(one.recv(length, { flags: 0x100 }), RangeError, 'MSG_WAITALL')
    await assert.rejects(one.recvfrom(length), RangeError)
    assert.throws(() => one.tryRecv(length), RangeError)
    assert.throws(() => one.tryRecvfrom(length), RangeError)
    assert.throws(() => one.getsockopt(1, 3, length), RangeError)
  }
  assert.equal((await one.recv(10))?.length, 4, 'nothing was taken')
})

test('each mistake in an address has a code of its own, and is a SocketError as much as a RangeError', () => {
  using four = socket(AF_INET, SOCK_STREAM)
  using unix = socket(AF_UNIX, SOCK_STREAM)
  const mistakes: [code: string, errno: number, call: () => void][] = [
    ['ERR_ADDRESS_PORT', 0, () => four.bind({ host: '127.0.0.1', port: 65_536 })],
    ['ERR_ADDRESS_HOST', 0, () => four.bind({ host: 'localhost', port: 0 })],
    ['EAFNOSUPPORT', ERRNO.EAFNOSUPPORT, () => four.bind({ path: '/tmp/x' })],
    ['EAFNOSUPPORT', ERRNO.EAFNOSUPPORT, () => unix.bind({ host: '127.0.0.1', port: 0 })],
    ['ENAMETOOLONG', ERRNO.ENAMETOOLONG, () => unix.bind({ path: 'x'.repeat(108) })],
    ['ERR_ADDRESS_PATH', 0, () => unix.bind({ path: 'a\0b' })],
  ]
  for (const [code, errno, call] of mistakes) {
    const error = thrown(call)
    assert.ok(error instanceof RangeError)
    assert.ok(error instanceof AddressError)
    assert.deepEqual([error.code, error.errno], [code, errno])
    assert.doesNotMatch(error.message, /\n/)
  }
  assert.equal(four.closed, false)
})

test('84. ports, scopes and flows out of range are refused, not cut', () => {
  using four = socket(AF_INET, SOCK_STREAM)
  using six = socket(AF_INET6, SOCK_STREAM)
  for (const port of [-1, 65_536, 1.5, Number.NaN]) {
    assert.throws(() => four.bind({ host: '127.0.0.1', port }), /RangeError.*0 to 65535/)
    assert.throws(() => six.bind({ host: '::1', port }), RangeError)
  }
  for (const scope of [-1, 2 ** 32, 0.5])
    assert.throws(() => six.bind({ host: '::1', port: 0, scope }), RangeError)
  for (const flow of [-1, 2 ** 28, 0.5])
    assert.throws(() => six.bind({ host: '::1', port: 0, flow }), RangeError)
})

test('hosts are numeric: names, legacy forms and addresses of the other family are refused', () => {
  using four = socket(AF_INET, SOCK_STREAM)
  for (const host of [
    'localhost',
    '127.1',
    '0x7f.0.0.1',
    '127.0.0.01',
    '::1',
    '',
    ' 127.0.0.1',
    '127.0.0.1\0',
  ])
    assert.throws(() => four.bind({ host, port: 0 }), RangeError, host)
  using six = socket(AF_INET6, SOCK_STREAM)
  for (const host of ['127.0.0.1', '::1%no-such-if', '::1%', '::1%lo\0x', ':::', '[::1]'])
    assert.throws(() => six.bind({ host, port: 0 }), RangeError, host)
})

test('83. a zone by name or number on a loopback address binds', () => {
  for (const host of ['::1%lo', '::1%1']) {
    using six = socket(AF_INET6, SOCK_DGRAM)
    six.bind({ host, port: 0 })
  }
})

test("59. backlogs: 0, negative and the largest integer are the kernel's business, more is refused", () => {
  for (const backlog of [0, -1, 2 ** 31 - 1]) {
    using server = socket(AF_INET, SOCK_STREAM)
    server.bind({ host: '127.0.0.1', port: 0 })
    server.listen(backlog)
  }
  using server = socket(AF_INET, SOCK_STREAM)
  for (const backlog of [2 ** 31, 1.5, Number.NaN]) assert.throws(() => server.listen(backlog), RangeError)
})

test('option values that do not fit an int are refused', () => {
  using server = socket(AF_INET, SOCK_STREAM)
  for (const value of [2 ** 32, -(2 ** 31) - 1, 0.5, Number.NaN])
    assert.throws(() => server.setsockopt(1, 2, value), RangeError)
})

test('what is neither bytes nor text is refused, from JavaScript too', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using _ = right
  for (const data of [null, undefined, 5, {}, [1, 2], new ArrayBuffer(4)])
    for (const call of ['send', 'sendAll', 'trySend']) {
      const outcome = (async () => Reflect.apply(Reflect.get(one, call), one, [data]))()
      await assert.rejects(outcome, TypeError, `${call} of ${typeof data}`)
    }
  assert.equal(right.tryRecv(1), undefined, 'nothing was sent')
})

test('a family, type or protocol that the kernel has not is its error', () => {
  assert.equal(thrown(() => socket(200, SOCK_STREAM)).code, 'EAFNOSUPPORT')
  assert.equal(thrown(() => socket(AF_INET, SOCK_STREAM, 17)).code, 'EPROTONOSUPPORT')
  assert.equal(thrown(() => socket(AF_INET, 7)).syscall, 'socket')
})
