/**
 * The calls that wait on one direction of a socket, in the order they were made. Only the first one tries; so two
 * `sendAll` do not mix their bytes, and concurrent `accept` get one connection each.
 */
import { MSG_DONTWAIT } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { checkTimeout, type CallOptions } from './call-options.ts'
import { ABORTED, CLOSED, NOT_NOW, TIMED_OUT, WOULD_BLOCK } from './outcome.ts'

/** One system call: its result, or a negative error number. Must be safe to repeat after EAGAIN and EINTR. */
export type Attempt = () => number

/** Told when the first call begins to wait and when the last one has ended. */
export interface Waiting {
  /** May throw; then nothing waits and `ended` does not come. */
  began(): void
  ended(): void
}

interface Operation {
  readonly attempt: Attempt
  readonly resolve: (outcome: number) => void
  readonly reject: (error: unknown) => void
  release: (() => void) | undefined
  timer: NodeJS.Timeout | undefined
}

/**
 * Calls in a row that may succeed without a turn of the event loop. An awaited call that succeeds at once goes on in a
 * microtask, so a peer that always has data would keep every other socket and timer from running. libuv reads as often.
 */
const BURST = 32

export class WaitQueue {
  #operations: (Operation | undefined)[] = []
  /** Where the line begins: what stands before has ended */
  #head = 0
  readonly #waiting: Waiting
  #burst = 0
  #exhausted = false
  /** What every call is answered, now and later: {@link CLOSED}, {@link TIMED_OUT} after the deadline, or 0 */
  #refusal = 0
  #soon = false
  #pause: NodeJS.Timeout | undefined
  /** Whether the timers of what waits keep the process alive */
  #held = true
  #deadline: NodeJS.Timeout | undefined

  constructor(waiting: Waiting) {
    this.#waiting = waiting
  }

