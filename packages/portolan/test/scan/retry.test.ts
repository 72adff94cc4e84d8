import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { LossEstimate } from '../../src/scan/retry.ts'

const attempts = fc.array(fc.integer({ min: 1, max: 11 }), { maxLength: 500 })

function estimateOf(attempts: readonly number[]): LossEstimate {
  const estimate = new LossEstimate()
  for (const attempt of attempts) estimate.answered(attempt)
  return estimate
}

describe('the loss estimate', () => {
  test('counts every sending before the answered one as lost', () => {
    fc.assert(
      fc.property(attempts, (attempts) => {
        const estimate = estimateOf(attempts)
        const sent = attempts.reduce((sum, attempt) => sum + attempt, 0)
        assert.equal(estimate.answers, attempts.length)
        assert.equal(estimate.losses, sent - attempts.length)
        assert.equal(estimate.measured, sent === 0 ? undefined : (sent - attempts.length) / sent)
      }),
    )
  })

  test('asks a silent port twice at least, and never more often than allowed', () => {
    fc.assert(
      fc.property(attempts, fc.nat(40), (attempts, maxRetries) => {
        const tries = estimateOf(attempts).tries(maxRetries)
        assert.ok(Number.isInteger(tries))
        assert.ok(tries >= Math.min(2, 1 + maxRetries) && tries <= 1 + maxRetries, `${tries}`)
      }),
    )
  })

  test('asks once where no retry is allowed', () => {
    assert.equal(estimateOf([1, 3, 4]).tries(0), 1)
  })

  test('asks so often that a port is missed less than once in a million, once the loss is known', () => {
    for (const loss of [0.005, 0.05, 0.12, 0.3]) {
      const estimate = new LossEstimate()
      // 100,000 answers, the lost ones spread evenly.
      const lost = Math.round((100_000 * loss) / (1 - loss))
      for (let i = 0; i < 100_000; i++)
        estimate.answered(1 + Math.floor(((i + 1) * lost) / 100_000) - Math.floor((i * lost) / 100_000))
      assert.ok(Math.abs((estimate.measured ?? 0) - loss) < 0.001)
      assert.ok(loss ** estimate.tries(100) <= 1e-6, `${loss}: ${estimate.tries(100)} tries`)
      assert.ok(loss ** (estimate.tries(100) - 2) > 1e-6, `${loss}: more tries than it is worth`)
    }
  })

  test('asks more often the more was lost', () => {
    const tries = [0, 10, 50, 100, 300].map((lost) =>
      estimateOf(Array.from({ length: 300 }, (_, i) => (i < lost ? 2 : 1))).tries(100),
    )
    assert.deepEqual(
      tries,
      tries.toSorted((a, b) => a - b),
    )
    assert.ok((tries.at(-1) ?? 0) > (tries[0] ?? 0))
  })

  test('asks four times where nothing was ever answered, as the comment on it says', () => {
    assert.equal(new LossEstimate().tries(10), 4)
  })
})
