import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as constants from '../../src/sys/constants.ts'
import { ERRNO, errnoName } from '../../src/sys/errno.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { evaluateInC, noCompiler } from './c-program.ts'

const numbers = Object.entries(constants)

test('every constant has the value of the C headers', { skip: noCompiler }, () => {
  const truth = evaluateInC(numbers.map(([name]) => name))
  assert.deepEqual(
    Object.fromEntries(numbers),
    Object.fromEntries(numbers.map(([name], index) => [name, truth[index]])),
  )
})

test('every error number has the value of the C headers', { skip: noCompiler }, () => {
  const names = Object.keys(ERRNO)
  const truth = evaluateInC(names)
  assert.deepEqual({ ...ERRNO }, Object.fromEntries(names.map((name, index) => [name, truth[index]])))
})

test("every constant that Python's socket or select module knows has Python's value", async () => {
  await using python = new PythonPeer()
  const theirs = await python.run(
    `import select
out = {n: getattr(m, n) for m in (select, socket) for n in names if hasattr(m, n)}`,
    { names: numbers.map(([name]) => name) },
  )
  assert.ok(typeof theirs === 'object' && theirs !== null)
  const both = Object.keys(theirs)
  assert.ok(both.length > 60, `${both.length} names`)
  assert.deepEqual(Object.fromEntries(numbers.filter(([name]) => both.includes(name))), theirs)
})

test("error numbers have the names of Python's errno module", async () => {
  await using python = new PythonPeer()
  const numbers = Object.values(ERRNO)
  // Linux has two names for 95; Python's table has the other one.
  const theirs = await python.run(
    `out = [[v, errno.errorcode[v].replace('ENOTSUP', 'EOPNOTSUPP')] for v in numbers]`,
    { numbers },
  )
  assert.deepEqual(
    numbers.map((number) => [number, errnoName(number)]),
    theirs,
  )
  assert.equal(errnoName(4000), 'E4000')
})
