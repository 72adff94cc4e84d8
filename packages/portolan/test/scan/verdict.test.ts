import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CONNECTED, NO_ROUTE, REFUSED_HERE, SELF_CONNECT } from '../../src/scan/connect/dialer.ts'
import { verdictOf } from '../../src/scan/connect/verdict.ts'
import { ERRNO } from '../../src/sys/errno.ts'

const errnos = Object.keys(ERRNO).filter((name): name is keyof typeof ERRNO => name in ERRNO)

/** Names of the error numbers that lead to a state. */
function errnosThatSay(state: string): string[] {
  return errnos.filter((name) => {
    const verdict = verdictOf(-ERRNO[name])
    return verdict.kind === 'decided' && verdict.state === state
  })
}

describe('the verdict on a connection', () => {
  test('is open after a connection, or after an error that only a connection can have', () => {
    assert.deepEqual(verdictOf(CONNECTED), { kind: 'decided', state: 'open', reason: 'syn-ack' })
    assert.deepEqual(errnosThatSay('open').sort(), ['ECONNRESET', 'EPIPE'])
  })

  test('is closed after a refusal and after nothing else', () => {
    assert.deepEqual(errnosThatSay('closed'), ['ECONNREFUSED'])
  })

  test('is silence after a timeout of the kernel', () => {
    assert.deepEqual(verdictOf(-ERRNO.ETIMEDOUT), { kind: 'silent' })
  })

  test('blames no target for what this machine lacks', () => {
    const shortages = {
      EMFILE: 'no-descriptor',
      ENFILE: 'no-descriptor',
      ENOSPC: 'no-descriptor',
      ENOBUFS: 'no-buffer',
      ENOMEM: 'no-buffer',
      EADDRNOTAVAIL: 'no-source-port',
      EADDRINUSE: 'no-source-port',
      EAGAIN: 'no-source-port',
      ENETDOWN: 'interface-down',
      EPERM: 'local-firewall',
    } as const
    for (const name of errnos.filter((name) => name in shortages))
      assert.deepEqual(verdictOf(-ERRNO[name]), { kind: 'local', reason: Object(shortages)[name] }, name)
    assert.deepEqual(verdictOf(SELF_CONNECT), { kind: 'local', reason: 'self-connect' })
    assert.deepEqual(verdictOf(NO_ROUTE), { kind: 'local', reason: 'no-route' })
    assert.deepEqual(verdictOf(REFUSED_HERE), { kind: 'local', reason: 'local-firewall' })
  })

  test('is a local error for every number nobody thought of', () => {
    for (const outcome of [-9999, -ERRNO.EINVAL, -ERRNO.EBADF, -ERRNO.EFAULT, -ERRNO.EAFNOSUPPORT])
      assert.deepEqual(verdictOf(outcome), { kind: 'local', reason: 'local-error' })
  })

  test('says nothing of the target, or something that an ICMP message can say', () => {
    const spoken = errnos.filter((name) => verdictOf(-ERRNO[name]).kind === 'decided').sort()
    // tcp(7), and icmp_err_convert and tab_unreach in the kernel: every error a router or a target can cause.
    assert.deepEqual(spoken, [
      'EACCES',
      'ECONNREFUSED',
      'ECONNRESET',
      'EHOSTDOWN',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'ENONET',
      'ENOPROTOOPT',
      'EPIPE',
    ])
  })
})
