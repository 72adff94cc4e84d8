import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SocketError } from '../../src/sys/socket-error.ts'

// Another query, another module instance: what two installed copies are.
const COPY = new URL('../../src/sys/socket-error.ts?copy', import.meta.url).href

test('89. the error of another copy of the package is a SocketError too; other errors are not', async () => {
  const copy: unknown = await import(COPY)
  assert.ok(
    typeof copy === 'object' &&
      copy !== null &&
      'SocketError' in copy &&
      typeof copy.SocketError === 'function',
  )
  assert.notEqual(copy.SocketError, SocketError)
  const foreign: unknown = Reflect.construct(copy.SocketError, [111, 'connect'])
  assert.ok(foreign instanceof SocketError)
  assert.equal(foreign.code, 'ECONNREFUSED')
  assert.ok(!(new Error('x') instanceof SocketError))
  assert.ok(!(Object(1) instanceof SocketError))
})

test('a subclass does not claim every SocketError', () => {
  class Mine extends SocketError {}
  assert.ok(new Mine(1, 'bind') instanceof Mine)
  assert.ok(new Mine(1, 'bind') instanceof SocketError)
  assert.ok(!(new SocketError(1, 'bind') instanceof Mine))
})

test('an error number without a name keeps its number', () => {
  assert.equal(new SocketError(1234, 'bind').code, 'E1234')
})
