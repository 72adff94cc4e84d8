/**
 * An open socket descriptor: what every call on it shares. It is registered with the reactor when the first call has
 * to wait, and then for good: the reactor is edge-triggered.
 */
import { AF_UNIX, SOCK_STREAM } from '../sys/constants.ts'
import { eventLoopDriver } from '../sys/event-loop-driver.ts'
import { libc } from '../sys/libc.ts'
import type { ReadinessHandler } from '../sys/reactor.ts'
import { decodeSockaddr, SOCKADDR_STORAGE_SIZE } from '../sys/sockaddr.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError, type SocketErrorDetail } from '../sys/socket-error.ts'
import { NO_OPTIONS, type WaitOptions } from './call-options.ts'
import { ABORTED, reasonOf } from './outcome.ts'
import { WaitQueue, type Waiting } from './wait-queue.ts'

/** Where the kernel writes an address; to be decoded in the same turn, before any other call. */
export const addressBytes = new Uint8Array(SOCKADDR_STORAGE_SIZE)
export const addressLength = new Int32Array(1)

export class Descriptor implements Waiting, ReadinessHandler {
  readonly family: number
  readonly type: number
  readonly protocol: number
  readonly reads = new WaitQueue(this)
  readonly writes = new WaitQueue(this)
  /** The peer of a connected socket, so that errors can name it. */
  remote: SocketAddress | undefined
  #fd: number
  #registered = false
  /** No event but plain readiness was ever told */
  #regular = true

  constructor(fd: number, family: number, type: number, protocol: number, remote: SocketAddress | undefined) {
    this.#fd = fd
    this.family = family
    this.type = type
    this.protocol = protocol
    this.remote = remote
  }

  /** -1 once closed. */
  get fd(): number {
    return this.#fd
  }

  /** Only a byte stream has no message boundaries: there zero bytes are nothing at all. */
  get isStream(): boolean {
    return this.type === SOCK_STREAM
  }

  close(): void {
    if (this.#fd < 0) return
    const fd = this.#fd
    if (this.#registered) eventLoopDriver().unregister(fd)
    this.#fd = -1
    // The result says nothing of use: the descriptor is gone even after EINTR (close(2), "Dealing with error returns").
    libc.close(fd)
    this.reads.close()
    this.writes.close()
  }

  began(): void {
    const driver = eventLoopDriver()
    if (!this.#registered && this.#fd >= 0) {
      driver.register(this.#fd, this)
      this.#registered = true
    }
    driver.ref()
  }

  ended(): void {
    eventLoopDriver().unref()
  }

  onReadable(irregular: boolean): void {
    this.#regular &&= !irregular
    this.reads.flush()
  }

  /**
   * Told after a receiving call of `asked` bytes took `count`. On TCP a short read leaves nothing behind, and what comes
   * later tells an edge, so the next call need not ask only to hear EAGAIN. That holds until an end, an error or urgent
   * data was told: those leave something behind without another edge. (epoll(7), question 9; UNIX sockets stop short
   * at descriptors and credentials.)
   */
  received(count: number, asked: number): void {
    if (count > 0 && count < asked && this.#regular && this.isStream && this.family !== AF_UNIX)
      this.reads.exhausted()
  }

  onWritable(): void {
    this.writes.flush()
  }

  /** The descriptor of an open socket. @throws SocketError with ERR_SOCKET_CLOSED */
  opened(syscall: string): number {
    if (this.#fd < 0) throw new SocketError('ERR_SOCKET_CLOSED', syscall, { remote: this.remote })
    return this.#fd
  }

  /** The result of a call, or its failure thrown. */
  settle(outcome: number, syscall: string, options: WaitOptions = NO_OPTIONS): number {
    if (outcome < 0) throw this.failure(outcome, syscall, options)
    return outcome
  }

  /** @param detail goes before what the socket itself knows */
  failure(
    outcome: number,
    syscall: string,
    options: WaitOptions,
    detail: SocketErrorDetail = {},
  ): SocketError {
    return new SocketError(reasonOf(outcome), syscall, {
      local: this.#localAddress(),
      remote: this.remote,
      cause: outcome === ABORTED ? options.signal?.reason : undefined,
      ...detail,
    })
  }

  /** Own or peer's address. */
  addressOf(syscall: 'getsockname' | 'getpeername'): SocketAddress | undefined {
    const fd = this.opened(syscall)
    addressLength[0] = addressBytes.length
    this.settle(libc[syscall](fd, addressBytes, addressLength), syscall)
    return takeAddress()
  }

  #localAddress(): SocketAddress | undefined {
    if (this.#fd < 0) return undefined
    addressLength[0] = addressBytes.length
    return libc.getsockname(this.#fd, addressBytes, addressLength) < 0 ? undefined : takeAddress()
  }
}

/** The address that the call before this one wrote. */
export function takeAddress(): SocketAddress | undefined {
  return decodeSockaddr(addressBytes, addressLength[0] ?? 0)
}
