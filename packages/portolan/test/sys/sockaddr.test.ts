import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AF_INET, AF_INET6, AF_UNIX } from '../../src/sys/constants.ts'
import { libc } from '../../src/sys/libc.ts'
import { decodeSockaddr, encodeSockaddr } from '../../src/sys/sockaddr.ts'
import { formatSocketAddress } from '../../src/sys/socket-address.ts'
import { PythonPeer } from '../socket/python-peer.ts'

const port = fc.integer({ min: 0, max: 0xffff })
const noIndex = (): number => 0

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

test('addresses are packed as Python packs them, and come back as they were', async () => {
  await using python = new PythonPeer()
  const fours = fc.sample(
    fc.tuple(fc.ipV4(), port).map(([host, port]) => ({ host, port })),
    500,
  )
  assert.deepEqual(
    fours.map((address) => hex(encodeSockaddr(AF_INET, address, noIndex))),
    await python.run(
      `out = [struct.pack('=H', socket.AF_INET) + struct.pack('!H', a['port']) + socket.inet_pton(socket.AF_INET, a['host']) + bytes(8) for a in addresses]`,
      { addresses: fours },
    ),
  )
  for (const address of fours) {
    const bytes = encodeSockaddr(AF_INET, address, noIndex)
    assert.deepEqual(decodeSockaddr(bytes, bytes.length), address)
  }
  const sixes = fc.sample(
    fc.record({
      host: fc.ipV6(),
      port,
      flow: fc.integer({ min: 0, max: 0x0fffffff }),
      scope: fc.integer({ min: 0, max: 0xffffffff }),
    }),
    500,
  )
  assert.deepEqual(
    sixes.map((address) => hex(encodeSockaddr(AF_INET6, address, noIndex))),
    await python.run(
      `out = [struct.pack('=H', socket.AF_INET6) + struct.pack('!HI', a['port'], a['flow']) + socket.inet_pton(socket.AF_INET6, a['host']) + struct.pack('=I', a['scope']) for a in addresses]`,
      { addresses: sixes },
    ),
  )
  for (const address of sixes) {
    const bytes = encodeSockaddr(AF_INET6, address, noIndex)
    const back = decodeSockaddr(bytes, bytes.length)
    assert.ok(back !== undefined && 'host' in back)
    assert.equal(hex(encodeSockaddr(AF_INET6, back, noIndex)), hex(bytes))
    assert.deepEqual(
      [back.port, back.flow ?? 0, back.scope ?? 0],
      [address.port, address.flow, address.scope],
    )
  }
})

test('76, 77. any UNIX name comes back byte for byte, as text where it is UTF-8', () => {
  const name = fc
    .uint8Array({ minLength: 1, maxLength: 107 })
    .map((bytes) => (bytes[0] === 0 ? bytes : bytes.map((b) => b || 1)))
  fc.assert(
    fc.property(name, (path) => {
      const bytes = encodeSockaddr(AF_UNIX, { path }, noIndex)
      const back = decodeSockaddr(bytes, bytes.length)
      assert.ok(back !== undefined && 'path' in back)
      assert.equal(hex(Buffer.from(back.path)), hex(path))
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (text) => {
      if (text.includes('\0') || Buffer.byteLength(text) > 107) return
      const bytes = encodeSockaddr(AF_UNIX, { path: text }, noIndex)
      assert.deepEqual(decodeSockaddr(bytes, bytes.length), { path: text })
    }),
  )
  const bom = encodeSockaddr(AF_UNIX, { path: '\uFEFFx' }, noIndex)
  assert.deepEqual(
    decodeSockaddr(bom, bom.length),
    { path: '\uFEFFx' },
    'a byte order mark is part of the name',
  )
})

test('83. a zone is an interface by name or number; the field scope does the same', () => {
  const lo = libc.ifNameToIndex('lo')
  assert.ok(lo > 0)
  const expected = hex(encodeSockaddr(AF_INET6, { host: 'fe80::1', port: 1, scope: lo }, noIndex))
  for (const host of ['fe80::1%lo', `fe80::1%${lo}`])
    assert.equal(hex(encodeSockaddr(AF_INET6, { host, port: 1 }, libc.ifNameToIndex)), expected)
  for (const zone of ['', 'no-such-if', 'lo\0', '4294967296', '-1'])
    assert.throws(
      () => encodeSockaddr(AF_INET6, { host: `fe80::1%${zone}`, port: 1 }, libc.ifNameToIndex),
      RangeError,
    )
})

test('what the kernel did not write is undefined, whatever the buffer held before', () => {
  const old = encodeSockaddr(AF_INET, { host: '1.2.3.4', port: 5 }, noIndex)
  assert.equal(decodeSockaddr(old, 0), undefined)
  assert.equal(decodeSockaddr(old, 1), undefined)
  assert.equal(decodeSockaddr(Uint8Array.of(17, 0, 1, 2), 4), undefined, 'AF_PACKET')
  assert.deepEqual(decodeSockaddr(Uint8Array.of(AF_UNIX, 0, 0x61), 2), { path: '' })
})

test('for people', () => {
  assert.equal(formatSocketAddress({ host: '127.0.0.1', port: 80 }), '127.0.0.1:80')
  assert.equal(formatSocketAddress({ host: '::1', port: 80 }), '[::1]:80')
  assert.equal(formatSocketAddress({ host: 'fe80::1', port: 80, scope: 2 }), '[fe80::1%2]:80')
  assert.equal(formatSocketAddress({ host: 'fe80::1%eth0', port: 80 }), '[fe80::1%eth0]:80')
  assert.equal(formatSocketAddress({ path: '/run/x' }), '/run/x')
  assert.equal(formatSocketAddress({ path: '\0name' }), '@name')
  assert.equal(formatSocketAddress({ path: '' }), 'unnamed')
  assert.equal(formatSocketAddress({ path: Buffer.from('/a\u001b[2J') }), '/a\\x1b[2J')
})
