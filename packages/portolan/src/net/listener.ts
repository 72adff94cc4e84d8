/** A server's end: connections as they come, a limit, and two ways to stop. */
import { checkTimeout, type WaitOptions } from '../socket/call-options.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import { pauseBefore } from './accept-pause.ts'
import { Connection } from './connection.ts'
import type { TransportListener } from './driver.ts'
import { serveConnection, warnOfHandler, type ConnectionHandler } from './serving.ts'
import type { Transport } from './transport.ts'

/** The longest that a timer has. */
const LONGEST_TIMEOUT = 2_147_483_647

export interface ListenerOptions {
  /** Open connections at once. @default Infinity */
  readonly maxConnections?: number | undefined
  /**
   * What becomes of connections beyond the limit: `wait` leaves them in the backlog of the kernel, where clients see a
   * slow server; `reset` accepts and resets them, which {@link onReset} is told.
   *
   * @default 'wait'
   */
  readonly whenFull?: 'wait' | 'reset' | undefined
  /** Told of each connection that the limit turned away. */
  readonly onReset?: ((remote: SocketAddress | undefined) => void) | undefined
  /**
   * Told of errors that accepting gets over: EMFILE, ENFILE, ENOBUFS and ENOMEM (the listener pauses 100 ms; clients
   * wait in the backlog), and failed TLS handshakes. Without it they are dropped.
   */
  readonly onError?: ((error: SocketError) => void) | undefined
  /** Closes the listener. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Listens. Made by `listen`. Portolan's own.
 *
 * Iterating gives connections as they come; it ends when the listener is closed, and leaving the loop early closes the
 * listener (not the connections).
 */
export class Listener implements AsyncDisposable, AsyncIterable<Connection> {
  readonly #source: TransportListener
  readonly #options: ListenerOptions
  readonly #limit: number
  readonly #open = new Set<Transport>()
  /** Called at the next connection that closes. */
  readonly #closings = new Set<() => void>()
  /** Calls of accept that have a place under the limit and no connection yet. */
  #reserved = 0
  #closed = false

  constructor(source: TransportListener, options: ListenerOptions) {
    this.#source = source
    this.#options = options
    this.#limit = options.maxConnections ?? Infinity
    options.signal?.addEventListener('abort', this.#onAbort, { once: true })
    // It may have happened while the name was looked up.
    if (options.signal?.aborted === true) this.#onAbort()
  }

  readonly #onAbort = (): void => {
    // What is not told to anybody who waits must still be told: a UNIX path that could not be removed.
    this.close().catch((error: Error) => process.emitWarning(error))
  }

  /** Where it listens; with a name that has several addresses, the first of {@link addresses}. */
  get localAddress(): SocketAddress {
    return this.#source.localAddress
  }

  /** Connections that were accepted here and are not closed yet. */
  get connections(): number {
    return this.#open.size
  }

  get closed(): boolean {
    return this.#closed
  }

  /**
   * The next connection. Abort-safe: a connection is given to a caller or goes on waiting. Errors of single connections
   * and shortages of the process are got over (see {@link ListenerOptions.onError}).
   *
   * @throws SocketError with ERR_SOCKET_CLOSED, ERR_SOCKET_TIMEOUT or ABORT_ERR
   */
  async accept(options: WaitOptions = {}): Promise<Connection> {
    const left = countdown(options)
    const waits = this.#options.whenFull !== 'reset'
    if (waits) await this.#reserve(left)
    try {
      for (;;) {
        const transport = await this.#acceptOnce(left)
        if (transport === undefined) continue
        if (waits || this.#open.size < this.#limit) return this.#take(transport)
        transport.reset()
        this.#options.onReset?.(transport.remoteAddress)
      }
    } finally {
      if (waits) this.#release()
    }
  }

  /** @returns undefined where a pause was needed instead */
  async #acceptOnce(left: () => WaitOptions): Promise<Transport | undefined> {
    try {
      return await this.#source.accept(left())
    } catch (error) {
      const pause = error instanceof SocketError ? pauseBefore(error) : undefined
      if (pause === undefined || !(error instanceof SocketError)) throw error
      this.#options.onError?.(error)
      await this.#wait(left(), pause)
      return undefined
    }
  }

  #take(transport: Transport): Connection {
    this.#open.add(transport)
    transport.onClosed = () => {
      this.#open.delete(transport)
      this.#wake()
    }
    return new Connection(transport)
  }

  /** Waits for a place under the limit and keeps it: two that wait must not both take the one that becomes free. */
  async #reserve(left: () => WaitOptions): Promise<void> {
    while (this.#open.size + this.#reserved >= this.#limit) await this.#wait(left(), undefined)
    this.#reserved++
  }

