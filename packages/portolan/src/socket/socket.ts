/** A socket: Berkeley's calls under Berkeley's names, with promises where a call may wait. */
import { SOMAXCONN } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { libc } from '../sys/libc.ts'
import { encodeSockaddr } from '../sys/sockaddr.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import {
  checkWhole,
  NO_OPTIONS,
  type CallOptions,
  type TryOptions,
  type WaitOptions,
} from './call-options.ts'
import { accept, connect } from './connecting.ts'
import { Descriptor, takeAddress } from './descriptor.ts'
import { WOULD_BLOCK } from './outcome.ts'
import { recv, recvfrom, recvInto, tryRecv, tryRecvfrom, tryRecvInto, type Datagram } from './receiving.ts'
import { send, sendAll, sendto, trySend } from './sending.ts'
import { getsockopt, setsockopt } from './socket-options.ts'

export interface Accepted {
  readonly client: Socket
  /** The client's address. */
  readonly address: SocketAddress
}

/**
 * An open socket, non-blocking and closed on exec. Made by {@link socket}, {@link socketpair} and {@link Socket.accept}.
 *
 * Calls that may wait return promises, take `{ signal, timeout, flags }` last, are served in the order they were made
 * (one line for accept and recv, one for connect and send) and, unless they say otherwise, are abort-safe: a call that
 * ends by its signal or timeout has taken nothing. Their `try` twins never wait and never go before those that do: they
 * give undefined then. A call that waits keeps the process alive; an open socket on which
 * nothing waits does not. A socket is closed by {@link Socket.close} or by `using`, not by garbage collection.
 *
 * A socket belongs to the thread that opened it. A worker thread in which calls wait should end by itself: one that is
 * ended by `terminate()` in the moment in which an event comes takes the whole process with it (koffi's event handle
 * cannot tell that its thread is gone), and its open sockets stay open.
 */
export class Socket implements Disposable, AsyncDisposable {
  readonly #descriptor: Descriptor

  /** Takes over a descriptor that is non-blocking already. */
  constructor(fd: number, family: number, type: number, protocol: number, remote?: SocketAddress) {
    this.#descriptor = new Descriptor(fd, family, type, protocol, remote)
  }

  /** The descriptor; -1 once closed. */
  get fd(): number {
    return this.#descriptor.fd
  }

  get closed(): boolean {
    return this.#descriptor.fd < 0
  }

  /** AF_INET, AF_INET6, AF_UNIX. */
  get family(): number {
    return this.#descriptor.family
  }

  /** SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET. */
  get type(): number {
    return this.#descriptor.type
  }

  /** As it was given to {@link socket}. */
  get protocol(): number {
    return this.#descriptor.protocol
  }

  /**
   * Gives the socket an address: bind(2). Port 0 lets the kernel choose; an empty UNIX path asks for autobind.
   *
   * @throws SocketError, as in EADDRINUSE, EACCES, EADDRNOTAVAIL; RangeError for an address of another family
   */
  bind(address: SocketAddress): void {
    const bytes = encodeSockaddr(this.family, address, libc.ifNameToIndex)
    const outcome = libc.bind(this.#descriptor.opened('bind'), bytes, bytes.length)
    if (outcome < 0) throw this.#descriptor.failure(outcome, 'bind', NO_OPTIONS, { local: address })
  }

  /**
   * Lets connections wait: listen(2).
   *
   * @param backlog connections that may wait for accept; the kernel caps it at net.core.somaxconn, and takes a
   * negative one as that
   * @throws SocketError, as in EADDRINUSE, EOPNOTSUPP; RangeError for a backlog that is no 32-bit integer
   */
  listen(backlog: number = SOMAXCONN): void {
    checkWhole('backlog', backlog, -0x80000000, 0x7fffffff)
    this.#descriptor.settle(libc.listen(this.#descriptor.opened('listen'), backlog), 'listen')
  }

  /**
   * Takes the next waiting connection: accept4(2). The client socket is non-blocking and closed on exec. A connection
   * that failed while it waited (ECONNABORTED and its like) is passed over. Abort-safe.
   *
   * @throws SocketError, as in EMFILE: the connection goes on waiting, and accept may be called again
   */
  async accept(options: WaitOptions = NO_OPTIONS): Promise<Accepted> {
    const taken: { address?: SocketAddress | undefined } = {}
    const run = this.#descriptor.reads.run(() => {
      const fd = accept(this.#descriptor)
      if (fd >= 0) taken.address = takeAddress()
      return fd
    }, options)
    const fd = this.#descriptor.settle(typeof run === 'number' ? run : await run, 'accept', options)
    return this.#accepted(fd, taken.address)
  }

  /** {@link accept} without waiting: undefined where no connection is there. */
  tryAccept(): Accepted | undefined {
    this.#descriptor.opened('accept')
    const outcome = this.#descriptor.reads.runNow(() => accept(this.#descriptor))
    if (outcome === WOULD_BLOCK) return undefined
    const address = outcome < 0 ? undefined : takeAddress()
    return this.#accepted(this.#descriptor.settle(outcome, 'accept'), address)
  }

