import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { describe, test } from 'node:test'
import { Address4, Address6 } from 'ip-address'
import fc from 'fast-check'
import { formatAddress } from '../../src/scan/address.ts'
import type { Address } from '../../src/scan/address.ts'
import { formatRange, networkOf } from '../../src/scan/targets/address-range.ts'
import type { AddressRange } from '../../src/scan/targets/address-range.ts'
import { AddressSet, MAX_RANGES } from '../../src/scan/targets/address-set.ts'
import { AddressSetBuilder, unionOf } from '../../src/scan/targets/address-set-builder.ts'
import { TargetLimitError } from '../../src/scan/targets/target-errors.ts'

/**
 * A universe small enough to list: the ends of both families, IPv6 without zone and in two zones. Every address
 * has a number; ranges never cross from one part to the next.
 */
const PART = 24
const TOP4 = 2 ** 32 - PART
const TOP6 = (1n << 128n) - BigInt(PART)
const PARTS: readonly ((offset: number) => Address)[] = [
  (offset) => ({ family: 4, value: offset }),
  (offset) => ({ family: 4, value: TOP4 + offset }),
  (offset) => ({ family: 6, value: BigInt(offset) }),
  (offset) => ({ family: 6, value: TOP6 + BigInt(offset) }),
  (offset) => ({ family: 6, value: BigInt(offset), zone: 'a' }),
  (offset) => ({ family: 6, value: BigInt(offset), zone: 'b' }),
]
const UNIVERSE = PARTS.flatMap((at) => Array.from({ length: PART }, (_, offset) => at(offset)))

interface Both {
  readonly set: AddressSet
  readonly naive: ReadonlySet<string>
}

const someRange = fc
  .tuple(fc.nat(PARTS.length - 1), fc.nat(PART - 1), fc.nat(PART - 1))
  .map(([part, a, b]) => ({ at: PARTS[part], first: Math.min(a, b), last: Math.max(a, b) }))
const both: fc.Arbitrary<Both> = fc.array(someRange, { maxLength: 12 }).map((list) => {
  const builder = new AddressSetBuilder()
  const naive = new Set<string>()
  for (const { at, first, last } of list) {
    if (at === undefined) continue
    builder.add(rangeBetween(at(first), at(last)))
    for (let offset = first; offset <= last; offset++) naive.add(formatAddress(at(offset)))
  }
  return { set: builder.build(), naive }
})

function rangeBetween(first: Address, last: Address): AddressRange {
  if (first.family === 4 && last.family === 4) return { family: 4, first: first.value, last: last.value }
  if (first.family === 6 && last.family === 6) return { ...first, first: first.value, last: last.value }
  throw new TypeError('two families')
}

function membersOf(set: AddressSet): Set<string> {
  return new Set(UNIVERSE.filter((address) => set.contains(address)).map(formatAddress))
}

