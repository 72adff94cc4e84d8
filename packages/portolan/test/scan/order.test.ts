import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MAX_PROBES, ProbeOrder } from '../../src/scan/order.ts'

const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER })

/** Fails unless the order gives each of 0..size-1 once and `indexOf` leads back. */
function assertBijection(size: number, seed: number): void {
  const order = new ProbeOrder(size, seed)
  const seen = new Uint8Array(size)
  for (let index = 0; index < size; index++) {
    const probe = order.at(index)
    if (!(Number.isInteger(probe) && probe >= 0 && probe < size) || seen[probe] !== 0)
      assert.fail(`size ${size}, seed ${seed}: index ${index} gives ${probe}, out of range or a second time`)
    seen[probe] = 1
    if (order.indexOf(probe) !== index)
      assert.fail(`size ${size}, seed ${seed}: indexOf(${probe}) is ${order.indexOf(probe)}, not ${index}`)
  }
}

/** How many of the first `count` pairs of neighbours in the order fall on one host. */
function neighboursOnOneHost(hosts: number, ports: number, seed: number, count: number): number {
  const order = new ProbeOrder(hosts * ports, seed)
  let same = 0
  let last = -1
  for (let index = 0; index <= count; index++) {
    const host = Math.floor(order.at(index) / ports)
    if (host === last) same++
    last = host
  }
  return same
}

describe('the order of a scan', () => {
  test('gives each probe once for every size up to 1,500', () => {
    for (let size = 1; size <= 1500; size++) assertBijection(size, size * 7919)
  })

  test('gives each probe once for sizes up to 5,000 and any seed', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 5000 }), seeds, assertBijection), { numRuns: 200 })
  })

  test('gives each probe once for sizes up to 2^20', () => {
    fc.assert(fc.property(fc.integer({ min: 5000, max: 2 ** 20 }), seeds, assertBijection), { numRuns: 8 })
  })

  test('gives each probe once where the halves are as uneven as they get', () => {
    // Around squares and products of neighbours, where the two halves change their sizes.
    for (const root of [2, 3, 16, 255, 256, 257])
      for (const size of [
        root * root - 1,
        root * root,
        root * root + 1,
        root * (root + 1),
        root * (root + 1) + 1,
      ])
        assertBijection(size, 42)
  })

  test('stays in range, comes back and repeats nothing for sizes up to 2^48', () => {
    const sizes = fc.oneof(
      fc.integer({ min: 1, max: MAX_PROBES }),
      fc.constantFrom(MAX_PROBES, MAX_PROBES - 1, 2 ** 47 + 1, 2 ** 32, 2 ** 32 + 1, 2 ** 31),
    )
    const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(sizes, seeds, places, (size, seed, places) => {
        const order = new ProbeOrder(size, seed)
        const indexes = new Set(places.map((place) => Math.min(size - 1, Math.floor(place * size))))
        for (const edge of [0, size - 1]) indexes.add(edge)
        const probes = new Set<number>()
        for (const index of indexes) {
          const probe = order.at(index)
          assert.ok(Number.isSafeInteger(probe) && probe >= 0 && probe < size, `${probe} of ${size}`)
          assert.equal(order.indexOf(probe), index)
          assert.equal(order.at(order.indexOf(index)), index)
          probes.add(probe)
        }
        assert.equal(probes.size, indexes.size)
      }),
      { numRuns: 300 },
    )
  })

  test('is the same for the same seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_PROBES }), seeds, (size, seed) => {
        const [one, other] = [new ProbeOrder(size, seed), new ProbeOrder(size, seed)]
        for (let index = 0; index < Math.min(size, 50); index++) assert.equal(one.at(index), other.at(index))
      }),
    )
  })

  test('differs between seeds, in the low as in the high bits of the seed', () => {
    const first = (seed: number): string => {
      const order = new ProbeOrder(65_535, seed)
      return Array.from({ length: 20 }, (_, index) => order.at(index)).join()
    }
    const seeds = [0, 1, 2, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33, 2 ** 52, Number.MAX_SAFE_INTEGER]
    assert.equal(new Set(seeds.map(first)).size, seeds.length)
  })

  test('goes from host to host as often as chance would', () => {
    const shapes = [
      { hosts: 16, ports: 1000 },
      { hosts: 256, ports: 1000 },
      { hosts: 1000, ports: 100 },
      { hosts: 65_536, ports: 65_535 },
    ]
    for (const { hosts, ports } of shapes)
      for (const seed of [1, 2, 3, 2 ** 40]) {
        const count = Math.min(hosts * ports - 1, 50_000)
        const expected = count / hosts
        // Five standard deviations of a binomial distribution; the seeds are fixed, so this cannot flicker.
        const most = expected + 5 * Math.sqrt(expected) + 2
        const same = neighboursOnOneHost(hosts, ports, seed, count)
        assert.ok(
          same <= most,
          `${hosts} hosts, seed ${seed}: ${same} neighbours on one host, ${most} at most`,
        )
      }
  })

  test('spreads the beginning of a scan evenly over the hosts', () => {
    const [hosts, ports, drawn] = [100, 1000, 10_000]
    for (const seed of [1, 2, 3, 4, 5]) {
      const order = new ProbeOrder(hosts * ports, seed)
      const perHost = new Uint32Array(hosts)
      for (let index = 0; index < drawn; index++) {
        const host = Math.floor(order.at(index) / ports)
        perHost[host] = (perHost[host] ?? 0) + 1
      }
      const mean = drawn / hosts
      for (const count of perHost)
        assert.ok(Math.abs(count - mean) < 6 * Math.sqrt(mean), `seed ${seed}: ${perHost.join()}`)
    }
  })

  test('refuses sizes and seeds it cannot count', () => {
    for (const size of [0, -1, 1.5, NaN, Infinity, MAX_PROBES + 1])
      assert.throws(() => new ProbeOrder(size, 1), RangeError)
    for (const seed of [-1, 0.5, NaN, Infinity, 2 ** 53])
      assert.throws(() => new ProbeOrder(5, seed), RangeError)
  })
})
