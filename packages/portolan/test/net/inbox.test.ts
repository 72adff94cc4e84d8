import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Inbox } from '../../src/net/inbox.ts'

const step = fc.oneof(
  fc.record({ what: fc.constant('append' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 30 }) }),
  fc.record({
    what: fc.constantFrom('take', 'takeInto', 'drop'),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
)

describe('an inbox', () => {
  test('gives what was put in, in order, each byte once', () =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const inbox = new Inbox()
        let model: number[] = []
        for (const next of steps) {
          if ('bytes' in next) {
            model.push(...next.bytes)
            inbox.append(next.bytes.slice())
          } else {
            const count = Math.floor(next.share * model.length)
            const expected = model.slice(0, count)
            model = model.slice(count)
            if (next.what === 'take') assert.deepEqual(Array.from(inbox.take(count)), expected)
            else if (next.what === 'drop') inbox.drop(count)
            else {
              const into = new Uint8Array(count)
              assert.equal(inbox.takeInto(into), count)
              assert.deepEqual(Array.from(into), expected)
            }
          }
          assert.equal(inbox.length, model.length)
          assert.deepEqual(Array.from(inbox.peek()), model)
        }
      }),
    ))

  test('that is never empty holds no more memory than twice what it held at most, however much passes it', () => {
    const inbox = new Inbox()
    inbox.append(Uint8Array.of(0))
    for (let count = 0; count < 1000; count++) {
      inbox.append(new Uint8Array(1000))
      inbox.drop(1000)
      assert.ok(
        inbox.peek().buffer.byteLength <= 2 * 1001,
        `${inbox.peek().buffer.byteLength} after ${count}`,
      )
    }
  })

  test('moves bytes a bounded number of times, though they come one by one', () => {
    const inbox = new Inbox()
    const memories = new Set<ArrayBufferLike>()
    for (let count = 0; count < 100_000; count++) {
      inbox.append(Uint8Array.of(count % 251))
      memories.add(inbox.peek().buffer)
    }
    // Doubling: log2(100000) is 16.6.
    assert.ok(memories.size <= 18, `${memories.size} times`)
  })

  test('that is empty holds nothing', () => {
    const inbox = new Inbox()
    inbox.append(new Uint8Array(65_536))
    inbox.drop(65_536)
    assert.equal(inbox.peek().buffer.byteLength, 0)
  })
})
