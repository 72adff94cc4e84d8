import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { test } from 'node:test'
import * as flags from '../../src/sys/descriptor-flags.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { SOCK_CLOEXEC } from '../../src/sys/constants.ts'
import { descriptorFlags } from '../socket/leak-check.ts'
import { evaluateInC, noCompiler } from './c-program.ts'

test('the numbers of fcntl(2) are those of the C headers', { skip: noCompiler }, () => {
  const ours = Object.entries(flags).filter(([, value]) => typeof value === 'number')
  assert.equal(ours.length, 7)
  const truth = evaluateInC(ours.map(([name]) => name))
  assert.deepEqual(
    ours.map(([, value]) => value),
    truth,
  )
})

test('14. a prepared descriptor is non-blocking and closed on exec, and keeps its other flags', () => {
  const O_APPEND = 0o2000
  const fd = openSync('/dev/null', 'a')
  try {
    assert.equal(libc.fcntl(fd, flags.F_SETFD, 0), 0)
    assert.equal(descriptorFlags(fd) & (SOCK_CLOEXEC | flags.O_NONBLOCK | O_APPEND), O_APPEND)
    for (let round = 0; round < 2; round++) {
      assert.equal(flags.prepareDescriptor(fd), 0)
      const all = SOCK_CLOEXEC | flags.O_NONBLOCK | O_APPEND
      assert.equal(descriptorFlags(fd) & all, all)
    }
  } finally {
    closeSync(fd)
  }
  assert.equal(flags.prepareDescriptor(1_000_000), -ERRNO.EBADF)
  assert.equal(flags.duplicateDescriptor(1_000_000), -ERRNO.EBADF)
})