describe('address sets', () => {
  test('agree with plain sets of texts in every operation', () => {
    fc.assert(
      fc.property(both, both, (a, b) => {
        assert.deepEqual(membersOf(a.set), a.naive)
        assert.equal(a.set.size, BigInt(a.naive.size))
        assert.equal(a.set.isEmpty, a.naive.size === 0)
        assert.deepEqual(membersOf(a.set.union(b.set)), a.naive.union(b.naive))
        assert.deepEqual(membersOf(a.set.intersect(b.set)), a.naive.intersection(b.naive))
        assert.deepEqual(membersOf(a.set.subtract(b.set)), a.naive.difference(b.naive))
        assert.equal(a.set.isSubsetOf(b.set), a.naive.isSubsetOf(b.naive))
        assert.equal(a.set.union(b.set).toString(), unionOf([b.set, a.set]).toString())
      }),
      { numRuns: 500 },
    )
  })

  test('subtract and intersect in every zone by looking at the numbers alone', () => {
    const bare = (text: string): string => text.replace(/%.*/, '')
    fc.assert(
      fc.property(both, both, (a, b) => {
        const numbers = new Set([...b.naive].map(bare))
        const pick = (keep: boolean): Set<string> =>
          new Set([...a.naive].filter((text) => numbers.has(bare(text)) === keep))
        assert.deepEqual(membersOf(a.set.subtractInEveryZone(b.set)), pick(false))
        assert.deepEqual(membersOf(a.set.intersectInEveryZone(b.set)), pick(true))
        assert.deepEqual(membersOf(a.set.withoutZones()), new Set([...a.naive].map(bare)))
      }),
    )
  })

  test('have sorted ranges with a gap between any two', () => {
    fc.assert(
      fc.property(both, ({ set }) => {
        let before: AddressRange | undefined
        for (const range of set.ranges()) {
          assert.ok(range.first <= range.last)
          if (before?.family === 4 && range.family === 4) assert.ok(before.last + 1 < range.first)
          if (before?.family === 6 && range.family === 6 && before.zone === range.zone)
            assert.ok(before.last + 1n < range.first)
          before = range
        }
      }),
    )
  })

  test('know whether a range meets them', () => {
    fc.assert(
      fc.property(both, someRange, ({ set, naive }, { at, first, last }) => {
        if (at === undefined) return
        const hit = Array.from({ length: last - first + 1 }, (_, i) => formatAddress(at(first + i)))
        assert.equal(
          set.meets(rangeBetween(at(first), at(last))),
          hit.some((text) => naive.has(text)),
        )
      }),
    )
  })

  test('contain what a BlockList of the same networks contains', () => {
    const network = fc.tuple(fc.nat(2 ** 32 - 1), fc.integer({ min: 8, max: 32 }))
    fc.assert(
      fc.property(fc.array(network, { maxLength: 8 }), fc.array(fc.nat(2 ** 32 - 1)), (networks, points) => {
        const blocks = new BlockList()
        const builder = new AddressSetBuilder()
        for (const [value, bits] of networks) {
          blocks.addSubnet(formatAddress({ family: 4, value }), bits, 'ipv4')
          builder.add(networkOf({ family: 4, value }, bits))
        }
        const set = builder.build()
        const near = networks.flatMap(([value, bits]) => [value, (value + 2 ** (32 - bits)) % 2 ** 32])
        for (const value of [...points, ...near])
          assert.equal(
            set.contains({ family: 4, value }),
            blocks.check(formatAddress({ family: 4, value }), 'ipv4'),
          )
      }),
    )
  })

  test('have networks with the ends that the ip-address package gives them', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), fc.nat(32), (value, bits) => {
        const network = networkOf({ family: 4, value }, bits)
        const oracle = new Address4(`${formatAddress({ family: 4, value })}/${bits}`)
        assert.equal(BigInt(network.first), oracle.startAddress().bigInt())
        assert.equal(BigInt(network.last), oracle.endAddress().bigInt())
      }),
    )
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 128n - 1n), fc.nat(128), (value, bits) => {
        const network = networkOf({ family: 6, value }, bits)
        const oracle = new Address6(`${formatAddress({ family: 6, value })}/${bits}`)
        assert.equal(network.first, oracle.startAddress().bigInt())
        assert.equal(network.last, oracle.endAddress().bigInt())
      }),
    )
  })

  test('are written as addresses, networks and ranges', () => {
    const text = (range: AddressRange): string => formatRange(range)
    assert.equal(text({ family: 4, first: 0, last: 2 ** 32 - 1 }), '0.0.0.0/0')
    assert.equal(text({ family: 4, first: 1, last: 2 }), '0.0.0.1-0.0.0.2')
    assert.equal(text({ family: 4, first: 2, last: 3 }), '0.0.0.2/31')
    assert.equal(text({ family: 6, first: 0n, last: 2n ** 128n - 1n }), '::/0')
    assert.equal(text({ family: 6, first: 1n, last: 1n, zone: 'lo' }), '::1%lo')
    assert.equal(AddressSet.EMPTY.toString(), '')
  })

  test('take a million single addresses', () => {
    const builder = new AddressSetBuilder()
    for (let i = 0; i < 1_000_000; i++)
      builder.add({ family: 4, first: (i * 4_001) % 2 ** 32, last: (i * 4_001) % 2 ** 32 })
    const set = builder.build()
    assert.equal(set.rangeCount, 1_000_000)
    assert.ok(set.contains({ family: 4, value: 4_001 }))
    assert.ok(!set.contains({ family: 4, value: 4_002 }))
  })

  test('merge repeats without end, and refuse more separate ranges than their cap', () => {
    const repeats = new AddressSetBuilder()
    for (let i = 0; i < 3 * MAX_RANGES; i++)
      repeats.add({ family: 4, first: 2 * (i % 1000), last: 2 * (i % 1000) })
    assert.equal(repeats.build().rangeCount, 1000)
    const scattered = new AddressSetBuilder()
    assert.throws(() => {
      for (let i = 0; i <= MAX_RANGES; i++) scattered.add({ family: 4, first: 2 * i, last: 2 * i })
      scattered.build()
    }, TargetLimitError)
  })
})
