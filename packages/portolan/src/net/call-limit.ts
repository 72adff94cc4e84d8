/** The signal and the timeout of one call that waits several times: name look-up, attempts, handshake. */
import { checkTimeout, type WaitOptions } from '../socket/call-options.ts'
import { SocketError, type SocketErrorDetail } from '../sys/socket-error.ts'

/** Why a call is over before it was done; the codes of SocketError. */
export type OverCode = 'ABORT_ERR' | 'ERR_SOCKET_TIMEOUT'

const OVER = Symbol('over')

/**
 * Counts from where it is made until it is disposed of, which gives the timer and the listener back. What it hands down
 * is a signal only, so that one clock decides, and {@link failure} says which of the two it was.
 */
export class CallLimit implements Disposable {
  readonly #controller = new AbortController()
  readonly #ended = Promise.withResolvers<typeof OVER>()
  readonly #outer: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout | undefined
  #over: OverCode | undefined

  /** @throws RangeError for a timeout that no timer can hold */
  constructor({ signal, timeout }: WaitOptions) {
    const delay = checkTimeout(timeout)
    this.#outer = signal
    if (signal?.aborted === true) this.#end('ABORT_ERR')
    else if (delay !== undefined && delay <= 0) this.#end('ERR_SOCKET_TIMEOUT')
    else {
      signal?.addEventListener('abort', this.#onAbort, { once: true })
      if (delay !== undefined) this.#timer = setTimeout(() => this.#end('ERR_SOCKET_TIMEOUT'), delay)
    }
  }

  /** Aborted by the caller's signal and by the timeout alike. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Undefined while there is time. */
  get over(): OverCode | undefined {
    return this.#over
  }

  /** The error of a call that is {@link over}. */
  failure(syscall: string, detail: SocketErrorDetail = {}): SocketError {
    const cause: unknown = this.#over === 'ABORT_ERR' ? this.#outer?.reason : undefined
    return new SocketError(this.#over ?? 'ABORT_ERR', syscall, { ...detail, cause })
  }

  /** @throws SocketError where the call is over */
  check(syscall: string, detail?: SocketErrorDetail): void {
    if (this.#over !== undefined) throw this.failure(syscall, detail)
  }

  /**
   * Waits for work that may not heed a signal, such as getaddrinfo(3): once the call is over, it is left to end by
   * itself, unheard. Not for work whose result must be closed.
   *
   * @throws SocketError where the call is over, else what the work throws
   */
  async within<T>(work: () => Promise<T>, syscall: string, detail?: SocketErrorDetail): Promise<T> {
    this.check(syscall, detail)
    try {
      const result = await Promise.race([work(), this.#ended.promise])
      if (result !== OVER) return result
    } catch (error) {
      if (this.#over === undefined) throw error
    }
    throw this.failure(syscall, detail)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#outer?.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => this.#end('ABORT_ERR')

  #end(code: OverCode): void {
    if (this.#over !== undefined) return
    this.#over = code
    this[Symbol.dispose]()
    this.#ended.resolve(OVER)
    this.#controller.abort(code === 'ABORT_ERR' ? this.#outer?.reason : undefined)
  }
}
