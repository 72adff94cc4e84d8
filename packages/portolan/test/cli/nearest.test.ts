import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { nearest, typingErrors } from '../../src/cli/nearest.ts'

test('the nearest word is found by case, beginning and typing error', () => {
  const words = ['scan', 'scope', 'ports', 'doctor', 'completion']
  assert.equal(nearest('SCAN', words), 'scan')
  assert.equal(nearest('comp', words), 'completion')
  assert.equal(nearest('scna', words), 'scan')
  assert.equal(nearest('docter', words), 'doctor')
  assert.equal(nearest('prots', words), 'ports')
})

test('a word unlike all others has no nearest one', () => {
  assert.equal(nearest('xyzzy', ['scan', 'scope']), undefined)
  assert.equal(nearest('', ['scan']), undefined)
  assert.equal(nearest('x', ['y']), undefined)
  assert.equal(nearest('scan', []), undefined)
})

test('swapped neighbours are one typing error', () => {
  assert.equal(typingErrors('scna', 'scan'), 1)
  assert.equal(typingErrors('kitten', 'sitting'), 3)
  assert.equal(typingErrors('', 'abc'), 3)
})

test('typing errors are symmetric, 0 only for equal words, and at most the longer length', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = typingErrors(a, b)
      assert.equal(distance, typingErrors(b, a))
      assert.equal(distance === 0, a === b)
      assert.ok(distance <= Math.max(a.length, b.length))
      assert.ok(distance >= Math.abs(a.length - b.length))
    }),
  )
})
