/** Options of every socket, level SOL_SOCKET: socket(7). */
import * as constants from '../sys/constants.ts'
import {
  ANY,
  DATAGRAM,
  INET,
  OptionAccess,
  TCP,
  type SocketKind,
  type SocketOption,
} from './option-access.ts'

const option = (
  name: keyof typeof constants,
  of: SocketKind,
  hints: Readonly<Record<string, string>> = {},
): SocketOption => ({ name, level: constants.SOL_SOCKET, number: constants[name], of, hints })

const REUSE_ADDRESS = option('SO_REUSEADDR', INET)
const REUSE_PORT = option('SO_REUSEPORT', INET)
const BROADCAST = option('SO_BROADCAST', DATAGRAM)
const KEEP_ALIVE = option('SO_KEEPALIVE', TCP)
const LINGER = option('SO_LINGER', TCP)
const RECEIVE_BUFFER = option('SO_RCVBUF', ANY)
const SEND_BUFFER = option('SO_SNDBUF', ANY)
const RECEIVE_LOW_WATER = option('SO_RCVLOWAT', TCP)
const PRIORITY = option('SO_PRIORITY', ANY, { EPERM: 'more than 6 needs CAP_NET_ADMIN' })
const MARK = option('SO_MARK', ANY, { EPERM: 'needs CAP_NET_ADMIN or CAP_NET_RAW' })
const DEVICE = option('SO_BINDTODEVICE', INET, {
  ENODEV: 'no network interface has this name',
  EPERM: 'to leave an interface needs CAP_NET_RAW',
})
const INCOMING_CPU = option('SO_INCOMING_CPU', INET)
const ERROR = option('SO_ERROR', ANY)
const TYPE = option('SO_TYPE', ANY)
const DOMAIN = option('SO_DOMAIN', ANY)
const PROTOCOL = option('SO_PROTOCOL', ANY)
const ACCEPTS = option('SO_ACCEPTCONN', ANY)

const LARGEST = 0x7fffffff
/** IFNAMSIZ of net/if.h, the NUL included. */
const INTERFACE_NAME_ROOM = 16

export class SocketLevelOptions extends OptionAccess {
  /** SO_REUSEADDR: bind to an address that connections in TIME_WAIT still use. On UDP, to one that others share too. */
  get reuseAddress(): boolean {
    return this.getFlag(REUSE_ADDRESS)
  }

  set reuseAddress(on: boolean) {
    this.setFlag(REUSE_ADDRESS, on)
  }

  /**
   * SO_REUSEPORT: several sockets of one user bind to the same address, and the kernel spreads connections or datagrams
   * over them. Each of them sets it before bind.
   */
  get reusePort(): boolean {
    return this.getFlag(REUSE_PORT)
  }

  set reusePort(on: boolean) {
    this.setFlag(REUSE_PORT, on)
  }

  /** SO_BROADCAST: may send to broadcast addresses; without it that is EACCES. */
  get broadcast(): boolean {
    return this.getFlag(BROADCAST)
  }

  set broadcast(on: boolean) {
    this.setFlag(BROADCAST, on)
  }

  /** SO_KEEPALIVE: ask a silent peer whether it still lives. When is said by `keepAliveIdleSeconds` and its like. */
  get keepAlive(): boolean {
    return this.getFlag(KEEP_ALIVE)
  }

  set keepAlive(on: boolean) {
    this.setFlag(KEEP_ALIVE, on)
  }

  /**
   * SO_LINGER in seconds; null where it is off, which is the default: close() goes on sending behind the scenes.
   *
   * With 0 close() throws away what is queued and resets the connection: the peer gets ECONNRESET. With more, close()
   * stops the whole thread until everything is acknowledged or the time is over, and that also on a non-blocking
   * socket (inet_release in net/ipv4/af_inet.c); shutdown(SHUT_WR) and waiting for the end of the stream does not.
   */
  get linger(): number | null {
    const value = new DataView(this.getBytes(LINGER, 8).buffer)
    return value.getInt32(0, true) === 0 ? null : value.getInt32(4, true)
  }

  set linger(seconds: number | null) {
    const time = seconds === null ? 0 : checkSeconds(seconds)
    this.setBytes(LINGER, Int32Array.of(seconds === null ? 0 : 1, time), ` = ${seconds}`)
  }

