/**
 * How a call ended, as one number: 0 or more is the result, a negative error number is the kernel's refusal, and five
 * numbers below every errno (which end at 4095, MAX_ERRNO in linux/err.h) are the ends that only a call that may wait
 * has.
 */
import { ERRNO } from '../sys/errno.ts'

/** The kernel has nothing now: the call waits. */
export const WOULD_BLOCK = -ERRNO.EAGAIN
/** The highest of Portolan's own: every outcome up to it is one of them. */
export const CLOSED = -5001
export const TIMED_OUT = -5002
export const ABORTED = -5003
/** EAGAIN that the caller is to see: no event would end the wait, or MSG_DONTWAIT forbids it. */
export const NOT_NOW = -5004
/** The reason is no number: whoever made the attempt keeps it. */
export const FAILED = -5005

/** What to put into a SocketError: an errno, or one of Portolan's own codes. */
export function reasonOf(outcome: number): number | string {
  switch (outcome) {
    case CLOSED:
      return 'ERR_SOCKET_CLOSED'
    case TIMED_OUT:
      return 'ERR_SOCKET_TIMEOUT'
    case ABORTED:
      return 'ABORT_ERR'
    case NOT_NOW:
      return ERRNO.EAGAIN
    default:
      return -outcome
  }
}
