/**
 * TLS in front of a listener: each connection has its handshake by itself, so that a client that is slow, or says nothing,
 * keeps nobody else waiting. What comes out has shaken hands.
 */
import { NO_OPTIONS, type WaitOptions } from '../socket/call-options.ts'
import { ABORTED, FAILED, reasonOf, WOULD_BLOCK } from '../socket/outcome.ts'
import { WaitQueue } from '../socket/wait-queue.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import { Connection } from './connection.ts'
import type { TransportListener } from './driver.ts'
import type { TlsAcceptor } from './tls.ts'
import type { Transport } from './transport.ts'

/**
 * Handshakes at the same time. One costs some milliseconds of processor and some 100 KiB, so that silent clients hold
 * 25 MiB at most. Who comes when all are under way takes the place of the longest one: an honest handshake is over in
 * milliseconds, and waiting for silent clients to run out of time (10 s) would let 26 of them a second shut everybody out.
 */
const MOST_HANDSHAKES = 256

export class TlsListener implements TransportListener {
  readonly localAddress: SocketAddress
  readonly #inner: TransportListener
  readonly #acceptor: TlsAcceptor
  readonly #onError: (error: SocketError) => void
  readonly #accepts = new WaitQueue({ began: () => this.#begin(), ended: () => this.#rest() })
  readonly #ready: Transport[] = []
  #failure: unknown
  /** Aborts the pending accept below when nobody waits any more. */
  #wanted: AbortController | undefined
  /** Handshakes under way, the longest first, each to be ended by its controller. */
  readonly #handshakes = new Set<AbortController>()
  #accepting = false

  /** @param onError told of handshakes that failed; their connections are closed */
  constructor(inner: TransportListener, acceptor: TlsAcceptor, onError: (error: SocketError) => void) {
    this.#inner = inner
    this.#acceptor = acceptor
    this.#onError = onError
    this.localAddress = inner.localAddress
  }

  async accept(options: WaitOptions = NO_OPTIONS): Promise<Transport> {
    const taken: { transport?: Transport | undefined; failure?: unknown } = {}
    const run = this.#accepts.run(() => {
      taken.transport = this.#ready.shift()
      if (taken.transport !== undefined) return 0
      if (this.#failure === undefined) return WOULD_BLOCK
      taken.failure = this.#failure
      this.#failure = undefined
      return FAILED
    }, options)
    const outcome = typeof run === 'number' ? run : await run
    if (outcome === FAILED) {
      // Told to one; who waits behind it goes on waiting for connections.
      if (this.#wanted !== undefined) void this.#acceptWhileWanted()
      throw taken.failure
    }
    if (taken.transport !== undefined) return taken.transport
    throw new SocketError(reasonOf(outcome), 'accept', {
      local: this.localAddress,
      cause: outcome === ABORTED ? options.signal?.reason : undefined,
    })
  }

  #begin(): void {
    this.#wanted = new AbortController()
    void this.#acceptWhileWanted()
  }

  #rest(): void {
    this.#wanted?.abort()
    this.#wanted = undefined
  }

  async #acceptWhileWanted(): Promise<void> {
    if (this.#accepting) return
    this.#accepting = true
    try {
      while (this.#wanted !== undefined)
        void this.#shakeHands(await this.#inner.accept({ signal: this.#wanted.signal }))
    } catch (error) {
      if (!(error instanceof SocketError) || error.code !== 'ABORT_ERR') this.#failure = error
    } finally {
      this.#accepting = false
    }
    // Somebody may have begun to wait after the pending accept was given up.
    if (this.#failure !== undefined) this.#accepts.flushSoon()
    else if (this.#wanted !== undefined) void this.#acceptWhileWanted()
  }

  async #shakeHands(transport: Transport): Promise<void> {
    const [longest] = this.#handshakes
    if (longest !== undefined && this.#handshakes.size >= MOST_HANDSHAKES) {
      this.#handshakes.delete(longest)
      longest.abort()
    }
    const handshake = new AbortController()
    this.#handshakes.add(handshake)
    try {
      const { signal } = handshake
      const secured = await this.#acceptor.accept(new Connection(transport), { signal })
      if (signal.aborted) secured.reset()
      else this.#ready.push(secured)
      this.#accepts.flushSoon()
    } catch (error) {
      if (!(error instanceof SocketError)) this.#failure = error
      else if (error.code !== 'ABORT_ERR') this.#onError(error)
      if (this.#failure !== undefined) this.#accepts.flushSoon()
    } finally {
      this.#handshakes.delete(handshake)
    }
  }

  async close(): Promise<void> {
    this.#accepts.close()
    for (const handshake of this.#handshakes) handshake.abort()
    for (const transport of this.#ready.splice(0)) transport.reset()
    await this.#inner.close()
  }
}
