import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { htonl, htons, ntohl, ntohs } from '../../src/socket/byte-order.ts'
import { inet_ntop, inet_pton } from '../../src/socket/presentation.ts'
import { AF_INET, AF_INET6, AF_UNIX } from '../../src/sys/constants.ts'
import { PythonPeer } from './python-peer.ts'

const uint16 = fc.integer({ min: 0, max: 0xffff })
const uint32 = fc.integer({ min: 0, max: 0xffffffff })

test("85. inet_pton and inet_ntop are Python's, for every address that has a text", async () => {
  await using python = new PythonPeer()
  const addresses = [
    ...fc.sample(fc.ipV4(), 300).map((text) => [AF_INET, text] as const),
    ...fc.sample(fc.ipV6(), 300).map((text) => [AF_INET6, text] as const),
    ...['::', '::1', '::ffff:1.2.3.4', 'fe80::', '1:0:0:2::', '0:0:1::'].map(
      (text) => [AF_INET6, text] as const,
    ),
  ]
  const bytes = addresses.map(([family, text]) => inet_pton(family, text))
  assert.deepEqual(
    bytes.map((each) => Buffer.from(each).toString('hex')),
    await python.run('out = [socket.inet_pton(f, t) for f, t in addresses]', { addresses }),
  )
  for (const [index, [family]] of addresses.entries()) {
    const text = inet_ntop(family, bytes[index] ?? new Uint8Array())
    assert.deepEqual(inet_pton(family, text), bytes[index], text)
  }
  // Python asks the C library, which writes ::1.2.3.4 where RFC 5952 leaves the choice; the rest is the same.
  const texts = bytes.map((each, index) => inet_ntop(addresses[index]?.[0] ?? 0, each))
  const theirs = await python.run('out = [socket.inet_ntop(f, bytes.fromhex(b)) for f, b in packed]', {
    packed: addresses.map(([family], index) => [family, Buffer.from(bytes[index] ?? []).toString('hex')]),
  })
  assert.ok(Array.isArray(theirs))
  for (const [index, text] of texts.entries())
    if (!/^::\d+\.\d+\.\d+\.\d+$/.test(String(theirs[index]))) assert.equal(text, theirs[index])
})

test('85. what is no address of the family is refused', () => {
  for (const text of ['127.1', '0x7f.0.0.1', '01.2.3.4', '1.2.3.4 ', '1.2.3.256', '', '::1', '2130706433'])
    assert.throws(() => inet_pton(AF_INET, text), RangeError, text)
  for (const text of ['1.2.3.4', '::1%lo', ':::', '1::2::3', '::01.2.3.4', '12345::', ''])
    assert.throws(() => inet_pton(AF_INET6, text), RangeError, text)
  assert.throws(() => inet_pton(AF_UNIX, '1.2.3.4'), RangeError)
  assert.throws(() => inet_ntop(AF_INET, new Uint8Array(16)), RangeError)
  assert.throws(() => inet_ntop(AF_INET6, new Uint8Array(4)), RangeError)
  assert.throws(() => inet_ntop(AF_UNIX, new Uint8Array(4)), RangeError)
})

test('inet_ntop reads a view where it stands in its buffer', () => {
  assert.equal(inet_ntop(AF_INET, Uint8Array.of(9, 9, 1, 2, 3, 4, 9).subarray(2, 6)), '1.2.3.4')
})

test('the bytes of the network order are those of the other order', () => {
  fc.assert(
    fc.property(uint16, uint32, (short, long) => {
      const view = new DataView(new ArrayBuffer(4))
      view.setUint16(0, short)
      assert.equal(htons(short), view.getUint16(0, true))
      assert.equal(ntohs(htons(short)), short)
      view.setUint32(0, long)
      assert.equal(htonl(long), view.getUint32(0, true))
      assert.equal(ntohl(htonl(long)), long)
    }),
  )
})
