/** What the connect engine needs of the system: start a connection, hear how it went, give it up. */
import { ERRNO } from '../../sys/errno.ts'

/** The connection stands, and with the other side. */
export const CONNECTED = 0
/** No outcome yet; it will be told later. */
export const PENDING = 1
/** The connection met itself: source and target port were the same (TCP simultaneous open, RFC 9293 section 3.5). */
export const SELF_CONNECT = 2
/** This machine's routing table has no way to the target: nothing left. */
export const NO_ROUTE = 3
/** A rule of this machine forbids it: nothing left. */
export const REFUSED_HERE = 4

/** One of the constants above, or a negative error number of `sys/errno.ts`, whichever driver is at work. */
export type DialOutcome = number

export interface Dialer extends Disposable {
  /**
   * Starts a connection to a port of the host with this ordinal. Anything but {@link PENDING} is the outcome, and the
   * slot is free again.
   */
  dial(slot: number, host: number, port: number): DialOutcome

  /**
   * Gives up a pending connection, after a last look: this thread may have slept over the answer.
   *
   * @returns {@link PENDING} where there still was no outcome
   */
  abandon(slot: number): DialOutcome

  /** Waits up to `timeoutMs` for outcomes and tells them; blocks the thread where it gives no promise. */
  wait(timeoutMs: number): void | Promise<void>
}

/** How a dialer tells of pending connections. */
export type OnOutcome = (slot: number, outcome: DialOutcome) => void

/** Makes a dialer for a number of slots, which are 0..slots-1. */
export type DialerFactory = (slots: number, onOutcome: OnOutcome) => Dialer

/**
 * What an error says that came before any packet left. Then it is this machine's routing table or rules that refuse, and
 * the same number from a router's ICMP message, which comes later, says something of the target.
 */
export function refusedAtOnce(error: DialOutcome): DialOutcome {
  switch (error) {
    case -ERRNO.ENETUNREACH:
    case -ERRNO.EHOSTUNREACH:
      return NO_ROUTE
    case -ERRNO.EACCES:
    case -ERRNO.EPERM:
      return REFUSED_HERE
    default:
      return error
  }
}
