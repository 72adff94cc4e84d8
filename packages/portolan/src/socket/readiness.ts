/**
 * What the reactor knows of a descriptor: the lines of calls that wait for it to be ready. It is registered when the
 * first call has to wait, and then for good: the reactor is edge-triggered.
 *
 * It does not refer to the {@link Descriptor} it belongs to; only calls that wait do. So a descriptor that everybody
 * has dropped is garbage, although the reactor still knows its number, and the watch of left-open.ts sees it.
 */
import { isMainThread } from 'node:worker_threads'
import { eventLoopDriver } from '../sys/event-loop-driver.ts'
import { libc } from '../sys/libc.ts'
import type { ReadinessHandler } from '../sys/reactor.ts'
import { localAddressOf, remoteAddressOf } from './address-of.ts'
import { placeOfOpening, warnLeftOpen, type Origin, type Watched } from './left-open.ts'
import { WaitQueue, type Waiting } from './wait-queue.ts'

// By number, so that none gets a second owner. The kernel gives the lowest free number, so the array stays dense.
const owners: (Readiness | undefined)[] = []

// A thread that ends gives nothing back: its descriptors are the process's, and nobody else knows the numbers. A listener
// that stayed would go on taking connections that nobody serves.
if (!isMainThread)
  process.once('exit', () => {
    for (const [fd, owner] of owners.entries()) if (owner?.disarm() === true) libc.close(fd)
  })

/** Whether a socket of this thread has the descriptor and will close it. */
export function isOwned(fd: number): boolean {
  return owners[fd] !== undefined
}

export class Readiness implements Waiting, Watched, ReadinessHandler {
  readonly reads = new WaitQueue(this)
  readonly writes = new WaitQueue(this)
  /** No event but plain readiness was ever told */
  regular = true
  /** Made by the first call that reads the error queue; few sockets have one */
  #errors: WaitQueue | undefined
  /** On the clock of performance.now */
  #readDeadline: number | undefined
  #fd: number
  #registered = false
  /** Lines in which something waits */
  #waits = 0
  #held = true
  readonly #origin: Origin
  readonly #place = placeOfOpening()

  constructor(fd: number, origin: Origin) {
    owners[fd] = this
    this.#fd = fd
    this.#origin = origin
  }

  /**
   * From here on neither the reactor nor the thread knows the number. Comes before close(2): an event that is on its way
   * would find the next owner of the number, and a file that lives on under another would go on telling.
   *
   * @returns false where the number is not this socket's any more: then it must not be closed
   */
  disarm(): boolean {
    const fd = this.#fd
    this.#fd = -1
    // Another owner means that somebody closed the number past us and a new socket has it: what is known is about that.
    if (owners[fd] !== this) return false
    if (this.#registered) eventLoopDriver().unregister(fd)
    owners[fd] = undefined
    return true
  }

  /** Ends every call that waits, and all later ones. */
  refuse(): void {
    this.reads.close()
    this.writes.close()
    this.#errors?.close()
  }

  abandoned(): void {
    const fd = this.#fd
    if (fd < 0 || owners[fd] !== this) return
    const addresses = { local: localAddressOf(fd), remote: remoteAddressOf(fd) }
    this.disarm()
    warnLeftOpen({ fd, origin: this.#origin, place: this.#place, ...addresses })
  }

  /** Whether calls that wait keep the process alive. */
  hold(alive: boolean): void {
    if (alive === this.#held) return
    this.#held = alive
    for (let i = 0; i < this.#waits; i++)
      if (alive) eventLoopDriver().ref()
      else eventLoopDriver().unref()
    this.reads.hold(alive)
    this.writes.hold(alive)
    this.#errors?.hold(alive)
  }

  began(): void {
    const driver = eventLoopDriver()
    if (!this.#registered && this.#fd >= 0) {
      driver.register(this.#fd, this)
      this.#registered = true
    }
    this.#waits++
    if (this.#held) driver.ref()
  }

  ended(): void {
    this.#waits--
    if (this.#held) eventLoopDriver().unref()
  }

  onReadable(irregular: boolean): void {
    this.regular &&= !irregular
    // First: who reads the error queue takes the pending error off the socket with it (sock_dequeue_err_skb in
    // net/core/skbuff.c), and so does not let it end a call that waits for data.
    if (irregular) this.#errors?.flush()
    this.reads.flush()
  }

  onWritable(): void {
    this.writes.flush()
  }

  /**
   * Calls that read the error queue. A line of their own, since what is waiting for data may wait for ever, and woken by
   * EPOLLERR only.
   */
  get errors(): WaitQueue {
    if (this.#errors === undefined) {
      this.#errors = new WaitQueue(this)
      this.#errors.hold(this.#held)
      if (this.#readDeadline !== undefined) this.#errors.setDeadline(this.#readDeadline - performance.now())
      if (this.#fd < 0) this.#errors.close()
    }
    return this.#errors
  }

  /** For everything that receives. @param delayMs as of {@link WaitQueue.setDeadline} */
  setReadDeadline(delayMs: number | undefined): void {
    this.#readDeadline = delayMs === undefined ? undefined : performance.now() + delayMs
    this.reads.setDeadline(delayMs)
    this.#errors?.setDeadline(delayMs)
  }
}
