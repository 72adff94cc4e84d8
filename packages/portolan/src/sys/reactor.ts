/**
 * Readiness of descriptors, one epoll instance a thread.
 *
 * Every descriptor is registered once, edge-triggered, for reading and writing, and stays so for its life: no
 * epoll_ctl per operation. The price is the rule that holds for every caller: try the system call first, wait only
 * after EAGAIN, and take an event as a hint, since it may be late (epoll(7), "Possible pitfalls").
 *
 * Two drivers turn the same reactor: the event loop of Node ({@link EventLoopDriver}), or the owner of a worker
 * thread that calls {@link Reactor.turn} and blocks in it.
 */
import { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from './constants.ts'
import { Epoll } from './epoll.ts'
import { SocketError } from './socket-error.ts'

/** What a registered descriptor's owner is told. Neither may throw. */
export interface ReadinessHandler {
  /** @param irregular an end, an error or urgent data is among the reasons: one call may not take all there is */
  onReadable(irregular: boolean): void
  onWritable(): void
}

const INTEREST = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET
const IRREGULAR = EPOLLRDHUP | EPOLLPRI | EPOLLERR | EPOLLHUP
const READABLE = EPOLLIN | IRREGULAR
const WRITABLE = EPOLLOUT | EPOLLERR | EPOLLHUP

export class Reactor implements Disposable {
  readonly #epoll = new Epoll()
  // Indexed by descriptor. The kernel gives the lowest free number, so the array stays dense.
  readonly #handlers: (ReadinessHandler | undefined)[] = []

  /** Descriptor of the epoll instance: readable whenever an event is waiting. */
  get fd(): number {
    return this.#epoll.fd
  }

  /** @throws SocketError, as in ENOSPC when /proc/sys/fs/epoll/max_user_watches is used up */
  register(fd: number, handler: ReadinessHandler): void {
    const outcome = this.#epoll.add(fd, INTEREST, fd)
    if (outcome < 0) throw new SocketError(-outcome, 'epoll_ctl')
    this.#handlers[fd] = handler
  }

  /**
   * Must come before close(2): an event that is already in the array would otherwise find the next owner of the
   * number, and a duplicated descriptor would go on reporting (epoll(7), question 6).
   */
  unregister(fd: number): void {
    if (this.#handlers[fd] === undefined) return
    this.#handlers[fd] = undefined
    this.#epoll.remove(fd)
  }

  /**
   * Takes what is ready and tells the handlers. At most one array of events, so that a flood on some descriptors
   * cannot keep the caller from its timers.
   *
   * @returns true when more may be waiting
   */
  turn(timeoutMs: number): boolean {
    const count = this.#epoll.wait(timeoutMs)
    for (let i = 0; i < count; i++) {
      const fd = this.#epoll.dataAt(i)
      const events = this.#epoll.eventsAt(i)
      // Looked up twice: the first call may close the descriptor.
      if ((events & READABLE) !== 0) this.#handlers[fd]?.onReadable((events & IRREGULAR) !== 0)
      if ((events & WRITABLE) !== 0) this.#handlers[fd]?.onWritable()
    }
    return this.#epoll.isFull(count)
  }

  /** Closes the epoll instance, not the registered descriptors. */
  [Symbol.dispose](): void {
    this.#handlers.length = 0
    this.#epoll[Symbol.dispose]()
  }
}