  /**
   * Tries at once where nobody waits, else waits in line.
   *
   * A number is the outcome itself: awaiting it would cost the fast path a microtask for nothing.
   *
   * @param needsReadiness false for what is done at once also where the last call took all there was
   */
  run(attempt: Attempt, options: CallOptions, needsReadiness = true): number | Promise<number> {
    if (this.#refusal !== 0) return this.#refusal
    const { signal } = options
    if (signal !== undefined && !(signal instanceof AbortSignal))
      throw new TypeError('signal must be an AbortSignal')
    if (signal?.aborted === true) return ABORTED
    const timeout = checkTimeout(options.timeout)
    if (timeout !== undefined && timeout <= 0) return TIMED_OUT
    const patient = ((options.flags ?? 0) & MSG_DONTWAIT) === 0
    if (this.#waits) {
      if (!patient) return NOT_NOW
    } else if (this.#exhausted && patient && needsReadiness) {
      // Nothing to try: the next edge does.
    } else if (this.#burst < BURST) {
      const outcome = tried(attempt)
      if (outcome !== WOULD_BLOCK || !patient) {
        this.#burst++
        return outcome === WOULD_BLOCK ? NOT_NOW : outcome
      }
    } else this.flushSoon()
    return this.#enqueue(patient ? attempt : impatient(attempt), options.signal, timeout)
  }

  /**
   * For a call without options that brings its own attempt: true where it may try at once, as {@link run} would let it.
   * That saves a closure and a promise in the one case that is made most often.
   */
  admits(): boolean {
    if (this.#refusal !== 0 || this.#waits || this.#exhausted || this.#burst >= BURST) return false
    this.#burst++
    return true
  }

  /**
   * Makes a call that never waits: not for those in line either, so that it does not put its bytes into the middle of
   * a `sendAll`, nor take those another call waits for.
   */
  runNow(attempt: Attempt): number {
    if (this.#refusal !== 0) return this.#refusal
    return this.#waits ? WOULD_BLOCK : tried(attempt)
  }

  /** The socket may be ready: lets the waiting calls try, first come first served. */
  flush(): void {
    if (this.#pause !== undefined) return
    this.#burst = 0
    this.#exhausted = false
    for (let first = this.#first; first !== undefined; first = this.#first) {
      let outcome: number
      try {
        outcome = tried(first.attempt)
      } catch (error) {
        // What a caller did to its own buffer meanwhile must not reach the reactor and with it every other socket.
        if (this.#take(first)) first.reject(error)
        continue
      }
      if (outcome === WOULD_BLOCK) return
      this.#end(first, outcome)
    }
  }

  /** The last call took all there was: until the next edge none has to be made. */
  exhausted(): void {
    this.#exhausted = true
  }

  /** For a call that did its share and would succeed again: lets the event loop turn first. */
  flushSoon(): void {
    if (this.#soon) return
    this.#soon = true
    setImmediate(() => {
      this.#soon = false
      this.flush()
    })
  }

  /** For a wait whose end no event tells: until then events are ignored. The timer keeps nothing alive; who waits does. */
  pause(delayMs: number): void {
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined
      this.flush()
    }, delayMs).unref()
  }

  /**
   * From `delayMs` on every call, also those that wait by then, ends with code `ERR_SOCKET_TIMEOUT`, until another
   * deadline is set. The timer keeps the process alive only while something waits.
   *
   * @param delayMs 0 or less has passed already; undefined means never
   */
  setDeadline(delayMs: number | undefined): void {
    if (this.#refusal === CLOSED) return
    clearTimeout(this.#deadline)
    this.#deadline = undefined
    this.#refusal = 0
    if (delayMs === undefined) return
    if (delayMs <= 0) this.#refuse(TIMED_OUT)
    else {
      this.#deadline = setTimeout(() => this.#refuse(TIMED_OUT), delayMs)
      if (!this.#waits || !this.#held) this.#deadline.unref()
    }
  }

  /** Whether the timers of calls keep the process alive while those wait; they do until told otherwise. */
  hold(alive: boolean): void {
    this.#held = alive
    const timers = this.#operations.map((operation) => operation?.timer)
    if (this.#waits) timers.push(this.#deadline)
    for (const timer of timers)
      if (alive) timer?.ref()
      else timer?.unref()
  }

  /** Ends every call, now and later, with code `ERR_SOCKET_CLOSED`. */
  close(): void {
    clearTimeout(this.#pause)
    clearTimeout(this.#deadline)
    this.#refuse(CLOSED)
  }

  #refuse(outcome: number): void {
    this.#refusal = outcome
    for (let first = this.#first; first !== undefined; first = this.#first) this.#end(first, outcome)
  }

  #enqueue(attempt: Attempt, signal: AbortSignal | undefined, timeout: number | undefined): Promise<number> {
    // First, because it may throw: then there must be neither a call in line nor a timer.
    if (!this.#waits) {
      this.#waiting.began()
      if (this.#held) this.#deadline?.ref()
    }
    return new Promise((resolve, reject) => {
      const operation: Operation = { attempt, resolve, reject, release: undefined, timer: undefined }
      this.#operations.push(operation)
      if (signal === undefined && timeout === undefined) return
      const onAbort = (): void => this.#end(operation, ABORTED)
      const timer =
        timeout === undefined ? undefined : setTimeout(() => this.#end(operation, TIMED_OUT), timeout)
      if (!this.#held) timer?.unref()
      operation.timer = timer
      signal?.addEventListener('abort', onAbort, { once: true })
      operation.release = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
    })
  }

  get #first(): Operation | undefined {
    return this.#operations[this.#head]
  }

  get #waits(): boolean {
    return this.#head < this.#operations.length
  }

  #end(operation: Operation, outcome: number): void {
    if (this.#take(operation)) operation.resolve(outcome)
  }

  /** Takes a call out of the line with its timer and listener. @returns false where it had ended before */
  #take(operation: Operation): boolean {
    // The first one is what an event ends, and nearly always the only one.
    if (this.#first === operation) this.#operations[this.#head++] = undefined
    else {
      const index = this.#operations.indexOf(operation, this.#head)
      if (index < 0) return false
      this.#operations.splice(index, 1)
    }
    // Not shift(): that moves the whole of a long line each time.
    if (this.#head === this.#operations.length) {
      this.#operations.length = this.#head = 0
    } else if (this.#head >= 1024 && this.#head * 2 > this.#operations.length) {
      this.#operations = this.#operations.slice(this.#head)
      this.#head = 0
    }
    operation.release?.()
    if (!this.#waits) {
      this.#deadline?.unref()
      this.#waiting.ended()
    }
    return true
  }
}

/** Repeats a call that a signal interrupted: EINTR means that nothing happened (signal(7)). */
function tried(attempt: Attempt): number {
  for (;;) {
    const outcome = attempt()
    if (outcome !== -ERRNO.EINTR) return outcome
  }
}

function impatient(attempt: Attempt): Attempt {
  return () => {
    const outcome = attempt()
    return outcome === WOULD_BLOCK ? NOT_NOW : outcome
  }
}
