import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatDuration, formatPercent } from '../../src/report/figures.ts'
import { summaryOf } from '../../src/report/summary.ts'
import { finished } from './sample-events.ts'

test('the summary counts every state and tells coverage and time', () => {
  assert.equal(
    summaryOf(finished({ open: 3, closed: 65_532, probes: 65_535 })),
    '3 open, 65532 closed, 0 filtered, 0 unknown of 65535 probes in 0.41 s',
  )
  assert.equal(
    summaryOf(finished({ unknown: 12, closed: 986, coverage: 0.988, loss: 0.0125, durationMs: 61_000 })),
    '2 open, 986 closed, 0 filtered, 12 unknown of 1000 probes (coverage 98.8 %, 1.25 % of probes lost) in 1 min 1 s',
  )
})

test('for a screen reader the summary is sentences', () => {
  assert.equal(
    summaryOf(finished({ open: 1, closed: 999 }), { accessible: true }),
    'Scan finished in 0.41 seconds. 1 port is open. 999 ports are closed. 0 ports are filtered. All 1000 probes were decided.',
  )
  assert.equal(
    summaryOf(finished({ open: 1, closed: 998, unknown: 1, coverage: 0.999 }), { accessible: true }),
    'Scan finished in 0.41 seconds. 1 port is open. 998 ports are closed. 0 ports are filtered. ' +
      '1 port of 1000 is unknown: Portolan could not decide. Coverage is 99.9 percent.',
  )
})

test('only a whole scan has a coverage of 100 percent', () => {
  assert.equal(formatPercent(1), '100')
  assert.equal(formatPercent(0), '0')
  fc.assert(
    fc.property(fc.bigInt(1n, 2n ** 48n), fc.nat(1000), (probes, unknown) => {
      const total = Number(probes) + unknown
      const text = formatPercent(1 - (unknown + 1) / total)
      assert.notEqual(text, '100')
    }),
  )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000 }), (hundredths) => {
      assert.equal(formatPercent(hundredths / 10_000), String(hundredths / 100))
    }),
  )
})

test('a duration is told in the unit that fits', () => {
  const cases = [
    [0, '0.00 s'],
    [410, '0.41 s'],
    [9_994, '9.99 s'],
    [9_999, '10.0 s'],
    [59_940, '59.9 s'],
    [59_999, '1 min 0 s'],
    [125_000, '2 min 5 s'],
    [3_599_900, '1 h 0 min'],
    [3_720_000, '1 h 2 min'],
  ] as const
  for (const [milliseconds, text] of cases) assert.equal(formatDuration(milliseconds), text)
})