  #accepted(fd: number, address: SocketAddress = { path: '' }): Accepted {
    return { client: new Socket(fd, this.family, this.type, this.protocol, address), address }
  }

  /**
   * Connects: connect(2). On a datagram socket it only sets the peer.
   *
   * Not abort-safe: after a signal or timeout the attempt is still under way, and the socket should be closed.
   *
   * @throws SocketError, as in ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, EADDRNOTAVAIL; EAGAIN where the backlog of a UNIX
   * listener is full, which no event ends: wait as long as you like and call connect again
   */
  connect(address: SocketAddress, options?: WaitOptions): Promise<void> {
    return connect(this.#descriptor, address, options)
  }

  /**
   * Receives up to `length` bytes of a stream, or one message cut to `length`: recv(2). Abort-safe.
   *
   * @returns the bytes; null at the end of a stream. A zero-length datagram is zero bytes. `recv(0)` is zero bytes too:
   * of a stream at once and without taking anything, elsewhere it takes a message. With MSG_WAITALL a stream gives
   * `length` bytes, or what has come by its end, the signal or the timeout.
   */
  recv(length: number, options?: CallOptions): Promise<Uint8Array | null> {
    return recv(this.#descriptor, length, options)
  }

  /** {@link recv} without waiting: undefined where nothing is there. */
  tryRecv(length: number, options?: TryOptions): Uint8Array | null | undefined {
    return tryRecv(this.#descriptor, length, options)
  }

  /**
   * Receives into the caller's memory: no copy. Abort-safe.
   *
   * @returns bytes; null at the end of a stream. With MSG_TRUNC the size of the message, which may be more.
   */
  recvInto(into: Uint8Array, options?: CallOptions): Promise<number | null> {
    return recvInto(this.#descriptor, into, options)
  }

  /** {@link recvInto} without waiting: undefined where nothing is there. */
  tryRecvInto(into: Uint8Array, options?: TryOptions): number | null | undefined {
    return tryRecvInto(this.#descriptor, into, options)
  }

  /**
   * Receives one message and its sender: recvfrom(2). Abort-safe. A stream's end looks like an empty message here:
   * use {@link recv} for streams.
   */
  recvfrom(length: number, options?: CallOptions): Promise<Datagram> {
    return recvfrom(this.#descriptor, length, options)
  }

  /** {@link recvfrom} without waiting: undefined where nothing is there. */
  tryRecvfrom(length: number, options?: TryOptions): Datagram | undefined {
    return tryRecvfrom(this.#descriptor, length, options)
  }

  /**
   * Sends as much as the kernel takes now, waiting until it takes anything: send(2). Abort-safe.
   *
   * @param data bytes, not to be changed until the call has ended; text is sent as UTF-8
   * @returns bytes taken
   */
  send(data: Uint8Array | string, options?: CallOptions): Promise<number> {
    return send(this.#descriptor, data, options)
  }

  /** {@link send} without waiting: undefined where the kernel takes nothing. */
  trySend(data: Uint8Array | string, options?: TryOptions): number | undefined {
    return trySend(this.#descriptor, data, options)
  }

  /**
   * Sends everything, however many calls it takes; two at once do not mix. Not abort-safe: an error tells in
   * `bytesSent` how much had been taken.
   */
  sendAll(data: Uint8Array | string, options?: CallOptions): Promise<void> {
    return sendAll(this.#descriptor, data, options)
  }

  /**
   * Sends one message to an address: sendto(2). Waits where the buffer is full, never drops; those behind it wait too,
   * whatever their address. Abort-safe.
   */
  sendto(data: Uint8Array | string, address: SocketAddress, options?: CallOptions): Promise<number> {
    return sendto(this.#descriptor, data, address, options)
  }

  /**
   * Ends one or both directions: shutdown(2). SHUT_WR sends what is queued and then the end of the stream; the other
   * direction stays open (half-close).
   *
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR
   */
  shutdown(how: number): void {
    this.#descriptor.settle(libc.shutdown(this.#descriptor.opened('shutdown'), how), 'shutdown')
  }

  /** Own address: getsockname(2). */
  getsockname(): SocketAddress {
    return this.#known('getsockname')
  }

  /** The peer's address: getpeername(2). @throws SocketError with ENOTCONN */
  getpeername(): SocketAddress {
    return this.#known('getpeername')
  }

  #known(syscall: 'getsockname' | 'getpeername'): SocketAddress {
    const address = this.#descriptor.addressOf(syscall)
    if (address === undefined) throw new SocketError(ERRNO.EAFNOSUPPORT, syscall)
    return address
  }

  /**
   * Sets an option: setsockopt(2). A number is an int; everything else is given as the bytes of its structure, in a
   * typed array or DataView.
   */
  setsockopt(level: number, name: number, value: number | ArrayBufferView): void {
    setsockopt(this.#descriptor, level, name, value)
  }

  /** Reads an option: getsockopt(2). Without a length it is an int; with one, that many bytes at most. */
  getsockopt(level: number, name: number): number
  getsockopt(level: number, name: number, length: number): Uint8Array
  getsockopt(level: number, name: number, length?: number): number | Uint8Array {
    return getsockopt(this.#descriptor, level, name, length)
  }

  /** Closes: close(2). What waits ends with code `ERR_SOCKET_CLOSED`. A second time does nothing. */
  close(): void {
    this.#descriptor.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}
