/** What a run may have come to: everything done and exact, or the injected error, told to somebody. */
import assert from 'node:assert/strict'
import { SocketError } from '../../src/sys/socket-error.ts'
import { isGotOver } from './call-faults.ts'
import type { Fault } from './fault-plan.ts'
import { EarlyEnd, type Stage } from './stage.ts'

/** How the failure of one side looks to the others, and to calls that still wait when the stage closes everything. */
const CONSEQUENCES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ERR_SOCKET_CLOSED',
  'ERR_TLS_TRUNCATED',
])

/**
 * The peer is gone, says the kernel. Who only wants to end its own direction then hears nothing (closeWrite of Connection);
 * a peer that is there all the same, as it is here, sees the end that it would see of one that died.
 */
const GONE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE'])

/** Whether an error is of this code, or names it as an attempt of its own or as its cause. */
export function carries(error: unknown, code: string): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && error.code === code) return true
  if ('errors' in error && Array.isArray(error.errors) && error.errors.some((one) => carries(one, code)))
    return true
  return carries(error.cause, code)
}

/** @throws for every other outcome */
export function judge({ told, overcome }: Stage, fault: Fault | undefined): void {
  const failures = told.map((error) => {
    if (error instanceof SocketError || error instanceof EarlyEnd) return error
    throw error
  })
  const [first] = failures
  if (fault === undefined) {
    if (first !== undefined) throw first
    assert.deepEqual(overcome, [])
    return
  }
  if (first === undefined) return
  const { kind, errno } = fault
  assert.ok(!isGotOver(kind, errno), `${errno} of ${kind} was told: ${String(first)}`)
  assert.ok(
    GONE.has(errno) || [...failures, ...overcome].some((error) => carries(error, errno)),
    `${errno} of ${kind} was not told, but ${failures.join('; ')}`,
  )
  for (const error of failures)
    if (error instanceof SocketError && !carries(error, errno))
      assert.ok(CONSEQUENCES.has(error.code), `${errno} of ${kind} led to ${error.stack}`)
}
