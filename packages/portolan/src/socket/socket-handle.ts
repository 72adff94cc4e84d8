/** What every open socket has, whatever passes through it: descriptor, addresses, options, deadlines and an end. */
import { SOMAXCONN } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { libc } from '../sys/libc.ts'
import { encodeSockaddr } from '../sys/sockaddr.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import { checkWhole, delayUntil, NO_OPTIONS, type Deadline, type Direction } from './call-options.ts'
import { Descriptor } from './descriptor.ts'
import type { Origin } from './left-open.ts'
import { Multicast } from './multicast.ts'
import { peerCredentials, type Credentials } from './peer-credentials.ts'
import { getsockopt, setsockopt } from './socket-options.ts'
import { SocketOptions } from './typed-options.ts'

/** The part of {@link Socket} that moves no data. */
export abstract class SocketHandle implements Disposable, AsyncDisposable {
  /** @internal */
  protected readonly descriptor: Descriptor
  #options: SocketOptions | undefined
  #multicast: Multicast | undefined

  /** Takes over a descriptor that is non-blocking already. */
  constructor(
    fd: number,
    family: number,
    type: number,
    protocol: number,
    remote?: SocketAddress,
    origin: Origin = 'socket',
  ) {
    this.descriptor = new Descriptor(fd, family, type, protocol, remote, origin)
  }

  /** The descriptor; -1 once closed. */
  get fd(): number {
    return this.descriptor.fd
  }

  get closed(): boolean {
    return this.descriptor.fd < 0
  }

  /** AF_INET, AF_INET6, AF_UNIX, AF_PACKET, AF_NETLINK, AF_VSOCK. */
  get family(): number {
    return this.descriptor.family
  }

  /** SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW. */
  get type(): number {
    return this.descriptor.type
  }

  /** As it was given to {@link socket}. */
  get protocol(): number {
    return this.descriptor.protocol
  }

  /**
   * Gives the socket an address: bind(2). Port 0 lets the kernel choose; an empty UNIX path asks for autobind.
   *
   * @throws SocketError, as in EADDRINUSE, EACCES, EADDRNOTAVAIL; RangeError for an address of another family
   */
  bind(address: SocketAddress): void {
    const bytes = encodeSockaddr(this.family, address, libc.ifNameToIndex)
    const outcome = libc.bind(this.descriptor.opened('bind'), bytes, bytes.length)
    if (outcome < 0) throw this.descriptor.failure(outcome, 'bind', NO_OPTIONS, { local: address })
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
    this.descriptor.settle(libc.listen(this.descriptor.opened('listen'), backlog), 'listen')
  }

  /**
   * Ends one or both directions: shutdown(2). SHUT_WR sends what is queued and then the end of the stream; the other
   * direction stays open (half-close).
   *
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR
   * @throws SocketError, as in ENOTCONN, EINVAL for another `how`
   */
  shutdown(how: number): void {
    checkWhole('how', how, 0, 0x7fffffff)
    this.descriptor.settle(libc.shutdown(this.descriptor.opened('shutdown'), how), 'shutdown')
  }

  /** Own address: getsockname(2). @throws SocketError with EAFNOSUPPORT for a family that Portolan has no address of */
  getsockname(): SocketAddress {
    return this.#known('getsockname')
  }

  /** The peer's address: getpeername(2). @throws SocketError with ENOTCONN, EAFNOSUPPORT */
  getpeername(): SocketAddress {
    return this.#known('getpeername')
  }

  /**
   * Who is at the other end of a UNIX socket, as it was when it called connect, listen or socketpair: SO_PEERCRED of
   * unix(7). The kernel vouches for it.
   *
   * @throws SocketError with ENOTCONN, or EOPNOTSUPP for another family
   */
  peerCredentials(): Credentials {
    return peerCredentials(this.descriptor)
  }

  #known(syscall: 'getsockname' | 'getpeername'): SocketAddress {
    const address = this.descriptor.addressOf(syscall)
    if (address === undefined) throw new SocketError(ERRNO.EAFNOSUPPORT, syscall)
    if (syscall === 'getsockname') this.descriptor.local = address
    return address
  }

  /**
   * Sets an option: setsockopt(2). A number is an int; everything else is given as the bytes of its structure, in a
   * typed array or DataView.
   *
   * @throws SocketError, as in ENOPROTOOPT, EINVAL, EPERM; RangeError for a number of more than 32 bits, TypeError for a
   * value that is neither a number nor bytes
   */
  setsockopt(level: number, name: number, value: number | ArrayBufferView): void {
    setsockopt(this.descriptor, level, name, value)
  }

  /**
   * Reads an option: getsockopt(2). Without a length it is an int; with one, that many bytes at most, up to 65536.
   *
   * @throws SocketError, as in ENOPROTOOPT; RangeError for a length out of range
   */
  getsockopt(level: number, name: number): number
  getsockopt(level: number, name: number, length: number): Uint8Array
  getsockopt(level: number, name: number, length?: number): number | Uint8Array {
    return getsockopt(this.descriptor, level, name, length)
  }

  /**
   * Ends calls at a point in time with code `ERR_SOCKET_TIMEOUT`: those that wait then, and all later ones, also where
   * data is ready, until another deadline is set. The directions are independent; accept reads and connect writes.
   * Portolan's own, in place of SO_RCVTIMEO and SO_SNDTIMEO.
   *
   * @param deadline milliseconds from now (0 has passed), a date, or null for none
   * @throws RangeError for a deadline more than 2147483647 ms ahead
   */
  setDeadline(deadline: Deadline, direction: Direction = 'both'): void {
    const delay = delayUntil(deadline)
    if (direction !== 'write') this.descriptor.setReadDeadline(delay)
    if (direction !== 'read') this.descriptor.writes.setDeadline(delay)
  }

  /** The common options as properties, as in `socket.options.noDelay = true`: see {@link SocketOptions}. */
  get options(): SocketOptions {
    return (this.#options ??= new SocketOptions(this.descriptor))
  }

  /** Groups of a datagram socket, as in `socket.multicast.join('239.1.2.3')`: see {@link Multicast}. */
  get multicast(): Multicast {
    return (this.#multicast ??= new Multicast(this.descriptor))
  }

  /**
   * Gives up the descriptor and returns it: whoever takes it closes it. What waits ends with code `ERR_SOCKET_CLOSED`,
   * and this object is closed. The descriptor stays non-blocking and closed on exec. To take it back: `fromfd`.
   * Portolan's own: Python's detach.
   *
   * @throws SocketError with ERR_SOCKET_CLOSED
   */
  detach(): number {
    return this.descriptor.detach()
  }

  /** Calls that wait here keep the process alive again, as a socket of `node:net`. Never throws. @returns itself */
  ref(): this {
    this.descriptor.hold(true)
    return this
  }

  /** Lets the process end while calls wait here, their timeouts included: as `node:net`. Never throws. @returns itself */
  unref(): this {
    this.descriptor.hold(false)
    return this
  }

  /** Closes: close(2). What waits ends with code `ERR_SOCKET_CLOSED`. A second time does nothing. Never throws. */
  close(): void {
    this.descriptor.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}
