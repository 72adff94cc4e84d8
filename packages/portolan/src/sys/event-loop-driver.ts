/** Turns a reactor from Node's event loop: libuv polls the epoll descriptor, which is readable when an event waits. */
import { isMainThread } from 'node:worker_threads'
import koffi from 'koffi'
import { Reactor, type ReadinessHandler } from './reactor.ts'

export class EventLoopDriver {
  readonly reactor = new Reactor()
  // Kept for the life of the thread: koffi closes the handle when it is collected.
  readonly #handle = koffi.node.poll(this.reactor.fd, { readable: true }, () => this.#schedule())
  #scheduled = false
  #referenced = 0

  constructor() {
    this.#handle.unref()
    // A descriptor outlives the thread that opened it, and only the process would give this one back. The handle goes
    // first: libuv must not poll a closed descriptor (uv_poll(3)). Sockets stay their owners' to close.
    if (!isMainThread) process.once('exit', () => this.#close())
  }

  #close(): void {
    this.#handle.close()
    this.reactor[Symbol.dispose]()
  }

  register(fd: number, handler: ReadinessHandler): void {
    this.reactor.register(fd, handler)
  }

  unregister(fd: number): void {
    this.reactor.unregister(fd)
  }

  /** Something waits for readiness: keeps the process alive until as many {@link unref} follow. */
  ref(): void {
    if (this.#referenced++ === 0) this.#handle.ref()
  }

  unref(): void {
    if (--this.#referenced === 0) this.#handle.unref()
  }

  // Code that runs straight in koffi's callback does not get its microtasks drained (seen on Node 26), so the work
  // is handed to a turn of the loop of its own.
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#run)
  }

  readonly #run = (): void => {
    this.#scheduled = false
    if (this.reactor.turn(0)) this.#schedule()
  }
}

let driver: EventLoopDriver | undefined

/** The driver of this thread; made when the first socket needs it. */
export function eventLoopDriver(): EventLoopDriver {
  driver ??= new EventLoopDriver()
  return driver
}
