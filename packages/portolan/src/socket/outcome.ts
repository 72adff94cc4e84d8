/**
 * How a call ended, as one number: 0 or more is the result, a negative error number is the kernel's refusal, and three
 * numbers below every errno (which end at 4095, MAX_ERRNO in linux/err.h) are the ends that the caller or the program
 * brought about.
 */
import { ERRNO } from '../sys/errno.ts'

export const WOULD_BLOCK = -ERRNO.EAGAIN
export const CLOSED = -5001
export const TIMED_OUT = -5002
export const ABORTED = -5003

/** What to put into a SocketError: an errno, or one of Portolan's own codes. */
export function reasonOf(outcome: number): number | string {
  switch (outcome) {
    case CLOSED:
      return 'ERR_SOCKET_CLOSED'
    case TIMED_OUT:
      return 'ERR_SOCKET_TIMEOUT'
    case ABORTED:
      return 'ABORT_ERR'
    default:
      return -outcome
  }
}
