/** Turns a reactor from Node's event loop: libuv polls the epoll descriptor, which is readable when an event waits. */
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
    process.once('exit', () => this.#end())
  }

  // Node turns its loop once more while it takes the thread down; an event that waits then would call into a JavaScript
  // that is gone, which koffi answers by aborting the process. And the epoll instance would outlive a worker thread.
  // Stopped, not closed: exit handlers may still close sockets. worker.terminate() gives no such moment, so a
  // worker in which sockets wait must be asked to end.
  #end(): void {
    this.#handle.stop()
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
