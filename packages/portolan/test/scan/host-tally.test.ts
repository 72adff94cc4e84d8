import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { HostTally } from '../../src/scan/host-tally.ts'
import { PORT_STATES, REASONS, type PortState } from '../../src/scan/states.ts'

const observations = fc.array(
  fc.record({
    host: fc.oneof(fc.nat(3), fc.constantFrom(1023, 1024, 2 ** 32, 2 ** 32 + 1, 2 ** 48 - 1)),
    state: fc.constantFrom(...PORT_STATES),
    reason: fc.constantFrom(...REASONS),
  }),
  { maxLength: 80 },
)

/** From the strongest evidence to the weakest. */
const EVIDENCE: readonly (readonly PortState[])[] = [
  ['open'],
  ['closed'],
  ['unreachable'],
  ['filtered', 'open|filtered'],
  ['unknown'],
]

describe('the host tally', () => {
  test('counts what it was told, host by host and in all', () => {
    fc.assert(
      fc.property(observations, (observations) => {
        const tally = new HostTally()
        for (const { host, state, reason } of observations) tally.add(host, state, reason)
        const hosts = [...new Set(observations.map(({ host }) => host))].sort((a, b) => a - b)
        assert.deepEqual([...tally.hosts()], hosts)
        assert.equal(tally.observed, observations.length)

        const totals = { open: 0, closed: 0, filtered: 0, unknown: 0 }
        for (const host of hosts) {
          const own = observations.filter((observation) => observation.host === host)
          const count = (...states: readonly PortState[]): number =>
            own.filter(({ state }) => states.includes(state)).length
          const strongest = EVIDENCE.map((states) => own.find(({ state }) => states.includes(state))).find(
            (found) => found !== undefined,
          )
          const summary = tally.summary(host)
          assert.deepEqual(summary, {
            state: count('open', 'closed') > 0 ? 'up' : 'unknown',
            reason: strongest?.reason,
            open: count('open'),
            closed: count('closed'),
            filtered: count('filtered', 'open|filtered', 'unreachable'),
            unknown: count('unknown'),
          })
          for (const field of ['open', 'closed', 'filtered', 'unknown'] as const)
            totals[field] += summary?.[field] ?? NaN
        }
        assert.deepEqual(tally.totals, totals)
      }),
    )
  })

  test('has no summary of a host that nothing is known of', () => {
    const tally = new HostTally()
    tally.add(5, 'open', 'syn-ack')
    assert.equal(tally.summary(4), undefined)
    assert.equal(tally.summary(50_000), undefined)
  })
})
