import assert from 'node:assert/strict'
import { isIPv4, isIPv6 } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { Address4, Address6 } from 'ip-address'
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../../src/sys/inet.ts'
import { PythonPeer } from '../socket/python-peer.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())

/** Texts that are addresses, nearly addresses and nothing like it. */
const group = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16)),
  fc.constantFrom(
    '0',
    '0000',
    '00',
    'FfFf',
    '10000',
    'g',
    '',
    '01.2.3.4',
    '1.2.3.4',
    '255.255.255.255',
    '-1',
    ' 1',
    '+1',
  ),
)
const likeIPv6 = fc.oneof(
  fc.ipV6(),
  fc.array(group, { minLength: 1, maxLength: 10 }).map((groups) => groups.join(':')),
  fc
    .tuple(fc.array(group, { maxLength: 8 }), fc.array(group, { maxLength: 8 }))
    .map(([a, b]) => `${a.join(':')}::${b.join(':')}`),
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdefABCDEF:.:::%/ ')), maxLength: 46 }),
)
const octet = fc.oneof(
  fc.integer({ min: 0, max: 300 }).map(String),
  fc.constantFrom('', '00', '01', '0x1', ' 1', '1 ', '-0', '1e1', '٣'),
)
const likeIPv4 = fc.oneof(
  fc.ipV4(),
  fc.array(octet, { minLength: 1, maxLength: 6 }).map((octets) => octets.join('.')),
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789.. x')), maxLength: 16 }),
)
const value128 = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
  // Groups that are zero more often than chance would have them: what RFC 5952 is about.
  fc
    .array(fc.constantFrom(0n, 0n, 0n, 1n, 0xffffn, 0xabcn), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.reduce<bigint>((value, next) => (value << 16n) | next, 0n)),
)

test('85. IPv4 text is taken exactly where inet_pton and node:net take it', async () => {
  const texts = fc.sample(likeIPv4, 3000).filter((text) => !text.includes('\0'))
  const theirs = await python.run(
    `def pton(t):
    try: return int.from_bytes(socket.inet_pton(socket.AF_INET, t), 'big')
    except (OSError, UnicodeError): return None
out = [pton(t) for t in texts]`,
    { texts },
  )
  assert.deepEqual(
    texts.map((text) => parseIPv4(text) ?? null),
    theirs,
  )
  for (const text of texts) {
    const value = parseIPv4(text)
    assert.equal(value !== undefined, isIPv4(text), text)
    if (value !== undefined) assert.equal(BigInt(value), new Address4(text).bigInt(), text)
  }
})

test('85. IPv6 text is taken exactly where inet_pton and node:net take it, with the same value', async () => {
  const texts = fc.sample(likeIPv6, 5000).filter((text) => !text.includes('\0'))
  const theirs = await python.run(
    `def pton(t):
    try: return socket.inet_pton(socket.AF_INET6, t).hex()
    except (OSError, UnicodeError): return None
out = [pton(t) for t in texts]`,
    { texts },
  )
  assert.deepEqual(
    texts.map((text) => parseIPv6(text)?.toString(16).padStart(32, '0') ?? null),
    theirs,
  )
  let valid = 0
  for (const text of texts.filter((each) => !each.includes('%'))) {
    const value = parseIPv6(text)
    assert.equal(value !== undefined, isIPv6(text), text)
    if (value === undefined) continue
    valid++
    assert.equal(value, new Address6(text).bigInt(), text)
  }
  assert.ok(valid > 500, `only ${valid} valid samples`)
})

test("IPv6 numbers are written as Python's ipaddress and the ip-address package write them (RFC 5952)", async () => {
  const values = fc.sample(value128, 3000)
  const theirs = await python.run(
    'import ipaddress\nout = [str(ipaddress.IPv6Address(int(v))) for v in values]',
    {
      values: values.map(String),
    },
  )
  assert.ok(Array.isArray(theirs))
  for (const [index, value] of values.entries()) {
    const text = formatIPv6(value)
    assert.equal(parseIPv6(text), value)
    // Section 5 of the RFC: mapped addresses end in dotted decimal, which Python leaves to the reader.
    if (value >> 32n === 0xffffn) continue
    assert.equal(text, theirs[index])
    assert.equal(text, Address6.fromBigInt(value).correctForm())
  }
})

test('mapped addresses are written as inet_ntop writes them', async () => {
  const values = fc.sample(fc.nat({ max: 0xffffffff }), 500)
  const theirs = await python.run(
    `out = [socket.inet_ntop(socket.AF_INET6, bytes(10) + b'\\xff\\xff' + v.to_bytes(4, 'big')) for v in values]`,
    { values },
  )
  assert.deepEqual(
    values.map((value) => formatIPv6((0xffffn << 32n) | BigInt(value))),
    theirs,
  )
})

test('IPv4 numbers and text turn into each other without loss', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => {
      assert.equal(parseIPv4(formatIPv4(value)), value)
      assert.equal(formatIPv4(value), Address4.fromBigInt(BigInt(value)).correctForm())
    }),
  )
})
