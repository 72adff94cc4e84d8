/**
 * Connections through node:net, where koffi or Linux is missing. Slower, and it does not know how many descriptors are
 * free.
 */
import { connect, type Socket } from 'node:net'
import { ERRNO, type ErrnoName } from '../../sys/errno.ts'
import { formatAddress } from '../address.ts'
import type { TargetSpace } from '../targets/target-space.ts'
import {
  CONNECTED,
  PENDING,
  refusedAtOnce,
  SELF_CONNECT,
  type Dialer,
  type DialOutcome,
  type OnOutcome,
} from './dialer.ts'

export class PortableDialer implements Dialer {
  readonly #space: TargetSpace
  readonly #onOutcome: OnOutcome
  readonly #sockets: (Socket | undefined)[]
  #wake: (() => void) | undefined

  constructor(space: TargetSpace, slots: number, onOutcome: OnOutcome) {
    this.#space = space
    this.#onOutcome = onOutcome
    this.#sockets = Array.from({ length: slots })
  }

  dial(slot: number, host: number, port: number): DialOutcome {
    const address = formatAddress(this.#space.addressAt(host))
    const socket = connect({ host: address, port, autoSelectFamily: false })
    this.#sockets[slot] = socket
    socket.once('connect', () => {
      const self = socket.localPort === port && socket.localAddress === socket.remoteAddress
      this.#finish(slot, socket, self ? SELF_CONNECT : CONNECTED)
    })
    let atOnce = false
    // Told right before the system call. When it fails at once the socket is destroyed in the same tick, and 'error' is
    // told in a later one.
    socket.once('connectionAttempt', () =>
      process.nextTick(() => {
        atOnce = socket.destroyed
      }),
    )
    // Stays for the life of the socket: an error after the outcome has nobody to tell and must not end the process.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const outcome = outcomeOf(error)
      this.#finish(slot, socket, atOnce ? refusedAtOnce(outcome) : outcome)
    })
    return PENDING
  }

  abandon(slot: number): DialOutcome {
    const socket = this.#sockets[slot]
    this.#sockets[slot] = undefined
    socket?.destroy()
    return PENDING
  }

  /**
   * Resolves after `timeoutMs`, or earlier when an outcome has been told; always by setImmediate, whose callbacks run
   * after the event loop has looked at the sockets. So a thread that slept (stopped, or waiting for a slow reader) hears
   * every answer before the engine looks for deadlines.
   */
  wait(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const rise = (): void => {
      clearTimeout(timer)
      this.#wake = undefined
      setImmediate(resolve)
    }
    const timer = timeoutMs > 0 ? setTimeout(rise, timeoutMs) : undefined
    if (timer === undefined) rise()
    else this.#wake = rise
    return promise
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket?.destroy()
    this.#sockets.fill(undefined)
  }

  #finish(slot: number, socket: Socket, outcome: DialOutcome): void {
    if (this.#sockets[slot] !== socket) return
    this.#sockets[slot] = undefined
    if (outcome >= 0) socket.resetAndDestroy()
    else socket.destroy()
    this.#onOutcome(slot, outcome)
    this.#wake?.()
  }
}

function isErrnoName(code: string): code is ErrnoName {
  return code in ERRNO
}

/** By name: the numbers are the operating system's own and differ between systems. */
function outcomeOf({ code = '' }: NodeJS.ErrnoException): DialOutcome {
  return isErrnoName(code) ? -ERRNO[code] : -ERRNO.EIO
}
