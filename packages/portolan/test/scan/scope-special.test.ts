import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { describe, test } from 'node:test'
import { Address4, Address6 } from 'ip-address'
import fc from 'fast-check'
import { formatAddress, parseAddress } from '../../src/scan/address.ts'
import type { Address } from '../../src/scan/address.ts'
import { LOCAL_NAT64, embeddedIPv4, liftTo6to4, liftToNat64 } from '../../src/scan/scope/embedded.ts'
import { SPECIAL_RANGES, specialRangeOf } from '../../src/scan/scope/special-ranges.ts'
import { AddressSet } from '../../src/scan/targets/address-set.ts'
import { firstOf, lastOf } from '../../src/scan/targets/address-range.ts'

function address(text: string): Address {
  const parsed = parseAddress(text)
  assert.ok(parsed, text)
  return parsed
}

function classOf(text: string): string {
  const range = specialRangeOf(address(text))
  return range === undefined ? 'ordinary' : `${range.class} ${range.source}`
}

const CLASSES: readonly [text: string, is: string][] = [
  ['0.0.0.0', 'never RFC 791 section 3.2'],
  ['1.0.0.0', 'ordinary'],
  ['9.255.255.255', 'ordinary'],
  ['10.0.0.0', 'private RFC 1918'],
  ['100.63.255.255', 'ordinary'],
  ['100.127.255.255', 'private RFC 6598'],
  ['127.255.255.255', 'loopback RFC 1122 section 3.2.1.3'],
  ['169.254.169.254', 'private RFC 3927'],
  ['172.15.255.255', 'ordinary'],
  ['172.31.255.255', 'private RFC 1918'],
  ['192.0.0.1', 'never RFC 7335'],
  ['192.0.0.9', 'global RFC 7723'],
  ['192.0.0.11', 'never RFC 6890 section 2.1'],
  ['192.0.0.171', 'never RFC 8880'],
  ['192.0.2.1', 'never RFC 5737'],
  ['192.88.99.1', 'never RFC 7526'],
  ['198.17.255.255', 'ordinary'],
  ['198.19.255.255', 'private RFC 2544'],
  ['198.51.100.255', 'never RFC 5737'],
  ['203.0.113.7', 'never RFC 5737'],
  ['223.255.255.255', 'ordinary'],
  ['224.0.0.1', 'never RFC 5771'],
  ['255.255.255.254', 'never RFC 1112 section 4'],
  ['255.255.255.255', 'never RFC 919 section 7'],
  ['::', 'never RFC 4291 section 2.5.2'],
  ['::1', 'loopback RFC 4291 section 2.5.3'],
  ['::7f00:1', 'never RFC 4291 section 2.5.5.1'],
  ['64:ff9b::1', 'global RFC 6052'],
  ['64:ff9b:1::1', 'private RFC 8215'],
  ['100::1', 'never RFC 6666'],
  ['100:0:0:1::1', 'never RFC 9780'],
  ['2001::1', 'never RFC 4380'],
  ['2001:1::3', 'global RFC 9665'],
  ['2001:1::4', 'never RFC 2928'],
  ['2001:2::1', 'private RFC 5180'],
  ['2001:2:1::1', 'never RFC 2928'],
  ['2001:200::1', 'ordinary'],
  ['2001:db8::1', 'never RFC 3849'],
  ['2002:a00:1::', 'global RFC 3056'],
  ['2606:4700::1', 'ordinary'],
  ['3fff:fff::1', 'never RFC 9637'],
  ['fd00::1', 'private RFC 4193'],
  ['fe80::1%eth0', 'private RFC 4291 section 2.5.6'],
  ['fec0::1', 'never RFC 3879'],
  ['ff02::1%eth0', 'never RFC 4291 section 2.7'],
]

