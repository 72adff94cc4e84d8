import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { getnameinfo } from '../../src/socket/names.ts'
import { NI_DGRAM, NI_NAMEREQD, NI_NUMERICHOST, NI_NUMERICSERV } from '../../src/sys/constants.ts'
import type { InetSocketAddress } from '../../src/sys/socket-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection } from './rejection.ts'

const NUMERIC = NI_NUMERICHOST | NI_NUMERICSERV

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

// Where the name of a host is asked for, it is one that /etc/hosts answers: nothing goes to a name server.
const CASES: readonly (readonly [InetSocketAddress, number])[] = [
  [{ host: '127.0.0.1', port: 80 }, NUMERIC],
  [{ host: '127.0.0.1', port: 80 }, NI_NUMERICHOST],
  [{ host: '127.0.0.1', port: 80 }, NI_NUMERICSERV],
  [{ host: '127.0.0.1', port: 80 }, 0],
  [{ host: '127.0.0.1', port: 514 }, NI_NUMERICHOST | NI_DGRAM],
  [{ host: '127.0.0.1', port: 514 }, NI_NUMERICHOST],
  [{ host: '127.0.0.1', port: 0 }, NI_NUMERICHOST],
  [{ host: '127.0.0.1', port: 65_535 }, NI_NAMEREQD],
  [{ host: '::1', port: 443 }, NI_NUMERICHOST],
  [{ host: 'fe80::1', port: 22, scope: 1 }, NUMERIC],
  [{ host: 'fe80::1%lo', port: 22 }, NUMERIC],
  [{ host: '2001:2::1', port: 1, flow: 5 }, NUMERIC],
]

for (const [address, flags] of CASES)
  test(`86. getnameinfo(${JSON.stringify(address)}, ${flags}) is Python's`, async () => {
    const { host, service } = await getnameinfo(address, flags)
    const [plain = '', zone] = address.host.split('%')
    const tuple = plain.includes(':')
      ? [plain, address.port, address.flow ?? 0, zone === undefined ? (address.scope ?? 0) : 1]
      : [plain, address.port]
    assert.deepEqual(
      [host.raw, service],
      await python.run('out = list(socket.getnameinfo(tuple(at), flags))', { at: tuple, flags }),
    )
  })

test('86. a numeric answer comes at once, a name from another thread', async () => {
  const order: string[] = []
  const named = getnameinfo({ host: '127.0.0.1', port: 80 }, NI_NUMERICSERV).then(() => order.push('name'))
  const numeric = getnameinfo({ host: '127.0.0.1', port: 80 }, NUMERIC).then(() => order.push('number'))
  await Promise.resolve()
  await Promise.resolve()
  await Promise.resolve()
  assert.deepEqual(order, ['number'])
  await Promise.all([named, numeric])
})

test('86. flags that the C library does not know are EAI_BADFLAGS', async () => {
  const error = await rejection(getnameinfo({ host: '127.0.0.1', port: 80 }, NUMERIC | 0x40000000))
  assert.deepEqual([error.code, error.errno, error.syscall], ['EAI_BADFLAGS', 0, 'getnameinfo'])
  assert.equal(error.message, 'getnameinfo EAI_BADFLAGS 127.0.0.1:80')
})

test('an address or flags that are none are refused', async () => {
  for (const address of [
    { host: 'localhost', port: 80 },
    { host: '127.0.0.1', port: 65_536 },
    { host: '::1', port: 1, flow: 2 ** 28 },
    { host: 'fe80::1%no-such-if', port: 1 },
  ])
    await assert.rejects(getnameinfo(address), RangeError, JSON.stringify(address))
  for (const flags of [-1, 1.5, 2 ** 31])
    await assert.rejects(getnameinfo({ host: '127.0.0.1', port: 80 }, flags), RangeError, String(flags))
})

test('many at once do not disturb each other', async () => {
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, port) => getnameinfo({ host: '127.0.0.1', port }, NI_NUMERICSERV)),
  )
  for (const [port, { service }] of answers.entries()) assert.equal(service, String(port))
})
