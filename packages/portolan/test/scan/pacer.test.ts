import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Pacer } from '../../src/scan/connect/pacer.ts'

/** Times of a loop that sometimes sleeps: steps of less than a millisecond up to seconds. */
const naps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: 0, max: 3, noNaN: true }) },
    { weight: 2, arbitrary: fc.double({ min: 0, max: 60, noNaN: true }) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 5000, noNaN: true }) },
  ),
  { minLength: 1, maxLength: 150 },
)

describe('the pace', () => {
  test('is never above the rate over any stretch, but for five milliseconds to catch up', () => {
    fc.assert(
      fc.property(naps, fc.double({ min: 0.5, max: 20_000, noNaN: true }), (naps, rate) => {
        const pacer = new Pacer(rate, 0)
        const sent: number[] = []
        let now = 100_000
        for (const nap of naps) {
          now += nap
          // All that it lets through at this moment, as a step of the engine does.
          for (let burst = 0; burst < 256 && pacer.waitMs(now) <= 0; burst++) {
            pacer.sent(0, now)
            sent.push(now)
          }
        }
        for (let first = 0; first < sent.length; first++)
          for (let last = first; last < sent.length; last += 7) {
            const stretch = (sent[last] ?? 0) - (sent[first] ?? 0)
            const most = 1 + (rate * (stretch + 5)) / 1000
            assert.ok(last - first + 1 <= most + 1e-6, `${last - first + 1} in ${stretch} ms at ${rate}/s`)
          }
      }),
      { numRuns: 150 },
    )
  })

  test('reaches the rate when the loop looks every millisecond', () => {
    for (const rate of [1, 7, 200, 999, 5000, 30_000]) {
      const pacer = new Pacer(rate, 0)
      let sent = 0
      for (let now = 50_000; now < 60_000; now++)
        while (pacer.waitMs(now) <= 0) {
          pacer.sent(0, now)
          sent++
        }
      assert.ok(sent >= rate * 10 * 0.99 && sent <= rate * 10.01 + 2, `${sent} in ten seconds at ${rate}/s`)
    }
  })

  test('knows no limit where none was given', () => {
    const pacer = new Pacer(Infinity, 0)
    for (let i = 0; i < 1000; i++) {
      assert.ok(pacer.waitMs(1) <= 0)
      assert.equal(pacer.nextTurn(3, 1), 1)
      assert.ok(pacer.hostWaitMs(3, 1) <= 0)
      pacer.book(3, 1)
      pacer.sent(3, 1)
    }
  })

  test('keeps the interval of every host, however late the loop comes to a turn', () => {
    const hosts = fc.array(fc.nat(3), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(hosts, naps, fc.double({ min: 0.1, max: 500, noNaN: true }), (probes, naps, interval) => {
        const pacer = new Pacer(Infinity, interval)
        let now = 1000
        const waiting = probes.map((host) => {
          const at = pacer.nextTurn(host, now)
          assert.ok(at >= now)
          pacer.book(host, at)
          return { host, at }
        })
        for (const host of new Set(probes)) {
          const turns = waiting.filter((probe) => probe.host === host).map(({ at }) => at)
          for (const [i, at] of turns.entries())
            assert.ok(i === 0 || at - (turns[i - 1] ?? 0) >= interval - 1e-6, 'turns do not overlap')
        }
        const last = new Map<number, number>()
        for (const nap of naps) {
          now += nap
          for (const probe of waiting.splice(0)) {
            const wait = Math.max(probe.at - now, pacer.hostWaitMs(probe.host, now))
            if (wait > 0) waiting.push({ host: probe.host, at: now + wait })
            else {
              assert.ok(now - (last.get(probe.host) ?? -Infinity) >= interval - 1e-6)
              last.set(probe.host, now)
              pacer.sent(probe.host, now)
            }
          }
        }
      }),
    )
  })

  test('tells a new turn after what really left, not only after what was booked', () => {
    const pacer = new Pacer(Infinity, 100)
    pacer.book(5, pacer.nextTurn(5, 1000))
    pacer.sent(5, 1070)
    assert.equal(pacer.nextTurn(5, 1110), 1170)
    assert.equal(pacer.nextTurn(6, 1110), 1110)
  })
})
