import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { TimerWheel } from '../../src/scan/connect/timer-wheel.ts'

const SLOTS = 12

type Step =
  | { readonly what: 'set'; readonly slot: number; readonly delay: number }
  | { readonly what: 'clear'; readonly slot: number }
  | { readonly what: 'pass'; readonly ms: number; readonly again: number | undefined }

const slot = fc.nat(SLOTS - 1)
/** Up to a tick, a turn of the wheel (10 s) and five minutes (-T0), and in the past. */
const delay = fc.oneof(
  fc.double({ min: -500, max: 30, noNaN: true }),
  fc.nat(12_000),
  fc.nat(300_000),
  fc.constantFrom(0, 10, 10_240, 20_480),
)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ what: fc.constant('set'), slot, delay }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('clear'), slot }) },
    {
      weight: 3,
      arbitrary: fc.record({
        what: fc.constant('pass'),
        ms: fc.oneof(fc.double({ min: 0, max: 40, noNaN: true }), fc.nat(15_000), fc.nat(400_000)),
        again: fc.option(delay, { nil: undefined }),
      }),
    },
  ),
  { maxLength: 120 },
)

describe('the timer wheel', () => {
  test('tells each deadline once, never early, and at most a tick after it and after it was set', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(1, 3, 10), fc.nat(1_000_000), (steps, tickMs, start) => {
        let now = start
        const wheel = new TimerWheel(SLOTS, now, tickMs)
        /** The model: a deadline and the time it was set, by slot */
        const pending = new Map<number, { readonly deadline: number; readonly since: number }>()
        const set = (slot: number, deadline: number): void => {
          wheel.set(slot, deadline)
          pending.set(slot, { deadline, since: now })
        }
        for (const step of steps) {
          if (step.what === 'set') set(step.slot, now + step.delay)
          else if (step.what === 'clear') {
            wheel.clear(step.slot)
            pending.delete(step.slot)
          } else {
            now += step.ms
            const again = new Set<number>()
            wheel.expire(now, (slot) => {
              const due = pending.get(slot)
              assert.ok(due !== undefined, `slot ${slot} has no deadline`)
              assert.ok(due.deadline <= now, `${due.deadline} is told at ${now}`)
              assert.equal(wheel.deadline(slot), undefined)
              pending.delete(slot)
              // Set again from inside, once: as the engine does with another try.
              if (step.again === undefined || again.has(slot)) return
              again.add(slot)
              set(slot, now + step.again)
            })
            for (const [slot, { deadline, since }] of pending)
              assert.ok(now < Math.max(deadline, since) + tickMs, `slot ${slot} is overdue since ${deadline}`)
          }
          assert.equal(wheel.armed, pending.size)
          for (let slot = 0; slot < SLOTS; slot++)
            assert.equal(wheel.deadline(slot), pending.get(slot)?.deadline)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('finds every deadline after a sleep of many turns', () => {
    const wheel = new TimerWheel(5000, 0)
    for (let slot = 0; slot < 5000; slot++) wheel.set(slot, slot * 7)
    const told: number[] = []
    wheel.expire(10_000_000, (slot) => {
      told.push(slot)
    })
    assert.equal(new Set(told).size, 5000)
    assert.equal(wheel.armed, 0)
  })
})