describe('special-use ranges', () => {
  for (const [text, is] of CLASSES)
    test(`${text} is ${is}`, () => {
      assert.equal(classOf(text), is)
    })

  test('have blocks that another parser reads the same, and begin and end there', () => {
    for (const { block, whole } of SPECIAL_RANGES) {
      const oracle = block.includes(':') ? new Address6(block) : new Address4(block)
      const [range] = whole.ranges()
      assert.ok(range)
      assert.equal(BigInt(range.first), oracle.startAddress().bigInt(), block)
      assert.equal(BigInt(range.last), oracle.endAddress().bigInt(), block)
      const blocks = new BlockList()
      const [net = '', bits] = block.split('/')
      blocks.addSubnet(net, Number(bits), block.includes(':') ? 'ipv6' : 'ipv4')
      for (const end of [firstOf(range), lastOf(range)])
        assert.ok(blocks.check(formatAddress(end), end.family === 6 ? 'ipv6' : 'ipv4'))
    }
  })

  test('do not overlap once the more specific ones are taken out', () => {
    let all = AddressSet.EMPTY
    for (const { block, set } of SPECIAL_RANGES) {
      assert.ok(all.intersect(set).isEmpty, block)
      assert.ok(!set.isEmpty, block)
      all = all.union(set)
    }
  })
})

describe('IPv4 inside IPv6', () => {
  test('is found where the RFCs put it', () => {
    const inside = (text: string): string[] | undefined =>
      embeddedIPv4(address(text))?.addresses.map(formatAddress)
    assert.deepEqual(inside('2002:c000:204::1'), ['192.0.2.4'])
    // RFC 6052 section 2.4, text representation with the well-known prefix
    assert.deepEqual(inside('64:ff9b::192.0.2.33'), ['192.0.2.33'])
    assert.deepEqual(inside('64:ff9b:1::192.0.2.33'), ['192.0.2.33'])
    assert.equal(inside('64:ff9b:0:0:0:1:c000:221'), undefined)
    assert.equal(inside('2001:2::1'), undefined)
    assert.equal(embeddedIPv4(address('192.0.2.1')), undefined)
  })

  test('agrees with the ip-address package on Teredo', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 96n - 1n), (rest) => {
        const value = (0x2001_0000n << 96n) | rest
        const oracle = new Address6(formatAddress({ family: 6, value })).inspectTeredo()
        assert.deepEqual(embeddedIPv4({ family: 6, value })?.addresses.map(formatAddress), [
          oracle.server4,
          oracle.client4,
        ])
      }),
    )
  })

  test('agrees with the ip-address package on 6to4', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 112n - 1n), (rest) => {
        const value = (0x2002n << 112n) | rest
        const oracle = new Address6(formatAddress({ family: 6, value })).inspect6to4()
        assert.deepEqual(embeddedIPv4({ family: 6, value })?.addresses.map(formatAddress), [oracle.gateway])
      }),
    )
  })

  test('is lifted to exactly the addresses that carry it', () => {
    const set = AddressSet.range({ family: 4, first: 0x0a000000, last: 0x0a0000ff })
    const carriers = fc.oneof(
      fc.bigInt(0n, 2n ** 112n - 1n).map((rest) => (0x2002n << 112n) | rest),
      fc.bigInt(0n, 2n ** 80n - 1n).map((rest) => (0x2002_0a00_00n << 88n) | rest),
      fc.bigInt(0n, 2n ** 32n - 1n).map((rest) => (0x64_ff9bn << 96n) | rest),
      fc.bigInt(0n, 2n ** 10n).map((rest) => (0x64_ff9bn << 96n) | (0x0a00_0000n + rest)),
    )
    const lifted = liftTo6to4(set).union(liftToNat64(set, 0x64_ff9bn << 64n))
    fc.assert(
      fc.property(carriers, (value) => {
        const inner = embeddedIPv4({ family: 6, value })?.addresses[0]
        assert.ok(inner)
        assert.equal(lifted.contains({ family: 6, value }), set.contains(inner))
      }),
    )
    assert.ok(liftToNat64(set, 0x64_ff9b_0001n << 48n).isSubsetOf(LOCAL_NAT64))
  })
})
