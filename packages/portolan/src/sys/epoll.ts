/** One epoll instance and its array of returned events: epoll(7). */
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from './constants/epoll.ts'
import { ERRNO } from './errno.ts'
import { EPOLL_DATA_OFFSET, EPOLL_EVENT_SIZE } from './epoll-event.ts'
import { libc } from './libc.ts'
import { SocketError } from './socket-error.ts'

/** Events taken from the kernel at once; more wait for the next call and none is lost (epoll_wait(2)). */
const CAPACITY = 1024

export class Epoll implements Disposable {
  #fd: number
  readonly #change = new Uint8Array(EPOLL_EVENT_SIZE)
  readonly #changeView = new DataView(this.#change.buffer)
  readonly #events = new Uint8Array(EPOLL_EVENT_SIZE * CAPACITY)
  readonly #view = new DataView(this.#events.buffer)

  /** @throws SocketError when the process is out of descriptors */
  constructor() {
    const fd = libc.epoll_create1(EPOLL_CLOEXEC)
    if (fd < 0) throw new SocketError(-fd, 'epoll_create1')
    this.#fd = fd
  }

  /** -1 once disposed of. */
  get fd(): number {
    return this.#fd
  }

  /** @returns 0 or the negative error number. `data` (31 bits) comes back with each event. */
  add(fd: number, events: number, data: number): number {
    return this.#control(EPOLL_CTL_ADD, fd, events, data)
  }

  /** @returns 0 or the negative error number */
  modify(fd: number, events: number, data: number): number {
    return this.#control(EPOLL_CTL_MOD, fd, events, data)
  }

  /** @returns 0 or the negative error number. Closing the last descriptor of a file does the same (epoll(7)). */
  remove(fd: number): number {
    return libc.epoll_ctl(this.#fd, EPOLL_CTL_DEL, fd, null)
  }

  #control(operation: number, fd: number, events: number, data: number): number {
    this.#changeView.setUint32(0, events >>> 0, true)
    this.#changeView.setInt32(EPOLL_DATA_OFFSET, data, true)
    return libc.epoll_ctl(this.#fd, operation, fd, this.#change)
  }

  /**
   * Waits for events. An interrupting signal counts as none.
   *
   * @param timeoutMs 0 returns at once, -1 waits without end; blocks the thread
   * @returns how many events {@link eventsAt} and {@link dataAt} now hold
   */
  wait(timeoutMs: number): number {
    const count = libc.epoll_wait(this.#fd, this.#events, CAPACITY, timeoutMs)
    if (count >= 0) return count
    if (count === -ERRNO.EINTR) return 0
    throw new SocketError(-count, 'epoll_wait')
  }

  /** True when the last {@link wait} may have left events in the kernel. */
  isFull(count: number): boolean {
    return count === CAPACITY
  }

  eventsAt(index: number): number {
    return this.#view.getUint32(index * EPOLL_EVENT_SIZE, true)
  }

  dataAt(index: number): number {
    return this.#view.getInt32(index * EPOLL_EVENT_SIZE + EPOLL_DATA_OFFSET, true)
  }

  /** A second time does nothing: by then the number may be another file's. */
  [Symbol.dispose](): void {
    if (this.#fd < 0) return
    libc.close(this.#fd)
    this.#fd = -1
  }
}
