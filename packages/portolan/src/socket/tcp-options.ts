/** Options of TCP, level IPPROTO_TCP: tcp(7). */
import * as constants from '../sys/constants.ts'
import { parseTcpInfo, TCP_INFO_SIZE, type TcpInfo } from '../sys/tcp-info.ts'
import { Ipv6Options } from './ipv6-options.ts'
import { TCP, type SocketOption } from './option-access.ts'

const tcp = (name: keyof typeof constants, hints: Readonly<Record<string, string>> = {}): SocketOption => ({
  name,
  level: constants.IPPROTO_TCP,
  number: constants[name],
  of: TCP,
  hints,
})

const NO_DELAY = tcp('TCP_NODELAY')
const CORK = tcp('TCP_CORK')
const QUICK_ACK = tcp('TCP_QUICKACK')
const KEEP_ALIVE_IDLE = tcp('TCP_KEEPIDLE')
const KEEP_ALIVE_INTERVAL = tcp('TCP_KEEPINTVL')
const KEEP_ALIVE_COUNT = tcp('TCP_KEEPCNT')
const SYN_COUNT = tcp('TCP_SYNCNT')
const USER_TIMEOUT = tcp('TCP_USER_TIMEOUT')
const NOT_SENT_LOW_WATER = tcp('TCP_NOTSENT_LOWAT')
const CONGESTION = tcp('TCP_CONGESTION', {
  ENOENT: 'net.ipv4.tcp_available_congestion_control lists what this kernel has',
  EPERM: 'without CAP_NET_ADMIN only those of net.ipv4.tcp_allowed_congestion_control',
})
const MAX_SEGMENT = tcp('TCP_MAXSEG', { EINVAL: '88 to 32767 bytes' })
const FAST_OPEN = tcp('TCP_FASTOPEN', { EINVAL: 'only before connect' })
const FAST_OPEN_CONNECT = tcp('TCP_FASTOPEN_CONNECT', {
  EINVAL: 'only before connect',
  EOPNOTSUPP: 'net.ipv4.tcp_fastopen does not allow it to clients',
})
const DEFER_ACCEPT = tcp('TCP_DEFER_ACCEPT')
const INFO = tcp('TCP_INFO')

const LARGEST = 0x7fffffff
/** MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL, MAX_TCP_KEEPCNT, MAX_TCP_SYNCNT of net/tcp.h. */
const LONGEST_KEEP_ALIVE = 32_767
const MOST_PROBES = 127
/** TCP_CA_NAME_MAX of net/tcp.h, the NUL included. */
const CONGESTION_NAME_ROOM = 16

export class TcpOptions extends Ipv6Options {
  /** TCP_NODELAY: send small segments at once, without Nagle's algorithm (RFC 1122 section 4.2.3.4). */
  get noDelay(): boolean {
    return this.getFlag(NO_DELAY)
  }

  set noDelay(on: boolean) {
    this.setFlag(NO_DELAY, on)
  }

  /** TCP_CORK: hold segments that are not full back, 200 ms at most; false sends what is held. */
  get cork(): boolean {
    return this.getFlag(CORK)
  }

  set cork(on: boolean) {
    this.setFlag(CORK, on)
  }

  /** TCP_QUICKACK: acknowledge at once. Not permanent: the kernel turns it on and off as it sees fit. */
  get quickAck(): boolean {
    return this.getFlag(QUICK_ACK)
  }

  set quickAck(on: boolean) {
    this.setFlag(QUICK_ACK, on)
  }

  /** TCP_KEEPIDLE: seconds of silence before the first probe, 1 to 32767. Needs `keepAlive`. */
  get keepAliveIdleSeconds(): number {
    return this.getInt(KEEP_ALIVE_IDLE)
  }

  set keepAliveIdleSeconds(seconds: number) {
    this.setInt(KEEP_ALIVE_IDLE, seconds, 1, LONGEST_KEEP_ALIVE)
  }

  /** TCP_KEEPINTVL: seconds between probes, 1 to 32767. */
  get keepAliveIntervalSeconds(): number {
    return this.getInt(KEEP_ALIVE_INTERVAL)
  }

  set keepAliveIntervalSeconds(seconds: number) {
    this.setInt(KEEP_ALIVE_INTERVAL, seconds, 1, LONGEST_KEEP_ALIVE)
  }

