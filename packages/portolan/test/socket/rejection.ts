import assert from 'node:assert/strict'
import { SocketError } from '../../src/sys/socket-error.ts'

/** The SocketError that a call ends with. */
export async function rejection(call: Promise<unknown>): Promise<SocketError> {
  const outcome: unknown = await call.then(
    (value) => new assert.AssertionError({ message: `Resolved to ${String(value)}` }),
    (error: unknown) => error,
  )
  if (outcome instanceof SocketError) return outcome
  throw outcome
}

/** The SocketError that a synchronous call throws. */
export function thrown(call: () => unknown): SocketError {
  try {
    call()
  } catch (error) {
    if (error instanceof SocketError) return error
    throw error
  }
  throw new assert.AssertionError({ message: 'Did not throw' })
}
