import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paintFor, wantsColor, type ColorChoice } from '../../src/cli/color.ts'

const terminal = { isTTY: true }
const pipe = {}

test('colour follows flag, NO_COLOR, FORCE_COLOR, TERM and terminal, in this order', () => {
  const cases: readonly (readonly [boolean, { isTTY?: boolean }, ColorChoice, Record<string, string>])[] = [
    [true, terminal, 'auto', { TERM: 'xterm' }],
    [true, terminal, 'auto', {}],
    [false, pipe, 'auto', { TERM: 'xterm' }],
    [false, terminal, 'auto', { TERM: 'dumb' }],
    [false, terminal, 'auto', { NO_COLOR: '1' }],
    [true, terminal, 'auto', { NO_COLOR: '' }],
    [true, pipe, 'auto', { FORCE_COLOR: '1' }],
    [true, pipe, 'auto', { FORCE_COLOR: '', TERM: 'dumb' }],
    [false, terminal, 'auto', { FORCE_COLOR: '0' }],
    [false, pipe, 'auto', { NO_COLOR: '1', FORCE_COLOR: '1' }],
    [true, pipe, 'always', { NO_COLOR: '1', TERM: 'dumb' }],
    [false, terminal, 'never', { FORCE_COLOR: '1' }],
  ]
  for (const [expected, stream, choice, env] of cases)
    assert.equal(wantsColor(stream, choice, env), expected, JSON.stringify([stream, choice, env]))
})

test('painting adds SGR codes or nothing', () => {
  assert.equal(paintFor(pipe, 'always', {})('red', 'x'), '\u001b[31mx\u001b[39m')
  assert.equal(paintFor(pipe, 'auto', {})('red', 'x'), 'x')
})