  /**
   * SO_RCVBUF in bytes. The kernel doubles what is set, to have room for its own records, and caps it at
   * net.core.rmem_max before; what is read is the doubled value. Setting it ends the automatic growth of TCP.
   */
  get receiveBuffer(): number {
    return this.getInt(RECEIVE_BUFFER)
  }

  set receiveBuffer(bytes: number) {
    this.setInt(RECEIVE_BUFFER, bytes, 0, LARGEST)
  }

  /** SO_SNDBUF in bytes: doubled and capped (net.core.wmem_max) as `receiveBuffer` is. */
  get sendBuffer(): number {
    return this.getInt(SEND_BUFFER)
  }

  set sendBuffer(bytes: number) {
    this.setInt(SEND_BUFFER, bytes, 0, LARGEST)
  }

  /**
   * SO_RCVLOWAT in bytes: a receiving call that waits is woken when so many have come, or the stream has ended. A call
   * made when fewer are there takes these at once. 0 means 1.
   */
  get receiveLowat(): number {
    return this.getInt(RECEIVE_LOW_WATER)
  }

  set receiveLowat(bytes: number) {
    this.setInt(RECEIVE_LOW_WATER, bytes, 0, LARGEST)
  }

  /** SO_PRIORITY: of the packets in the queues of the interface; 0 to 6, more with CAP_NET_ADMIN. `trafficClass` sets it too. */
  get priority(): number {
    return this.getInt(PRIORITY)
  }

  set priority(priority: number) {
    this.setInt(PRIORITY, priority, 0, LARGEST)
  }

  /** SO_MARK: mark of every packet, for routing rules and filters; 0 to 2^32-1. Needs CAP_NET_ADMIN or CAP_NET_RAW. */
  get mark(): number {
    return this.getInt(MARK) >>> 0
  }

  set mark(mark: number) {
    this.setInt(MARK, mark, 0, 0xffffffff)
  }

  /** SO_BINDTODEVICE: name of the one network interface that packets come from and go to; null for all. */
  get bindToDevice(): string | null {
    const name = new TextDecoder().decode(this.getBytes(DEVICE, INTERFACE_NAME_ROOM))
    return name === '' ? null : name.replace(/\0.*$/s, '')
  }

  set bindToDevice(name: string | null) {
    this.setBytes(DEVICE, interfaceName(name), ` = ${name}`)
  }

  /**
   * SO_INCOMING_CPU: the processor that last handled a packet of this connection, -1 before the first. Set on listeners
   * that share a port by `reusePort`, each gets what its processor handles.
   */
  get incomingCpu(): number {
    return this.getInt(INCOMING_CPU)
  }

  set incomingCpu(cpu: number) {
    this.setInt(INCOMING_CPU, cpu, -1, LARGEST)
  }

  /** SO_ERROR: the error number that waits for the next call, 0 for none; `errnoName` names it. Reading takes it away. */
  get error(): number {
    return this.getInt(ERROR)
  }

  /** SO_TYPE: SOCK_STREAM, SOCK_DGRAM, … as the kernel has it. */
  get type(): number {
    return this.getInt(TYPE)
  }

  /** SO_DOMAIN: AF_INET, AF_INET6, … as the kernel has it. */
  get domain(): number {
    return this.getInt(DOMAIN)
  }

  /** SO_PROTOCOL: IPPROTO_TCP, IPPROTO_UDP, … also where the socket was opened with 0. */
  get protocol(): number {
    return this.getInt(PROTOCOL)
  }

  /** SO_ACCEPTCONN: the socket listens. */
  get acceptConn(): boolean {
    return this.getFlag(ACCEPTS)
  }
}

function checkSeconds(seconds: number): number {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > LARGEST)
    throw new RangeError(`SO_LINGER must be null or whole seconds from 0 to ${LARGEST}, not ${seconds}`)
  return seconds
}

/** The kernel would cut a longer name and bind to another interface (sock_setbindtodevice in net/core/sock.c). */
function interfaceName(name: string | null): Uint8Array {
  if (name === null) return Uint8Array.of(0)
  const bytes = new TextEncoder().encode(name)
  if (bytes.length === 0 || bytes.length >= INTERFACE_NAME_ROOM || bytes.includes(0))
    throw new RangeError(
      `Not the name of a network interface (1 to 15 bytes, or null): ${JSON.stringify(name)}`,
    )
  return bytes
}
