/**
 * Signals during a scan. The first one stops the sending and lets the scan come to its end with what is on the way; the
 * second leaves at once.
 */
import { EXIT } from './exit-codes.ts'

/** What the command does about a signal. */
interface InterruptHost {
  /** Says a line to the user. */
  readonly tell: (line: string) => void
  /** Tidies the screen before the process ends at once. */
  readonly leave: () => void
}

export class Interrupts implements Disposable {
  readonly #controller = new AbortController()
  readonly #host: InterruptHost
  #exit: number | undefined

  constructor(host: InterruptHost) {
    this.#host = host
    process.on('SIGINT', this.#onInterrupt)
    process.on('SIGTERM', this.#onTerminate)
  }

  /** Aborts with the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Exit status that the interruption asks for; undefined without one. */
  get exit(): number | undefined {
    return this.#exit
  }

  /** Ends the scan for another reason than a signal, as a closed stdout is. */
  abandon(exit: number): void {
    this.#exit ??= exit
    this.#controller.abort()
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onInterrupt)
    process.off('SIGTERM', this.#onTerminate)
  }

  readonly #onInterrupt = (): void => this.#stop('SIGINT', EXIT.interrupted)
  readonly #onTerminate = (): void => this.#stop('SIGTERM', EXIT.terminated)

  #stop(signal: NodeJS.Signals, exit: number): void {
    if (this.#exit !== undefined) this.#leave(signal, exit)
    this.abandon(exit)
    this.#host.tell('stopping: nothing new is sent, answers on the way are taken in; again to leave at once')
  }

  /** Nothing is held back for a second signal: files are written as events come. */
  #leave(signal: NodeJS.Signals, exit: number): never {
    this.#host.leave()
    // Without our listeners the signal does what it does to any process. It takes no thread down in order, which can
    // abort one that is just loading koffi, and a shell sees that its loop was interrupted too.
    this[Symbol.dispose]()
    process.kill(process.pid, signal)
    // The first process of a container outlives its own signals: pid_namespaces(7).
    process.exit(exit)
  }
}
