import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { formatAddress, parseAddress } from '../../src/scan/address.ts'
import type { Address } from '../../src/scan/address.ts'
import { AddressSet } from '../../src/scan/targets/address-set.ts'
import { AddressSetBuilder } from '../../src/scan/targets/address-set-builder.ts'
import { TargetLimitError } from '../../src/scan/targets/target-errors.ts'
import { TargetSpace } from '../../src/scan/targets/target-space.ts'

const length = fc.oneof(fc.nat(300), fc.nat(2 ** 24))
const anySet = fc
  .record({
    four: fc.array(fc.tuple(fc.nat(2 ** 32 - 1), length), { maxLength: 6 }),
    six: fc.array(fc.tuple(fc.bigInt(0n, 2n ** 128n - 1n), length, fc.constantFrom(undefined, 'eth0', '2')), {
      maxLength: 6,
    }),
  })
  .map(({ four, six }) => {
    const builder = new AddressSetBuilder()
    for (const [first, more] of four)
      builder.add({ family: 4, first, last: Math.min(first + more, 2 ** 32 - 1) })
    for (const [first, more, zone] of six) {
      const end = first + BigInt(more)
      const last = end < 2n ** 128n ? end : 2n ** 128n - 1n
      builder.add({ family: 6, first, last, ...(zone === undefined ? {} : { zone }) })
    }
    return builder.build()
  })

/** The address as text from the bytes and the zone alone. */
function textFromBytes(space: TargetSpace, ordinal: number): string {
  const out = new Uint8Array(20).fill(0xaa)
  const size = space.writeAddress(ordinal, out, 2)
  assert.deepEqual([out[0], out[1], out[2 + size], out[19]], [0xaa, 0xaa, 0xaa, 0xaa])
  const bytes = out.subarray(2, 2 + size)
  if (size === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) =>
    Buffer.from(bytes)
      .readUInt16BE(2 * i)
      .toString(16),
  )
  const zone = space.zoneAt(ordinal)
  const address = parseAddress(groups.join(':') + (zone === undefined ? '' : `%${zone}`))
  assert.ok(address)
  return formatAddress(address)
}

describe('a target space', () => {
  test('numbers every address of a set once, IPv4 first', () => {
    const builder = new AddressSetBuilder()
      .add({ family: 6, first: 0xffn, last: 0x100n })
      .add({ family: 4, first: 254, last: 257 })
      .add({ family: 4, first: 5, last: 5 })
      .add({ family: 6, first: 0xfe80n << 112n, last: 0xfe80n << 112n, zone: 'eth0' })
    const space = TargetSpace.of(builder.build())
    const texts = Array.from({ length: space.size }, (_, i) => formatAddress(space.addressAt(i)))
    assert.deepEqual(texts, [
      '0.0.0.5',
      '0.0.0.254',
      '0.0.0.255',
      '0.0.1.0',
      '0.0.1.1',
      '::ff',
      '::100',
      'fe80::%eth0',
    ])
    assert.equal(space.ipv4At(4), 257)
    assert.equal(space.ipv4At(5), -1)
    assert.equal(space.zoneAt(0), undefined)
    assert.equal(space.zoneAt(6), undefined)
    assert.equal(space.zoneAt(7), 'eth0')
  })

  test('writes the bytes of the address it names, also after a way through postMessage', () => {
    fc.assert(
      fc.property(
        anySet,
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (set, points) => {
          const space = TargetSpace.of(set)
          const copy = TargetSpace.from(structuredClone(space.toTransfer()))
          assert.equal(BigInt(space.size), set.size)
          assert.equal(copy.toSet().toString(), set.toString())
          if (space.size === 0) return
          const ordinals = [0, space.size - 1, ...points.map((point) => Math.floor(point * space.size))]
          for (const ordinal of ordinals) {
            const address = space.addressAt(ordinal)
            assert.ok(set.contains(address))
            assert.equal(textFromBytes(copy, ordinal), formatAddress(address))
            assert.equal(copy.ipv4At(ordinal), address.family === 4 ? address.value : -1)
          }
        },
      ),
    )
  })

  test('keeps the order of the ordinals', () => {
    fc.assert(
      fc.property(anySet, fc.nat(), (set, at) => {
        const space = TargetSpace.of(set)
        if (space.size < 2) return
        const ordinal = at % (space.size - 1)
        const [a, b] = [space.addressAt(ordinal), space.addressAt(ordinal + 1)]
        if (a.family === b.family && a.family === 4) assert.ok(a.value < b.value)
        else
          assert.ok(a.family < b.family || (a.family === 6 && (a.value < b.value || zoneOf(a) < zoneOf(b))))
      }),
    )
  })

  test('holds 0.0.0.0/0 as one range and 2^48 IPv6 addresses, and refuses one more', () => {
    const all = TargetSpace.of(AddressSet.range({ family: 4, first: 0, last: 2 ** 32 - 1 }))
    assert.equal(all.size, 2 ** 32)
    assert.equal(formatAddress(all.addressAt(2 ** 32 - 1)), '255.255.255.255')
    const first = 2n ** 128n - 2n ** 48n
    const most = TargetSpace.of(AddressSet.range({ family: 6, first, last: 2n ** 128n - 1n }))
    assert.equal(most.size, 2 ** 48)
    assert.equal(formatAddress(most.addressAt(2 ** 48 - 1)), 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
    assert.throws(
      () => TargetSpace.of(AddressSet.range({ family: 6, first: first - 1n, last: 2n ** 128n - 1n })),
      TargetLimitError,
    )
  })

  test('refuses an ordinal that is not there', () => {
    const space = TargetSpace.of(AddressSet.range({ family: 4, first: 1, last: 2 }))
    for (const ordinal of [-1, 2, Number.NaN]) assert.throws(() => space.addressAt(ordinal), RangeError)
    assert.throws(() => TargetSpace.of(AddressSet.EMPTY).addressAt(0), RangeError)
  })
})

function zoneOf(address: Address): string {
  return address.family === 6 ? (address.zone ?? '') : ''
}
