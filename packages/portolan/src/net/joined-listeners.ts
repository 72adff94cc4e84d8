/** Several listening addresses as one: a name such as `localhost` often has an IPv6 and an IPv4 address. */
import type { WaitOptions } from '../socket/call-options.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import type { TransportListener } from './driver.ts'
import type { Transport } from './transport.ts'

export class JoinedListeners implements TransportListener {
  readonly localAddress: SocketAddress
  readonly #listeners: readonly TransportListener[]
  /** Two addresses may each have a connection in the same moment: the second waits here for the next accept. */
  readonly #ready: Transport[] = []

  /** @param listeners one at least; the first gives the address */
  constructor(listeners: readonly TransportListener[]) {
    const [first] = listeners
    if (first === undefined) throw new RangeError('No address to listen at')
    this.#listeners = listeners
    this.localAddress = first.localAddress
  }

  async accept({ signal, timeout }: WaitOptions = {}): Promise<Transport> {
    const waiting = this.#ready.shift()
    if (waiting !== undefined) return waiting
    const settled = new AbortController()
    const either = signal === undefined ? settled.signal : AbortSignal.any([signal, settled.signal])
    const accepts = this.#listeners.map((listener) => listener.accept({ signal: either, timeout }))
    const first = Promise.race(accepts)
    let taken: Transport | undefined
    try {
      taken = await first
      return taken
    } finally {
      settled.abort()
      for (const outcome of await Promise.allSettled(accepts))
        if (outcome.status === 'fulfilled' && outcome.value !== taken) this.#ready.push(outcome.value)
    }
  }

  async close(): Promise<void> {
    for (const transport of this.#ready.splice(0)) transport.reset()
    await Promise.all(this.#listeners.map((listener) => listener.close()))
  }
}
