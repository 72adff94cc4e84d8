import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { reportOf, reportOfCutOff } from '../../src/report/host-report.ts'
import { portEvent } from './arbitrary-events.ts'
import { host } from './sample-events.ts'

test('listed ports and those not shown add up to what the host counted, state by state', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(portEvent, fc.boolean()), { maxLength: 60 }), (ports) => {
      const count = (...which: string[]): number =>
        ports.filter(([{ state }]) => which.includes(state)).length
      const event = host('127.0.0.1', {
        open: count('open'),
        closed: count('closed'),
        filtered: count('filtered', 'open|filtered', 'unreachable'),
        unknown: count('unknown'),
      })
      const shown = ports.filter(([, listed]) => listed).map(([port]) => port)
      for (const { notShown, ports: listed } of [
        reportOf(event, shown),
        reportOfCutOff(
          '127.0.0.1',
          ports.map(([port]) => port),
          shown,
        ),
      ]) {
        const hidden = (state: string): number => notShown.find((of) => of.state === state)?.count ?? 0
        const listedOf = (...which: string[]): number =>
          listed.filter(({ state }) => which.includes(state)).length
        assert.equal(hidden('unknown') + listedOf('unknown'), event.unknown)
        assert.equal(hidden('closed') + listedOf('closed'), event.closed)
        assert.equal(hidden('open') + listedOf('open'), event.open)
        assert.equal(
          hidden('filtered') + listedOf('filtered', 'open|filtered', 'unreachable'),
          event.filtered,
        )
        assert.deepEqual(
          notShown,
          notShown.filter((of) => of.count > 0).sort((a, b) => b.count - a.count),
        )
      }
    }),
  )
})

test('a host without its own event is up only if it answered', () => {
  fc.assert(
    fc.property(fc.array(portEvent), (ports) => {
      const answered = ports.some(({ state }) => state === 'open' || state === 'closed')
      assert.equal(reportOfCutOff('127.0.0.1', ports, ports).state, answered ? 'up' : 'unknown')
    }),
  )
})