  /** TCP_KEEPCNT: probes without an answer that end the connection with ETIMEDOUT, 1 to 127. */
  get keepAliveCount(): number {
    return this.getInt(KEEP_ALIVE_COUNT)
  }

  set keepAliveCount(probes: number) {
    this.setInt(KEEP_ALIVE_COUNT, probes, 1, MOST_PROBES)
  }

  /** TCP_SYNCNT: SYNs that connect repeats before ETIMEDOUT, 1 to 127. */
  get synRetries(): number {
    return this.getInt(SYN_COUNT)
  }

  set synRetries(count: number) {
    this.setInt(SYN_COUNT, count, 1, MOST_PROBES)
  }

  /**
   * TCP_USER_TIMEOUT: milliseconds that sent data may stay unacknowledged before the connection ends with ETIMEDOUT
   * (RFC 5482); 0 for the system's default. It overrides `keepAliveCount`.
   */
  get userTimeout(): number {
    return this.getInt(USER_TIMEOUT)
  }

  set userTimeout(milliseconds: number) {
    this.setInt(USER_TIMEOUT, milliseconds, 0, LARGEST)
  }

  /**
   * TCP_NOTSENT_LOWAT: bytes not yet sent above which the socket does not count as writable, 0 to 2^32-1; 0 for
   * net.ipv4.tcp_notsent_lowat.
   */
  get notSentLowat(): number {
    return this.getInt(NOT_SENT_LOW_WATER) >>> 0
  }

  set notSentLowat(bytes: number) {
    this.setInt(NOT_SENT_LOW_WATER, bytes, 0, 0xffffffff)
  }

  /** TCP_CONGESTION: name of the congestion control, as in `cubic`. @throws SocketError with ENOENT, EPERM */
  get congestion(): string {
    const name = new TextDecoder().decode(this.getBytes(CONGESTION, CONGESTION_NAME_ROOM))
    return name.replace(/\0.*$/s, '')
  }

  set congestion(name: string) {
    const bytes = new TextEncoder().encode(name)
    if (bytes.length === 0 || bytes.length >= CONGESTION_NAME_ROOM || bytes.includes(0))
      throw new RangeError(`Not the name of a congestion control (1 to 15 bytes): ${JSON.stringify(name)}`)
    this.setBytes(CONGESTION, bytes, ` = ${name}`)
  }

  /**
   * TCP_MAXSEG: bytes of the largest segment, 88 to 32767; 0 for what the path gives. Before connect it limits, and is
   * told to the peer; of a connection the one in use is read.
   */
  get maxSegment(): number {
    return this.getInt(MAX_SEGMENT)
  }

  set maxSegment(bytes: number) {
    this.setInt(MAX_SEGMENT, bytes, 0, LARGEST)
  }

  /**
   * TCP_FASTOPEN: connections of TCP Fast Open (RFC 7413) that may wait for their handshake at a listener; 0 for none.
   * Needs net.ipv4.tcp_fastopen to allow it to servers.
   */
  get fastOpen(): number {
    return this.getInt(FAST_OPEN)
  }

  set fastOpen(queue: number) {
    this.setInt(FAST_OPEN, queue, 0, LARGEST)
  }

  /** TCP_FASTOPEN_CONNECT: connect returns at once, and the first send goes with the SYN, where a cookie is known. */
  get fastOpenConnect(): boolean {
    return this.getFlag(FAST_OPEN_CONNECT)
  }

  set fastOpenConnect(on: boolean) {
    this.setFlag(FAST_OPEN_CONNECT, on)
  }

  /**
   * TCP_DEFER_ACCEPT: seconds that a listener waits for the first data before it hands a connection out; 0 for not at
   * all. The kernel counts repetitions of the SYN-ACK: what is read is the time these take (1, 3, 7, 15, …).
   */
  get deferAcceptSeconds(): number {
    return this.getInt(DEFER_ACCEPT)
  }

  set deferAcceptSeconds(seconds: number) {
    this.setInt(DEFER_ACCEPT, seconds, 0, LARGEST)
  }

  /** TCP_INFO: state, times, counters of the connection at this moment. */
  get tcpInfo(): TcpInfo {
    return parseTcpInfo(this.getBytes(INFO, TCP_INFO_SIZE))
  }
}
