import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { EventQueue } from '../../src/scan/event-queue.ts'

describe('the event queue', () => {
  test('gives what was pushed, in order, and tells of a drain only when all before it is taken', async () => {
    const bursts = fc.array(fc.nat(6), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(
        bursts,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
        async (bursts, slow) => {
          const queue = new EventQueue<number>()
          let pushed = 0
          const taken: number[] = []
          let drains = 0
          const feed = async (): Promise<void> => {
            for (const burst of bursts) {
              for (let i = 0; i < burst; i++) queue.push(pushed++)
              const upTo = pushed
              queue.whenDrained(() => {
                drains++
                assert.ok(taken.length >= upTo, `drained at ${taken.length} of ${upTo}`)
              })
              if (burst % 2 === 0) await turn()
            }
            queue.end()
          }
          const feeding = feed()
          for await (const item of queue) {
            taken.push(item)
            if (slow[taken.length % slow.length] === true) await turn()
          }
          await feeding
          assert.deepEqual(
            taken,
            Array.from({ length: pushed }, (_, i) => i),
          )
          assert.equal(drains, bursts.length)
        },
      ),
    )
  })

  test('tells of a drain at once when nothing waits', () => {
    let told = false
    new EventQueue<number>().whenDrained(() => {
      told = true
    })
    assert.equal(told, true)
  })

  test('goes on when a drain callback pushes more', async () => {
    const queue = new EventQueue<number>()
    queue.push(1)
    queue.whenDrained(() => {
      queue.push(2)
      queue.end()
    })
    const taken: number[] = []
    for await (const item of queue) taken.push(item)
    assert.deepEqual(taken, [1, 2])
  })
})
