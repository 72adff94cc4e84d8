/** What every call takes as its last argument. */

export interface WaitOptions {
  /** Ends the call with code `ABORT_ERR`. What had not been taken in is left for the next call. */
  readonly signal?: AbortSignal | undefined
  /**
   * Milliseconds after which the call ends with code `ERR_SOCKET_TIMEOUT`; 0 or less is over already, even where
   * data waits. Up to 2147483647, or Infinity.
   *
   * @default Infinity
   */
  readonly timeout?: number | undefined
}

/** Options of every call that receives or sends. */
export interface CallOptions extends WaitOptions {
  /** MSG_ flags of send(2) and recv(2), combined by `|`. With MSG_DONTWAIT the call ends with EAGAIN where it would wait. */
  readonly flags?: number
}

/** Options of a call that never waits. */
export interface TryOptions {
  /** MSG_ flags of send(2) and recv(2), combined by `|`. */
  readonly flags?: number
}

/** Shared, so that a call without options allocates none. */
export const NO_OPTIONS: CallOptions & TryOptions = Object.freeze({})

/** A longer delay makes setTimeout fire at once (Node's TIMEOUT_MAX), the opposite of what was asked for. */
const LONGEST_TIMEOUT = 2_147_483_647

/** @returns undefined where no timer is wanted */
export function checkTimeout(timeout: number | undefined): number | undefined {
  if (timeout === undefined || timeout === Infinity) return undefined
  if (Number.isNaN(timeout) || timeout > LONGEST_TIMEOUT)
    throw new RangeError(
      `timeout must be at most ${LONGEST_TIMEOUT} milliseconds, or Infinity, not ${timeout}`,
    )
  return timeout
}

/** A point in time for calls to end at: milliseconds from now, or a date; null for none. */
export type Deadline = number | Date | null

/** What a deadline is for: receiving, sending, or both. */
export type Direction = 'read' | 'write' | 'both'

/**
 * @returns milliseconds from now, undefined for no deadline
 * @throws RangeError for one that no timer can hold, some 24 days ahead
 */
export function delayUntil(deadline: Deadline): number | undefined {
  if (deadline === null) return undefined
  return checkTimeout(typeof deadline === 'number' ? deadline : deadline.getTime() - Date.now())
}

/** @throws RangeError unless `value` is a whole number in the range: koffi would wrap it without a word */
export function checkWhole(what: string, value: number, lowest: number, highest: number): number {
  if (!Number.isInteger(value) || value < lowest || value > highest)
    throw new RangeError(`${what} must be a whole number from ${lowest} to ${highest}, not ${value}`)
  return value
}
