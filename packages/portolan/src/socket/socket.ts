/** A socket: Berkeley's calls under Berkeley's names, with promises where a call may wait. */
import {
  AF_UNIX,
  MSG_NOSIGNAL,
  MSG_TRUNC,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  SOMAXCONN,
  SO_ERROR,
} from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { eventLoopDriver } from '../sys/event-loop-driver.ts'
import { libc } from '../sys/libc.ts'
import { decodeSockaddr, encodeSockaddr, SOCKADDR_STORAGE_SIZE } from '../sys/sockaddr.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import { reasonOf, WOULD_BLOCK } from './outcome.ts'
import { WaitQueue, type Attempt, type WaitOptions } from './wait-queue.ts'

/** Options of every call that may wait. */
export interface CallOptions extends WaitOptions {
  /** MSG_ flags of send(2) and recv(2), combined by `|`. */
  readonly flags?: number
}

export interface Datagram {
  /** The message, cut to the length that was asked for. */
  readonly data: Uint8Array
  /** The sender; undefined on a connected stream. */
  readonly address: SocketAddress | undefined
  /** True when the message was longer than asked for; the rest is lost (recv(2), MSG_TRUNC). */
  readonly truncated: boolean
  /** Length of the message as it was sent. */
  readonly size: number
}

export interface Accepted {
  readonly client: Socket
  /** The client's address. */
  readonly address: SocketAddress
}

// One receiving buffer a thread; what is kept is copied out in its own length. Node and libuv read 64 KiB at once.
const scratch = new Uint8Array(65_536)
const addressBytes = new Uint8Array(SOCKADDR_STORAGE_SIZE)
const addressLength = new Int32Array(1)
const encoder = new TextEncoder()

/**
 * An open socket, non-blocking and closed on exec. Made by {@link socket}, {@link socketpair} and {@link Socket.accept}.
 *
 * Calls that may wait return promises, take `{ signal, timeout, flags }` last, are served in the order they were made
 * and, unless they say otherwise, are abort-safe: a call that ends by its signal or timeout has taken nothing.
 */
export class Socket implements Disposable, AsyncDisposable {
  readonly family: number
  readonly type: number
  readonly protocol: number
  #fd: number
  #registered = false
  #remote: SocketAddress | undefined
  readonly #reads: WaitQueue
  readonly #writes: WaitQueue

