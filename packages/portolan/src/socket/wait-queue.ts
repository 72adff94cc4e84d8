/**
 * The calls that wait on one direction of a socket, in the order they were made. Only the first one tries; so two
 * `sendAll` do not mix their bytes, and concurrent `accept` get one connection each.
 */
import { ERRNO } from '../sys/errno.ts'
import { ABORTED, CLOSED, TIMED_OUT, WOULD_BLOCK } from './outcome.ts'

export interface WaitOptions {
  /** Ends the call with code `ABORT_ERR`. What had not been taken in is left for the next call. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds after which the call ends with code `ERR_SOCKET_TIMEOUT`. */
  readonly timeout?: number | undefined
}

/** One system call: its result, or a negative error number. Must be safe to repeat after EAGAIN. */
export type Attempt = () => number

/** Told when the first call begins to wait and when the last one has ended. */
export interface Waiting {
  began(): void
  ended(): void
}

interface Operation {
  readonly attempt: Attempt
  readonly resolve: (outcome: number) => void
  readonly release: (() => void) | undefined
}

/**
 * Calls in a row that may succeed without a turn of the event loop. An awaited call that succeeds at once goes on in a
 * microtask, so a peer that always has data would keep every other socket and timer from running. libuv reads as often.
 */
const BURST = 32

export class WaitQueue {
  readonly #operations: Operation[] = []
  readonly #waiting: Waiting
  #burst = 0
  #closed = false

  constructor(waiting: Waiting) {
    this.#waiting = waiting
  }

  /** Tries at once where nobody waits, else waits in line. */
  run(attempt: Attempt, options: WaitOptions): number | Promise<number> {
    if (this.#closed) return CLOSED
    if (options.signal?.aborted === true) return ABORTED
    if (options.timeout !== undefined && options.timeout <= 0) return TIMED_OUT
    const inLine = this.#operations.length > 0
    if (!inLine && this.#burst < BURST) {
      const outcome = tried(attempt)
      if (outcome !== WOULD_BLOCK) {
        this.#burst++
        return outcome
      }
    } else if (!inLine) setImmediate(() => this.flush())
    return new Promise((resolve) => this.#enqueue(attempt, resolve, options))
  }

  /** The socket may be ready: lets the waiting calls try, first come first served. */
  flush(): void {
    this.#burst = 0
    while (this.#operations.length > 0) {
      const [first] = this.#operations
      if (first === undefined) return
      const outcome = tried(first.attempt)
      if (outcome === WOULD_BLOCK) return
      this.#end(first, outcome)
    }
  }

  /** Ends every call, now and later, with code `ERR_SOCKET_CLOSED`. */
  close(): void {
    this.#closed = true
    for (const operation of [...this.#operations]) this.#end(operation, CLOSED)
  }

  #enqueue(attempt: Attempt, resolve: (outcome: number) => void, { signal, timeout }: WaitOptions): void {
    let release: (() => void) | undefined
    if (signal !== undefined || timeout !== undefined) {
      const onAbort = (): void => this.#end(operation, ABORTED)
      const timer =
        timeout === undefined ? undefined : setTimeout(() => this.#end(operation, TIMED_OUT), timeout)
      signal?.addEventListener('abort', onAbort, { once: true })
      release = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
    }
    const operation: Operation = { attempt, resolve, release }
    this.#operations.push(operation)
    if (this.#operations.length === 1) this.#waiting.began()
  }

  #end(operation: Operation, outcome: number): void {
    const index = this.#operations.indexOf(operation)
    if (index < 0) return
    this.#operations.splice(index, 1)
    operation.release?.()
    if (this.#operations.length === 0) this.#waiting.ended()
    operation.resolve(outcome)
  }
}

/** EINTR means that nothing happened; the call is made again (signal(7)). */
function tried(attempt: Attempt): number {
  for (;;) {
    const outcome = attempt()
    if (outcome !== -ERRNO.EINTR) return outcome
  }
}
