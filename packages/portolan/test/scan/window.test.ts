import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ProbeWindow } from '../../src/scan/window.ts'

type Step =
  | { readonly what: 'answered'; readonly attempt: number }
  | { readonly what: 'silent' }
  | { readonly what: 'exhausted'; readonly inFlight: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ what: fc.constant('answered'), attempt: fc.integer({ min: 1, max: 5 }) }),
    },
    { weight: 4, arbitrary: fc.record({ what: fc.constant('silent') }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('exhausted'), inFlight: fc.nat(9000) }) },
  ),
  { maxLength: 2000 },
)

function take(window: ProbeWindow, step: Step): void {
  if (step.what === 'answered') window.answered(step.attempt)
  else if (step.what === 'silent') window.silent()
  else window.exhausted(step.inFlight)
}

/** Answers at the first try until the window has the size; fails after as many as a window could ever need. */
function answersUntil(window: ProbeWindow, size: number): number {
  for (let answers = 0; answers < 1_000_000; answers++) {
    if (window.size >= size) return answers
    window.answered(1)
  }
  return assert.fail(`the window stays at ${window.size} of ${window.limit}`)
}

describe('the window', () => {
  test('is between 1 and its limit whatever happens', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), steps, (limit, steps) => {
        const window = new ProbeWindow(limit)
        for (const step of steps) {
          take(window, step)
          assert.ok(
            Number.isInteger(window.size) && window.size >= 1 && window.size <= limit,
            `${window.size}`,
          )
        }
      }),
    )
  })

  test('never grows by a shortage, nor by heavy loss', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), steps, fc.nat(9000), (limit, steps, inFlight) => {
        const window = new ProbeWindow(limit)
        for (const step of steps) take(window, step)
        const before = window.size
        window.exhausted(inFlight)
        assert.ok(window.size <= before && window.size <= Math.max(1, inFlight))
        const small = window.size
        // Every answer stands for two that were lost; the first ones may still finish an epoch that was better.
        for (let i = 0; i < 2000; i++) window.answered(3)
        assert.ok(window.size <= small + 128, `${small} became ${window.size}`)
        const settled = window.size
        for (let i = 0; i < 2000; i++) {
          window.answered(3)
          assert.ok(window.size <= settled)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('reaches its limit while all is answered', () => {
    assert.ok(answersUntil(new ProbeWindow(8192), 8192) > 0)
  })

  test('grows in the face of silence, which says nothing of the path', () => {
    const window = new ProbeWindow(4096)
    for (let i = 0; i < 10_000; i++) window.silent()
    assert.equal(window.size, 4096)
  })

  test('stays where a shortage left it while the path loses much', () => {
    const window = new ProbeWindow(4096)
    window.exhausted(3)
    for (let i = 0; i < 500; i++) window.answered(4)
    assert.ok(window.size <= 3, `${window.size}`)
  })

  test('comes back from 1 after a shortage, by more than one at a time', () => {
    const window = new ProbeWindow(4096)
    window.exhausted(0)
    assert.equal(window.size, 1)
    assert.ok(answersUntil(window, 128) < 2000)
    assert.ok(answersUntil(window, 4096) < 200_000)
  })

  test('holds at a steady loss of 15 %, grows at 5 % and shrinks at 40 %', () => {
    const run = (loss: number): number => {
      const window = new ProbeWindow(8192)
      let owed = 0
      for (let answers = 0; answers < 3000; answers++) {
        owed += loss / (1 - loss)
        const lost = Math.floor(owed)
        owed -= lost
        window.answered(1 + lost)
      }
      return window.size
    }
    assert.ok(run(0.05) > 1000)
    assert.equal(run(0.15), 128)
    assert.equal(run(0.4), 32)
  })
})
