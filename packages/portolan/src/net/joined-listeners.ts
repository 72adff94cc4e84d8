/** Several listening addresses as one: a name such as `localhost` often has an IPv6 and an IPv4 address. */
import { NO_OPTIONS, type WaitOptions } from '../socket/call-options.ts'
import { ABORTED, reasonOf, WOULD_BLOCK } from '../socket/outcome.ts'
import { WaitQueue } from '../socket/wait-queue.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import type { TransportListener } from './driver.ts'
import type { Transport } from './transport.ts'

export class JoinedListeners implements TransportListener {
  readonly localAddress: SocketAddress
  readonly #listeners: readonly TransportListener[]
  /** Two addresses may each have a connection in the same moment: the second waits here for the next accept. */
  readonly #ready: Transport[] = []
  // One accept at a time, or what waits in #ready would pass by the one that waits behind it.
  readonly #turns = new WaitQueue({ began: () => undefined, ended: () => undefined })
  #accepting = false
  #closed = false

  /** @param listeners one at least; the first gives the address */
  constructor(listeners: readonly TransportListener[]) {
    const [first] = listeners
    if (first === undefined) throw new RangeError('No address to listen at')
    this.#listeners = listeners
    this.localAddress = first.localAddress
  }

  async accept(options: WaitOptions = NO_OPTIONS): Promise<Transport> {
    const { signal, timeout } = options
    const end = timeout === undefined ? undefined : performance.now() + timeout
    const run = this.#turns.run(() => {
      if (this.#accepting) return WOULD_BLOCK
      this.#accepting = true
      return 0
    }, options)
    const outcome = typeof run === 'number' ? run : await run
    if (outcome < 0)
      throw new SocketError(reasonOf(outcome), 'accept', {
        local: this.localAddress,
        cause: outcome === ABORTED ? signal?.reason : undefined,
      })
    try {
      return await this.#acceptInTurn({
        signal,
        timeout: end === undefined ? undefined : end - performance.now(),
      })
    } finally {
      this.#accepting = false
      this.#turns.flush()
    }
  }

  async #acceptInTurn({ signal, timeout }: WaitOptions): Promise<Transport> {
    const waiting = this.#ready.shift()
    if (waiting !== undefined) return waiting
    const settled = new AbortController()
    const either = signal === undefined ? settled.signal : AbortSignal.any([signal, settled.signal])
    const accepts = this.#listeners.map((listener) => listener.accept({ signal: either, timeout }))
    let taken: Transport | undefined
    try {
      taken = await Promise.race(accepts)
      return taken
    } finally {
      settled.abort()
      for (const outcome of await Promise.allSettled(accepts)) {
        if (outcome.status === 'rejected' || outcome.value === taken) continue
        if (this.#closed) outcome.value.reset()
        else this.#ready.push(outcome.value)
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#turns.close()
    for (const transport of this.#ready.splice(0)) transport.reset()
    await Promise.all(this.#listeners.map((listener) => listener.close()))
  }
}