  #release(): void {
    this.#reserved--
    this.#wake()
  }

  #wake(): void {
    // A copy: who still finds it full puts itself in again.
    const closings = [...this.#closings]
    this.#closings.clear()
    for (const closing of closings) closing()
  }

  /** Until a connection closes, this listener does, or `pause` milliseconds are over, whichever is first. */
  #wait({ signal, timeout }: WaitOptions, pause: number | undefined): Promise<void> {
    if (this.#closed) throw this.#failure('ERR_SOCKET_CLOSED')
    if (signal?.aborted === true) throw this.#failure('ABORT_ERR', signal.reason)
    if (timeout !== undefined && timeout <= 0) throw this.#failure('ERR_SOCKET_TIMEOUT')
    return new Promise((resolve) => {
      // Always a timer, so that who waits for a place keeps the process alive, as who waits for a connection does.
      const delay = Math.min(pause ?? LONGEST_TIMEOUT, timeout ?? LONGEST_TIMEOUT, LONGEST_TIMEOUT)
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        this.#closings.delete(done)
        resolve()
      }
      const timer = setTimeout(done, delay)
      signal?.addEventListener('abort', done, { once: true })
      this.#closings.add(done)
    })
  }

  #failure(code: string, cause?: unknown): SocketError {
    return new SocketError(code, 'accept', { local: this.localAddress, cause })
  }

  /**
   * Stops listening. Connections that were accepted go on; those in the backlog are reset by the kernel. Calls of
   * {@link accept} end with ERR_SOCKET_CLOSED, iterations just end. Resolves when the port is free again.
   *
   * @throws Error of unlink(2) where the file of a UNIX path cannot be removed; the listener is closed then too
   */
  async close(): Promise<void> {
    this.#closed = true
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    const closing = this.#source.close()
    this.#wake()
    await closing
  }

  /**
   * Ends gracefully: stops listening, waits until every accepted connection is closed, and resets those that are still
   * open at the deadline. Not abort-safe, as the signal does not give up but makes haste.
   *
   * @param options.timeout milliseconds for the connections to end. @default Infinity
   * @param options.signal resets the rest at once
   * @returns how many were reset
   * @throws Error as {@link close}
   */
  async drain({ timeout, signal }: WaitOptions = {}): Promise<number> {
    const delay = checkTimeout(timeout)
    await this.close()
    const over = Promise.withResolvers<void>()
    const timer = delay === undefined ? undefined : setTimeout(over.resolve, delay)
    const abort = (): void => over.resolve()
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted === true) over.resolve()
    const empty = (): void => {
      if (this.#open.size === 0) over.resolve()
      else this.#closings.add(empty)
    }
    empty()
    await over.promise
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    const rest = [...this.#open]
    for (const transport of rest) transport.reset()
    return rest.length
  }

  /**
   * Gives every connection to a handler, many at the same time, until the listener is closed. A connection is closed when
   * its handler's promise resolves, and reset when it rejects: one that fails takes no other with it.
   *
   * @param options.onError told what a handler failed with. @default what is no SocketError is a warning of the process
   * @returns when the listener has been closed; handlers may still be at work: see {@link drain}
   * @throws SocketError where accepting itself fails
   * @example
   * ```ts
   * await server.serve(async (conn) => {
   *   for await (const line of conn.lines()) await conn.write(`${line}\n`)
   * })
   * ```
   */
  async serve(
    handler: ConnectionHandler,
    { onError = warnOfHandler }: { readonly onError?: ((error: unknown) => void) | undefined } = {},
  ): Promise<void> {
    for await (const connection of this) void serveConnection(connection, handler, onError)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Connection, void, undefined> {
    try {
      for (;;) yield await this.accept()
    } catch (error) {
      if (!(this.#closed && error instanceof SocketError && error.code === 'ERR_SOCKET_CLOSED')) throw error
    } finally {
      await this.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** The options with what is left of the timeout each time they are asked for. */
function countdown(options: WaitOptions): () => WaitOptions {
  const { signal, timeout } = options
  if (timeout === undefined || timeout === Infinity) return () => options
  const end = performance.now() + timeout
  return () => ({ signal, timeout: end - performance.now() })
}

/** @throws RangeError */
export function checkLimit(limit: number): number {
  if (limit === Infinity || (Number.isInteger(limit) && limit > 0)) return limit
  throw new RangeError(`maxConnections must be a whole number above 0, or Infinity, not ${limit}`)
}
