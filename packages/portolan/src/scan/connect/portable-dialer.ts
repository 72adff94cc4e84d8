/**
 * Connections through node:net, where koffi or Linux is missing. Slower by an order of magnitude and with two blind
 * spots that node:net has: it does not tell a route that is missing here from one that a router misses, and it does not
 * tell how many descriptors are free.
 */
import { connect, type Socket } from 'node:net'
import { ERRNO, type ErrnoName } from '../../sys/errno.ts'
import { formatAddress } from '../address.ts'
import type { TargetSpace } from '../targets/target-space.ts'
import { CONNECTED, PENDING, SELF_CONNECT, type Dialer, type DialOutcome, type OnOutcome } from './dialer.ts'

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
    // Stays for the life of the socket: an error after the outcome has nobody to tell and must not end the process.
    socket.on('error', (error: NodeJS.ErrnoException) => this.#finish(slot, socket, outcomeOf(error)))
    return PENDING
  }

  abandon(slot: number): DialOutcome {
    const socket = this.#sockets[slot]
    this.#sockets[slot] = undefined
    socket?.destroy()
    return PENDING
  }

  /** Resolves after `timeoutMs`, or earlier when an outcome has been told. */
  wait(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, timeoutMs)
    this.#wake = () => {
      clearTimeout(timer)
      // Outcomes come in crowds; all of this turn's are told before the engine is stepped.
      setImmediate(resolve)
      this.#wake = undefined
    }
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
