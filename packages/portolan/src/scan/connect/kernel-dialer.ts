/**
 * Connections straight from the kernel: non-blocking connect(2), and epoll only for those that do not end at once.
 *
 * Two facts of Linux make this cheap. A second connect(2) on a connecting socket tells the outcome (0, the error, or
 * EALREADY), so a target on this machine, whose RST is back before the first call returns, costs two calls and no
 * epoll. And after ECONNREFUSED the same socket may connect again (inet_stream_connect sets it back to unconnected),
 * so a closed port costs neither socket(2) nor close(2). Link-local addresses are the exception: their link sticks.
 */
import { EPOLLET, EPOLLOUT } from '../../sys/constants/epoll.ts'
import { AF_INET, AF_INET6, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from '../../sys/constants/families.ts'
import { SOL_SOCKET } from '../../sys/constants/protocols.ts'
import { SO_ERROR, SO_LINGER } from '../../sys/constants/socket-options.ts'
import { Epoll } from '../../sys/epoll.ts'
import { ERRNO } from '../../sys/errno.ts'
import { libc } from '../../sys/libc.ts'
import { SOCKADDR_IN6_SIZE, SOCKADDR_IN_SIZE } from '../../sys/sockaddr.ts'
import type { TargetSpace } from '../targets/target-space.ts'
import {
  CONNECTED,
  NO_ROUTE,
  refusedAtOnce,
  PENDING,
  SELF_CONNECT,
  type Dialer,
  type DialOutcome,
  type OnOutcome,
} from './dialer.ts'

// struct linger { 1, 0 }: close(2) sends a RST, so that an open port leaves no TIME_WAIT and takes no source port away.
const RESET_ON_CLOSE = Int32Array.of(1, 0)

/** Misses after which an eager question is the exception, and how seldom it is then. */
const EAGER_MISSES = 32

const NONE = -1
const NO_LINK = -1

export class KernelDialer implements Dialer {
  readonly #space: TargetSpace
  readonly #onOutcome: OnOutcome
  readonly #epoll = new Epoll()
  readonly #sockets: Int32Array
  readonly #hosts: Float64Array
  readonly #ports: Uint16Array
  readonly #address4 = new Uint8Array(SOCKADDR_IN_SIZE)
  readonly #address6 = new Uint8Array(SOCKADDR_IN6_SIZE)
  readonly #view6 = new DataView(this.#address6.buffer)
  /** Index of the link of the address that was written last; 0 where it names none */
  #scope = 0
  readonly #links = new Map<string, number>()
  readonly #own = new Uint8Array(SOCKADDR_IN6_SIZE)
  readonly #ownLength = new Int32Array(1)
  readonly #option = new Int32Array(1)
  readonly #optionLength = new Int32Array(1)
  /** Eager questions in a row that came too early */
  #misses = 0
  /** One unconnected socket a family, kept from a refused probe for the next. */
  #spare4 = NONE
  #spare6 = NONE

  constructor(space: TargetSpace, slots: number, onOutcome: OnOutcome) {
    this.#space = space
    this.#onOutcome = onOutcome
    this.#sockets = new Int32Array(slots).fill(NONE)
    this.#hosts = new Float64Array(slots)
    this.#ports = new Uint16Array(slots)
    new DataView(this.#address4.buffer).setUint16(0, AF_INET, true)
    this.#view6.setUint16(0, AF_INET6, true)
  }

  dial(slot: number, host: number, port: number): DialOutcome {
    const family = this.#writeAddress(host, port)
    if (this.#scope === NO_LINK) return NO_ROUTE
    const fd = this.#takeSocket(family)
    if (fd < 0) return fd
    const started = this.#connect(fd)
    if (started < 0 && started !== -ERRNO.EINPROGRESS) return refusedAtOnce(this.#settle(fd, port, started))
    const outcome = started === 0 ? CONNECTED : this.#askEagerly(fd)
    if (outcome !== -ERRNO.EALREADY) return this.#settle(fd, port, outcome)
    // Writable comes with success, and with an error too (EPOLLERR is always on). Once is enough: edge-triggered.
    const added = this.#epoll.add(fd, EPOLLOUT | EPOLLET, slot)
    if (added < 0) {
      libc.close(fd)
      return added
    }
    this.#sockets[slot] = fd
    this.#hosts[slot] = host
    this.#ports[slot] = port
    return PENDING
  }

  abandon(slot: number): DialOutcome {
    const outcome = this.#ask(slot)
    if (outcome !== PENDING) return outcome
    const fd = this.#sockets[slot] ?? NONE
    // An ICMP error that met the socket inside a system call is kept as a soft error, and only this option tells it
    // (tcp_v4_err in net/ipv4/tcp_ipv4.c).
    this.#optionLength[0] = 4
    libc.getsockopt(fd, SOL_SOCKET, SO_ERROR, this.#option, this.#optionLength)
    libc.close(fd)
    this.#sockets[slot] = NONE
    const soft = this.#option[0] ?? 0
    return soft === 0 ? PENDING : -soft
  }

  /** Blocks the thread for up to `timeoutMs`, then tells the outcomes that came. */
  wait(timeoutMs: number): void {
    const count = this.#epoll.wait(timeoutMs)
    for (let i = 0; i < count; i++) {
      const slot = this.#epoll.dataAt(i)
      if (this.#sockets[slot] === NONE) continue
      // An event is a hint (epoll(7)); the call is what knows.
      const outcome = this.#ask(slot)
      if (outcome !== PENDING) this.#onOutcome(slot, outcome)
    }
  }

  /** Asks a pending connection how it went, and ends it when it has. */
  #ask(slot: number): DialOutcome {
    const fd = this.#sockets[slot] ?? NONE
    const port = this.#ports[slot] ?? 0
    this.#writeAddress(this.#hosts[slot] ?? 0, port)
    const outcome = this.#connect(fd)
    if (outcome === -ERRNO.EALREADY) return PENDING
    this.#sockets[slot] = NONE
    if (outcome !== -ERRNO.ECONNREFUSED) return this.#settle(fd, port, outcome)
    // Reusing a socket that epoll knows would take two more calls than closing it.
    libc.close(fd)
    return outcome
  }

  [Symbol.dispose](): void {
    for (const fd of [...this.#sockets, this.#spare4, this.#spare6]) if (fd !== NONE) libc.close(fd)
    this.#sockets.fill(NONE)
    this.#spare4 = this.#spare6 = NONE
    this.#epoll[Symbol.dispose]()
  }

  #family: typeof AF_INET | typeof AF_INET6 = AF_INET

  /** Fills the address of the family and returns the family. */
  #writeAddress(host: number, port: number): typeof AF_INET | typeof AF_INET6 {
    const v4 = this.#space.ipv4At(host)
    const bytes = v4 >= 0 ? this.#address4 : this.#address6
    bytes[2] = port >>> 8
    bytes[3] = port & 255
    if (v4 >= 0) {
      bytes[4] = v4 >>> 24
      bytes[5] = (v4 >>> 16) & 255
      bytes[6] = (v4 >>> 8) & 255
      bytes[7] = v4 & 255
      this.#scope = 0
      return (this.#family = AF_INET)
    }
    this.#space.writeAddress(host, bytes, 8)
    this.#scope = this.#scopeOf(this.#space.zoneAt(host))
    this.#view6.setUint32(24, Math.max(this.#scope, 0), true)
    return (this.#family = AF_INET6)
  }

  /**
   * Index of the link that a zone names, 0 without a zone. {@link NO_LINK} for a link that is not there: as 0 it would
   * leave the choice of the link to the kernel, and that is not what the permission is for.
   */
  #scopeOf(zone: string | undefined): number {
    if (zone === undefined) return 0
    let index = this.#links.get(zone)
    if (index === undefined) {
      index = /^\d+$/.test(zone) ? Number(zone) : libc.ifNameToIndex(zone)
      this.#links.set(zone, index === 0 ? NO_LINK : index)
    }
    return index === 0 ? NO_LINK : index
  }

  /**
   * A second call while the first is under way asks for the outcome. Targets on this machine have it already; for others
   * it is a wasted call, so after a row of misses it is only tried now and then.
   */
  #askEagerly(fd: number): number {
    if (this.#misses >= EAGER_MISSES && this.#misses++ % EAGER_MISSES !== 0) return -ERRNO.EALREADY
    const outcome = this.#connect(fd)
    if (outcome === -ERRNO.EALREADY) this.#misses++
    else this.#misses = 0
    return outcome
  }

  #connect(fd: number): number {
    return this.#family === AF_INET
      ? libc.connect(fd, this.#address4, SOCKADDR_IN_SIZE)
      : libc.connect(fd, this.#address6, SOCKADDR_IN6_SIZE)
  }

  #takeSocket(family: typeof AF_INET | typeof AF_INET6): number {
    const spare = family === AF_INET ? this.#spare4 : this.#spare6
    if (spare === NONE) return libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    if (family === AF_INET) this.#spare4 = NONE
    else this.#spare6 = NONE
    return spare
  }

  /** Closes or keeps the socket of a finished probe and looks whether it met itself. */
  #settle(fd: number, port: number, outcome: number): DialOutcome {
    if (outcome === -ERRNO.ECONNREFUSED) {
      if (this.#family === AF_INET && this.#spare4 === NONE) this.#spare4 = fd
      // One that has met a link stays bound to it (sk_bound_dev_if) and would dial every other address there.
      else if (this.#family === AF_INET6 && this.#scope === 0 && this.#spare6 === NONE) this.#spare6 = fd
      else libc.close(fd)
      return outcome
    }
    const connected = outcome >= 0
    const self = connected && this.#metItself(fd, port)
    if (connected) libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, RESET_ON_CLOSE, 8)
    libc.close(fd)
    if (self) return SELF_CONNECT
    return connected ? CONNECTED : outcome
  }

  /** A connection from an address and port to themselves: found where the target is this machine, never a service. */
  #metItself(fd: number, port: number): boolean {
    this.#ownLength[0] = this.#own.length
    if (libc.getsockname(fd, this.#own, this.#ownLength) < 0) return false
    if ((this.#own[2] ?? 0) * 256 + (this.#own[3] ?? 0) !== port) return false
    const v4 = this.#family === AF_INET
    const target = v4 ? this.#address4 : this.#address6
    const end = v4 ? 8 : 24
    for (let i = v4 ? 4 : 8; i < end; i++) if (this.#own[i] !== target[i]) return false
    return true
  }
}
