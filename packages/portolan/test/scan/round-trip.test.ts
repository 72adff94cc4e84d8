import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { RoundTrips } from '../../src/scan/round-trip.ts'
import { timingOf } from '../../src/scan/timing.ts'

const normal = timingOf(3, {})
const templates = fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const, 4 as const, 5 as const)
const trips = fc.array(fc.double({ min: 0, max: 20_000, noNaN: true }), { minLength: 1, maxLength: 30 })

/** RFC 6298 section 2 as it is written, without our bounds. */
function rto(samples: readonly number[]): number {
  const [first = 0, ...rest] = samples
  let srtt = first
  let rttvar = first / 2
  for (const sample of rest) {
    rttvar = (1 - 1 / 4) * rttvar + (1 / 4) * Math.abs(srtt - sample)
    srtt = (1 - 1 / 8) * srtt + (1 / 8) * sample
  }
  return srtt + 4 * rttvar
}

function after(samples: readonly number[], timing = normal, host = 7): RoundTrips {
  const roundTrips = new RoundTrips(timing)
  for (const sample of samples) roundTrips.measured(host, sample)
  return roundTrips
}

describe('the probe timeout', () => {
  test('is the retransmission timeout of RFC 6298 between the bounds of the template', () => {
    fc.assert(
      fc.property(trips, templates, (samples, template) => {
        const timing = timingOf(template, {})
        const expected = Math.min(Math.max(rto(samples), timing.minTimeoutMs), timing.maxTimeoutMs)
        const timeout = after(samples, timing).timeout(7, 1)
        // Kept in float32: 24 bits, and some rounding on the way.
        assert.ok(Math.abs(timeout - expected) <= expected * 1e-5, `${timeout}, expected ${expected}`)
      }),
    )
  })

  test('never leaves the bounds, never shrinks from one try to the next, and is a number', () => {
    fc.assert(
      fc.property(trips, templates, (samples, template) => {
        const timing = timingOf(template, {})
        const roundTrips = after(samples, timing)
        let last = 0
        for (let attempt = 1; attempt <= 40; attempt++) {
          const timeout = roundTrips.timeout(7, attempt)
          assert.ok(timeout >= timing.minTimeoutMs && timeout <= timing.maxTimeoutMs && timeout >= last)
          last = timeout
        }
      }),
    )
  })

  test('doubles from try to try, but ends before the kernel would repeat the SYN by itself', () => {
    const roundTrips = after(Array.from({ length: 50 }, () => 1))
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].map((attempt) => roundTrips.timeout(7, attempt)),
      [100, 200, 400, 800, 980, 980],
    )
  })

  test('is the initial one, less than a second, for a host that was not heard', () => {
    const roundTrips = after([1, 1, 1])
    assert.deepEqual(
      [1, 2, 9].map((attempt) => roundTrips.timeout(8, attempt)),
      [980, 980, 980],
    )
    assert.equal(new RoundTrips(timingOf(5, {})).timeout(0, 1), 250)
  })

  test('is never that of another host, however far apart the two are', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 47 }), fc.nat({ max: 2 ** 47 }), (one, other) => {
        fc.pre(one !== other)
        const roundTrips = after([1], normal, one)
        assert.equal(roundTrips.timeout(other, 1), 980)
        roundTrips.measured(other, 1)
        assert.equal(roundTrips.timeout(other, 1), 100)
      }),
    )
  })
})
