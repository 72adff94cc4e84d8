/** An open socket descriptor: what every call on it shares. */
import { AF_INET, AF_INET6, IPPROTO_TCP, SOCK_STREAM } from '../sys/constants.ts'
import { libc } from '../sys/libc.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError, type SocketErrorDetail } from '../sys/socket-error.ts'
import { addressBytes, addressLength, localAddressOf, takeAddress } from './address-of.ts'
import { NO_OPTIONS, type WaitOptions } from './call-options.ts'
import { unwatch, watch, type Origin } from './left-open.ts'
import { ABORTED, reasonOf } from './outcome.ts'
import { Readiness } from './readiness.ts'
import type { WaitQueue } from './wait-queue.ts'

export { addressBytes, addressLength, takeAddress }

export class Descriptor {
  readonly family: number
  readonly type: number
  readonly protocol: number
  readonly reads: WaitQueue
  readonly writes: WaitQueue
  /** Own address as it was last asked for, so that errors can name it when the socket is closed. */
  local: SocketAddress | undefined
  /** The peer of a connected socket, so that errors can name it. */
  remote: SocketAddress | undefined
  readonly #readiness: Readiness
  #fd: number

  constructor(
    fd: number,
    family: number,
    type: number,
    protocol: number,
    remote: SocketAddress | undefined,
    origin: Origin,
  ) {
    this.#fd = fd
    this.#readiness = new Readiness(fd, origin)
    this.reads = this.#readiness.reads
    this.writes = this.#readiness.writes
    this.family = family
    this.type = type
    this.protocol = protocol
    this.remote = remote
    watch(this, this.#readiness)
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
    // The result says nothing of use: the descriptor is gone even after EINTR (close(2), "Dealing with error returns").
    if (this.#release()) libc.close(fd)
    this.#readiness.refuse()
  }

  /** Gives the descriptor to the caller; on this side it is closed. @throws SocketError with ERR_SOCKET_CLOSED */
  detach(): number {
    this.opened('detach')
    const fd = this.#fd
    this.#release()
    this.#readiness.refuse()
    return fd
  }

  /** @returns false where the number is not this socket's any more */
  #release(): boolean {
    unwatch(this.#readiness)
    this.#fd = -1
    return this.#readiness.disarm()
  }

  /** Whether calls that wait keep the process alive. */
  hold(alive: boolean): void {
    this.#readiness.hold(alive)
  }

  /**
   * Told after a receiving call of `asked` bytes took `count`. On TCP a short read leaves nothing behind, and what comes
   * later tells an edge, so the next call need not ask only to hear EAGAIN. That holds until an end, an error or urgent
   * data was told: those leave something behind without another edge. (epoll(7), question 9; UNIX sockets stop short
   * at descriptors and credentials, and of AF_VSOCK each transport has its own ways.)
   */
  received(count: number, asked: number): void {
    if (count > 0 && count < asked && this.#readiness.regular && this.#isTcp) this.reads.exhausted()
  }

  /** Not SCTP, whose streams have message boundaries that a receiving call stops at. */
  get #isTcp(): boolean {
    const { family, type, protocol } = this
    const internet = family === AF_INET || family === AF_INET6
    return internet && type === SOCK_STREAM && (protocol === 0 || protocol === IPPROTO_TCP)
  }

  /** As of {@link Readiness.errors}. */
  get errors(): WaitQueue {
    return this.#readiness.errors
  }

  /** As of {@link Readiness.setReadDeadline}. */
  setReadDeadline(delayMs: number | undefined): void {
    this.#readiness.setReadDeadline(delayMs)
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
      local: this.#localAddress() ?? this.local,
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
    return this.#fd < 0 ? undefined : localAddressOf(this.#fd)
  }
}
