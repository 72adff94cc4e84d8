/** What the connect engine needs of the system: start a connection, hear how it went, give it up. */

/** The connection stands, and with the other side. */
export const CONNECTED = 0
/** No outcome yet; it will be told later. */
export const PENDING = 1
/** The connection met itself: source and target port were the same (TCP simultaneous open, RFC 9293 section 3.5). */
export const SELF_CONNECT = 2

/**
 * {@link CONNECTED}, {@link PENDING}, {@link SELF_CONNECT}, or a negative error number of `sys/errno.ts`, whichever
 * driver is at work.
 */
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