  /** Takes over a descriptor that is non-blocking already. */
  constructor(fd: number, family: number, type: number, protocol: number, remote?: SocketAddress) {
    this.#fd = fd
    this.family = family
    this.type = type
    this.protocol = protocol
    this.#remote = remote
    const waiting = { began: () => this.#beginWaiting(), ended: () => eventLoopDriver().unref() }
    this.#reads = new WaitQueue(waiting)
    this.#writes = new WaitQueue(waiting)
  }

  /** The descriptor; -1 once closed. */
  get fd(): number {
    return this.#fd
  }

  get closed(): boolean {
    return this.#fd < 0
  }

  /**
   * Gives the socket an address: bind(2). Port 0 lets the kernel choose; an empty UNIX path asks for autobind.
   *
   * @throws SocketError, as in EADDRINUSE, EACCES, EADDRNOTAVAIL; RangeError for an address of another family
   */
  bind(address: SocketAddress): void {
    const bytes = this.#encode(address)
    this.#checkCall(libc.bind(this.#descriptor('bind'), bytes, bytes.length), 'bind', { local: address })
  }

  /**
   * Lets connections wait: listen(2).
   *
   * @param backlog connections that may wait for accept; the kernel caps it at net.core.somaxconn
   */
  listen(backlog: number = SOMAXCONN): void {
    this.#checkCall(libc.listen(this.#descriptor('listen'), backlog), 'listen')
  }

  /**
   * Takes the next waiting connection: accept4(2). The client socket is non-blocking and closed on exec. Abort-safe.
   *
   * @throws SocketError, as in EMFILE, ECONNABORTED
   */
  async accept(options: WaitOptions = {}): Promise<Accepted> {
    let address: SocketAddress | undefined
    const outcome = await this.#reads.run(() => {
      const fd = this.#accept()
      if (fd >= 0) address = decodeSockaddr(addressBytes, addressLength[0] ?? 0)
      return fd
    }, options)
    return this.#accepted(this.#check(outcome, 'accept', options), address)
  }

  /** {@link accept} without waiting: undefined where no connection is there. */
  tryAccept(): Accepted | undefined {
    const outcome = this.#try('accept', () => this.#accept())
    if (outcome === WOULD_BLOCK) return undefined
    const address = decodeSockaddr(addressBytes, addressLength[0] ?? 0)
    return this.#accepted(this.#check(outcome, 'accept'), address)
  }

  /**
   * Connects: connect(2). On a datagram socket it only sets the peer.
   *
   * Not abort-safe: after a signal or timeout the attempt is still under way, and the socket should be closed.
   *
   * @throws SocketError, as in ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, EADDRNOTAVAIL
   */
  async connect(address: SocketAddress, options: WaitOptions = {}): Promise<void> {
    const bytes = this.#encode(address)
    this.#descriptor('connect')
    this.#remote = address
    let started = false
    const outcome = await this.#writes.run(() => {
      if (started) return this.#connectOutcome()
      started = true
      const result = libc.connect(this.#fd, bytes, bytes.length)
      // A UNIX listener whose backlog is full says EAGAIN, and no event ever says that there is room (connect(2)).
      if (result === WOULD_BLOCK && this.family === AF_UNIX) return -ERRNO.EBUSY
      // An interrupted connect goes on by itself, as one in progress does (connect(2)).
      const underWay = result === -ERRNO.EINPROGRESS || result === -ERRNO.EINTR
      return underWay ? WOULD_BLOCK : result
    }, options)
    if (outcome === -ERRNO.EBUSY) throw this.#error(-ERRNO.EAGAIN, 'connect', options)
    this.#check(outcome, 'connect', options)
  }

  /** 0, an error, or WOULD_BLOCK where the event was spurious: what Go's connect in fd_unix.go learned the hard way. */
  #connectOutcome(): number {
    const error = this.#optionNumber(SOL_SOCKET, SO_ERROR)
    if (error !== 0) return error > 0 ? -error : error
    const outcome = this.#addressCall(libc.getpeername)
    return outcome === -ERRNO.ENOTCONN ? WOULD_BLOCK : outcome
  }

  /**
   * Receives up to `length` bytes of a stream, or one datagram cut to `length`: recv(2). Abort-safe.
   *
   * @returns the bytes; null at the end of a stream. A zero-length datagram is zero bytes, and so is `recv(0)`, which
   * takes nothing.
   */
  async recv(length: number, options: CallOptions = {}): Promise<Uint8Array | null> {
    const received: { data: Uint8Array | null } = { data: null }
    const outcome = await this.#reads.run(() => this.#recvCopy(length, options.flags ?? 0, received), options)
    this.#check(outcome, 'recv', options)
    return received.data
  }

  /** {@link recv} without waiting: undefined where nothing is there. */
  tryRecv(length: number, options: { readonly flags?: number } = {}): Uint8Array | null | undefined {
    const received: { data: Uint8Array | null } = { data: null }
    const outcome = this.#try('recv', () => this.#recvCopy(length, options.flags ?? 0, received))
    if (outcome === WOULD_BLOCK) return undefined
    this.#check(outcome, 'recv')
    return received.data
  }

  /** Receives into the caller's memory: no copy, no allocation. Abort-safe. @returns bytes; null at end of stream */
  async recvInto(into: Uint8Array, options: CallOptions = {}): Promise<number | null> {
    const flags = options.flags ?? 0
    const outcome = await this.#reads.run(() => libc.recv(this.#fd, into, into.length, flags), options)
    const count = this.#check(outcome, 'recv', options)
    return count === 0 && into.length > 0 && this.#hasEnd ? null : count
  }

  /** {@link recvInto} without waiting: undefined where nothing is there. */
  tryRecvInto(into: Uint8Array, options: { readonly flags?: number } = {}): number | null | undefined {
    const outcome = this.#try('recv', () => libc.recv(this.#fd, into, into.length, options.flags ?? 0))
    if (outcome === WOULD_BLOCK) return undefined
    const count = this.#check(outcome, 'recv')
    return count === 0 && into.length > 0 && this.#hasEnd ? null : count
  }

  /** Receives one datagram and its sender: recvfrom(2). Abort-safe. */
  async recvfrom(length: number, options: CallOptions = {}): Promise<Datagram> {
    const received: { datagram?: Datagram } = {}
    const outcome = await this.#reads.run(
      () => this.#recvfromCopy(length, options.flags ?? 0, received),
      options,
    )
    this.#check(outcome, 'recvfrom', options)
    return received.datagram ?? this.#impossible('recvfrom')
  }

  /** {@link recvfrom} without waiting: undefined where nothing is there. */
  tryRecvfrom(length: number, options: { readonly flags?: number } = {}): Datagram | undefined {
    const received: { datagram?: Datagram } = {}
    const outcome = this.#try('recvfrom', () => this.#recvfromCopy(length, options.flags ?? 0, received))
    if (outcome === WOULD_BLOCK) return undefined
    this.#check(outcome, 'recvfrom')
    return received.datagram
  }

  /**
   * Sends as much as the kernel takes now, waiting until it takes anything: send(2). Abort-safe.
   *
   * @param data bytes; text is sent as UTF-8
   * @returns bytes taken
   */
  async send(data: Uint8Array | string, options: CallOptions = {}): Promise<number> {
    const bytes = bytesOf(data)
    const flags = (options.flags ?? 0) | MSG_NOSIGNAL
    const outcome = await this.#writes.run(() => libc.send(this.#fd, bytes, bytes.length, flags), options)
    return this.#check(outcome, 'send', options)
  }

  /** {@link send} without waiting: undefined where the kernel takes nothing. */
  trySend(data: Uint8Array | string, options: { readonly flags?: number } = {}): number | undefined {
    const bytes = bytesOf(data)
    const flags = (options.flags ?? 0) | MSG_NOSIGNAL
    const outcome = this.#try('send', () => libc.send(this.#fd, bytes, bytes.length, flags))
    return outcome === WOULD_BLOCK ? undefined : this.#check(outcome, 'send')
  }

  /**
   * Sends everything, however many calls it takes; two at once do not mix. Not abort-safe: an error tells in
   * `bytesSent` how much had been taken.
   */
  async sendAll(data: Uint8Array | string, options: CallOptions = {}): Promise<void> {
    const bytes = bytesOf(data)
    const flags = (options.flags ?? 0) | MSG_NOSIGNAL
    let sent = 0
    const outcome = await this.#writes.run(() => {
      do {
        const rest = sent === 0 ? bytes : bytes.subarray(sent)
        const taken = libc.send(this.#fd, rest, rest.length, flags)
        if (taken < 0) return taken
        sent += taken
      } while (sent < bytes.length)
      return sent
    }, options)
    this.#check(outcome, 'send', options, sent)
  }

  /** Sends one datagram to an address: sendto(2). Waits where the buffer is full, never drops. Abort-safe. */
  async sendto(
    data: Uint8Array | string,
    address: SocketAddress,
    options: CallOptions = {},
  ): Promise<number> {
    const bytes = bytesOf(data)
    const to = this.#encode(address)
    const flags = (options.flags ?? 0) | MSG_NOSIGNAL
    const outcome = await this.#writes.run(
      () => libc.sendto(this.#fd, bytes, bytes.length, flags, to, to.length),
      options,
    )
    if (outcome < 0) throw this.#error(outcome, 'sendto', options, { remote: address })
    return outcome
  }

  /**
   * Ends one or both directions: shutdown(2). SHUT_WR sends what is queued and then the end of the stream; the other
   * direction stays open (half-close).
   *
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR
   */
  shutdown(how: number): void {
    this.#checkCall(libc.shutdown(this.#descriptor('shutdown'), how), 'shutdown')
  }

  /** Own address: getsockname(2). */
  getsockname(): SocketAddress {
    return this.#addressOf('getsockname') ?? this.#impossible('getsockname')
  }

  /** The peer's address: getpeername(2). @throws SocketError with ENOTCONN */
  getpeername(): SocketAddress {
    return this.#addressOf('getpeername') ?? this.#impossible('getpeername')
  }

  /** Sets an option: setsockopt(2). A number is an int; everything else is given as the bytes of its structure. */
  setsockopt(level: number, name: number, value: number | Uint8Array): void {
    const bytes = typeof value === 'number' ? Int32Array.of(value) : value
    const fd = this.#descriptor('setsockopt')
    this.#checkCall(libc.setsockopt(fd, level, name, bytes, bytes.byteLength), 'setsockopt')
  }

  /** Reads an option: getsockopt(2). Without a length it is an int; with one, that many bytes at most. */
  getsockopt(level: number, name: number): number
  getsockopt(level: number, name: number, length: number): Uint8Array
  getsockopt(level: number, name: number, length?: number): number | Uint8Array {
    const fd = this.#descriptor('getsockopt')
    const size = Int32Array.of(length ?? 4)
    const bytes = new Uint8Array(length ?? 4)
    this.#checkCall(libc.getsockopt(fd, level, name, bytes, size), 'getsockopt')
    return length === undefined ? new DataView(bytes.buffer).getInt32(0, true) : bytes.subarray(0, size[0])
  }

  /** Closes: close(2). What waits ends with code `ERR_SOCKET_CLOSED`. A second time does nothing. */
  close(): void {
    if (this.#fd < 0) return
    const fd = this.#fd
    if (this.#registered) eventLoopDriver().unregister(fd)
    this.#fd = -1
    // The result says nothing of use: the descriptor is gone even after EINTR (close(2), "Dealing with error returns").
    libc.close(fd)
    this.#reads.close()
    this.#writes.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** Streams and sequenced packets end; for datagrams zero bytes are a message. */
  get #hasEnd(): boolean {
    return this.type !== SOCK_DGRAM
  }

  /** Registered when the first call has to wait, and then for good: the reactor is edge-triggered. */
  #beginWaiting(): void {
    if (!this.#registered && this.#fd >= 0) {
      eventLoopDriver().register(this.#fd, {
        onReadable: () => this.#reads.flush(),
        onWritable: () => this.#writes.flush(),
      })
      this.#registered = true
    }
    eventLoopDriver().ref()
  }

  #accept(): number {
    addressLength[0] = addressBytes.length
    return libc.accept4(this.#fd, addressBytes, addressLength, SOCK_NONBLOCK | SOCK_CLOEXEC)
  }

  #accepted(fd: number, address: SocketAddress | undefined): Accepted {
    const peer = address ?? { path: '' }
    return { client: new Socket(fd, this.family, this.type, this.protocol, peer), address: peer }
  }

  #recvCopy(length: number, flags: number, received: { data: Uint8Array | null }): number {
    if (length === 0) {
      received.data = new Uint8Array(0)
      return 0
    }
    const into = length <= scratch.length ? scratch : new Uint8Array(length)
    const count = libc.recv(this.#fd, into, length, flags)
    if (count > 0) received.data = into.slice(0, count)
    else if (count === 0 && !this.#hasEnd) received.data = new Uint8Array(0)
    return count
  }

  #recvfromCopy(length: number, flags: number, received: { datagram?: Datagram }): number {
    const into = length <= scratch.length ? scratch : new Uint8Array(length)
    addressLength[0] = addressBytes.length
    // MSG_TRUNC makes a datagram socket tell the real size; a TCP socket would throw the data away (tcp(7)).
    const asked = this.type === SOCK_DGRAM ? flags | MSG_TRUNC : flags
    const size = libc.recvfrom(this.#fd, into, length, asked, addressBytes, addressLength)
    if (size >= 0)
      received.datagram = {
        data: into.slice(0, Math.min(size, length)),
        address: decodeSockaddr(addressBytes, addressLength[0] ?? 0),
        truncated: size > length,
        size,
      }
    return size
  }

  #try(syscall: string, attempt: Attempt): number {
    this.#descriptor(syscall)
    for (;;) {
      const outcome = attempt()
      if (outcome !== -ERRNO.EINTR) return outcome
    }
  }

  #descriptor(syscall: string): number {
    if (this.#fd < 0) throw new SocketError('ERR_SOCKET_CLOSED', syscall, { remote: this.#remote })
    return this.#fd
  }

  #encode(address: SocketAddress): Uint8Array {
    return encodeSockaddr(this.family, address, libc.ifNameToIndex)
  }

  #optionNumber(level: number, name: number): number {
    const value = Int32Array.of(0)
    const outcome = libc.getsockopt(this.#fd, level, name, value, Int32Array.of(4))
    return outcome < 0 ? outcome : (value[0] ?? 0)
  }

  #addressCall(call: (fd: number, address: Uint8Array, length: Int32Array) => number): number {
    addressLength[0] = addressBytes.length
    return call(this.#fd, addressBytes, addressLength)
  }

  #addressOf(syscall: 'getsockname' | 'getpeername'): SocketAddress | undefined {
    this.#descriptor(syscall)
    this.#checkCall(this.#addressCall(libc[syscall]), syscall)
    return decodeSockaddr(addressBytes, addressLength[0] ?? 0)
  }

  #checkCall(outcome: number, syscall: string, detail: { local?: SocketAddress } = {}): void {
    if (outcome < 0) throw this.#error(outcome, syscall, {}, detail)
  }

  #check(outcome: number, syscall: string, options: WaitOptions = {}, bytesSent?: number): number {
    if (outcome < 0) throw this.#error(outcome, syscall, options, { bytesSent })
    return outcome
  }

  #error(
    outcome: number,
    syscall: string,
    options: WaitOptions = {},
    detail: { local?: SocketAddress; remote?: SocketAddress; bytesSent?: number | undefined } = {},
  ): SocketError {
    return new SocketError(reasonOf(outcome), syscall, {
      local: this.#localAddress(),
      remote: this.#remote,
      cause: options.signal?.aborted === true ? options.signal.reason : undefined,
      ...detail,
    })
  }

  #localAddress(): SocketAddress | undefined {
    if (this.#fd < 0 || this.#addressCall(libc.getsockname) < 0) return undefined
    return decodeSockaddr(addressBytes, addressLength[0] ?? 0)
  }

  #impossible(syscall: string): never {
    throw new SocketError(ERRNO.EAFNOSUPPORT, syscall, { remote: this.#remote })
  }
}

function bytesOf(data: Uint8Array | string): Uint8Array {
  return typeof data === 'string' ? encoder.encode(data) : data
}
