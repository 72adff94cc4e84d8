/** Multicast of a datagram socket: ip(7), ipv6(7), RFC 3678, RFC 4607. */
import * as constants from '../sys/constants.ts'
import { parseIPv4, parseIPv6 } from '../sys/inet.ts'
import { libc } from '../sys/libc.ts'
import { groupRequest, multicastInterface } from '../sys/multicast-request.ts'
import { encodeSockaddr } from '../sys/sockaddr.ts'
import { checkWhole } from './call-options.ts'
import { DATAGRAM, OptionAccess, type OptionPair, type SocketOption } from './option-access.ts'

const { AF_INET, AF_INET6, IPPROTO_IP, IPPROTO_IPV6 } = constants

type ConstantName = keyof typeof constants

const option = (
  level: number,
  name: ConstantName,
  hints: Readonly<Record<string, string>> = {},
): SocketOption => ({ name, level, number: constants[name], of: DATAGRAM, hints })

const pair = (v4: ConstantName, v6: ConstantName, hints?: Readonly<Record<string, string>>): OptionPair => ({
  v4: option(IPPROTO_IP, v4, hints),
  v6: option(IPPROTO_IPV6, v6, hints),
})

const NO_INTERFACE = 'no such interface, or no route to the group: name the interface'
/** RFC 3678 section 5: one set of requests for both families, which take the interface by its index. */
const request = (name: ConstantName): OptionPair =>
  pair(name, name, {
    EADDRINUSE: 'this socket is a member already',
    EADDRNOTAVAIL: 'this socket is no member, or the source is not in its list',
    ENODEV: NO_INTERFACE,
    ENXIO: NO_INTERFACE,
    ENOBUFS: 'net.ipv4.igmp_max_memberships and igmp_max_msf limit a socket',
    EINVAL: 'sources are blocked in a group joined as a whole, and joined in one that is not',
  })

const JOIN = request('MCAST_JOIN_GROUP')
const LEAVE = request('MCAST_LEAVE_GROUP')
const JOIN_SOURCE = request('MCAST_JOIN_SOURCE_GROUP')
const LEAVE_SOURCE = request('MCAST_LEAVE_SOURCE_GROUP')
const BLOCK = request('MCAST_BLOCK_SOURCE')
const UNBLOCK = request('MCAST_UNBLOCK_SOURCE')
const LOOP = pair('IP_MULTICAST_LOOP', 'IPV6_MULTICAST_LOOP')
const HOPS = pair('IP_MULTICAST_TTL', 'IPV6_MULTICAST_HOPS')
const ALL = pair('IP_MULTICAST_ALL', 'IPV6_MULTICAST_ALL')
const INTERFACE = pair('IP_MULTICAST_IF', 'IPV6_MULTICAST_IF', {
  EADDRNOTAVAIL: 'no such interface',
  ENODEV: 'no such interface',
})

export interface JoinOptions {
  /** Interface to listen on, by name or index; without it the one that the route to the group takes. */
  readonly interface?: string | number
  /** Numeric address of the only sender to be heard: source-specific multicast (RFC 4607). */
  readonly source?: string
}

/** A group that a socket is a member of, until `leave`, the end of its `using` block, or the socket's close. */
export class Membership implements Disposable {
  readonly group: string
  /** The only sender that is heard; undefined in a group joined as a whole. */
  readonly source: string | undefined
  /** Index of the interface; 0 where the kernel chose it. */
  readonly interface: number
  readonly #ask: (request: OptionPair, source?: string) => void
  #left = false

  /** Made by {@link Multicast.join}. */
  constructor(
    group: string,
    source: string | undefined,
    interfaceIndex: number,
    ask: (request: OptionPair, source?: string) => void,
  ) {
    this.group = group
    this.source = source
    this.interface = interfaceIndex
    this.#ask = ask
  }

  /**
   * Leaves: MCAST_LEAVE_GROUP, MCAST_LEAVE_SOURCE_GROUP (RFC 3678 section 5.1). A second time, or after the socket was closed, does nothing.
   *
   * @throws SocketError, as in EADDRNOTAVAIL where the group was left by setsockopt
   */
  leave(): void {
    if (this.#left) return
    this.#left = true
    if (this.source === undefined) this.#ask(LEAVE)
    else this.#ask(LEAVE_SOURCE, this.source)
  }

  /**
   * Hears this sender no more: MCAST_BLOCK_SOURCE (RFC 3678 section 5.1). Only in a group joined as a whole.
   *
   * @param source numeric address
   * @throws SocketError, as in EINVAL; EADDRNOTAVAIL where it is blocked already; RangeError for an address of the
   * other family or of a group
   */
  block(source: string): void {
    this.#ask(BLOCK, source)
  }

  /**
   * Hears this sender again: MCAST_UNBLOCK_SOURCE (RFC 3678 section 5.1).
   *
   * @param source numeric address
   * @throws SocketError with EADDRNOTAVAIL where it is not blocked
   */
  unblock(source: string): void {
    this.#ask(UNBLOCK, source)
  }

  [Symbol.dispose](): void {
    this.leave()
  }
}

/**
 * Multicast of an AF_INET or AF_INET6 socket that is no stream: `socket.multicast`. All of it is synchronous.
 *
 * Joining says which groups the host lets in; a socket hears those of them that go to the port it is bound to. Bind to
 * the group's address, or turn `all` off, to hear no group of other programs. Other sockets are refused with ENOPROTOOPT.
 */
export class Multicast extends OptionAccess {
  /**
   * Becomes a member of a group: MCAST_JOIN_GROUP, or with a source MCAST_JOIN_SOURCE_GROUP (RFC 3678 section 5.1).
   * Several sources are joined one by one. An AF_INET6 socket that carries IPv4 joins IPv4 groups too.
   *
   * @param group numeric address; IPv6 may name the interface in it, as in `ff02::fb%eth0`
   * @throws SocketError, as in EADDRINUSE (a member already), ENODEV, ENOBUFS; RangeError for an address that is no
   * group, a source that is no sender's, an interface that does not exist
   */
  join(group: string, options: JoinOptions = {}): Membership {
    const { host, zone } = splitZone(group)
    if (zone !== undefined && options.interface !== undefined)
      throw new RangeError(`${JSON.stringify(group)} names an interface; do not name another`)
    const index = interfaceIndex(options.interface ?? zone ?? 0)
    const family = familyOfGroup(host)
    if (family !== AF_INET && this.family === AF_INET)
      throw new RangeError(`An AF_INET socket joins no IPv6 group: ${JSON.stringify(group)}`)
    const groupBytes = encodeSockaddr(family, { host, port: 0 }, libc.ifNameToIndex)
    const ask = (request: OptionPair, source?: string): void => {
      // The kernel left every group when the socket was closed.
      if (this.closed && (request === LEAVE || request === LEAVE_SOURCE)) return
      const sourceBytes = source === undefined ? undefined : encodeSource(family, source)
      const shown = ` ${host}${index === 0 ? '' : `%${index}`}${source === undefined ? '' : ` of ${source}`}`
      const chosen = family === AF_INET ? request.v4 : request.v6
      this.setBytes(chosen, groupRequest(index, groupBytes, sourceBytes), shown)
    }
    if (options.source === undefined) ask(JOIN)
    else ask(JOIN_SOURCE, options.source)
    return new Membership(host, options.source, index, ask)
  }

  /** IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP: members on this host hear what this socket sends. On by default. */
  get loop(): boolean {
    return this.getFlag(this.own(LOOP))
  }

  set loop(on: boolean) {
    for (const option of this.each(LOOP)) this.setFlag(option, on)
  }

  /** IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS: routers that a packet to a group may pass, plus one; 0 to 255, by default 1. */
  get hopLimit(): number {
    return this.getInt(this.own(HOPS))
  }

  set hopLimit(hops: number) {
    for (const option of this.each(HOPS)) this.setInt(option, hops, 0, 0xff)
  }

  /**
   * IP_MULTICAST_ALL, IPV6_MULTICAST_ALL: hear every group that any program on this host has joined, on by default; off,
   * only those of this socket.
   */
  get all(): boolean {
    return this.getFlag(this.own(ALL))
  }

  set all(on: boolean) {
    for (const option of this.each(ALL)) this.setFlag(option, on)
  }

  /**
   * Sends to groups through this interface: IP_MULTICAST_IF of ip(7), IPV6_MULTICAST_IF of ipv6(7). No property, since IPv4 has no way to
   * read it back: its getsockopt knows addresses only.
   *
   * @param via name or index; null leaves it to the routes again
   * @throws SocketError, as in EADDRNOTAVAIL, ENODEV; RangeError for an interface that does not exist
   */
  setInterface(via: string | number | null): void {
    const index = interfaceIndex(via ?? 0)
    for (const option of this.each(INTERFACE))
      this.setBytes(
        option,
        option === INTERFACE.v4 ? multicastInterface(index) : Int32Array.of(index),
        ` = ${via}`,
      )
  }
}

/** RFC 4007 section 11: a zone is an index where it is a number, else a name. */
function splitZone(group: string): { host: string; zone: string | number | undefined } {
  const percent = group.indexOf('%')
  if (percent < 0) return { host: group, zone: undefined }
  const zone = group.slice(percent + 1)
  return { host: group.slice(0, percent), zone: /^\d+$/.test(zone) ? Number(zone) : zone }
}

/** @throws RangeError unless the text is a group: 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291 section 2.7) */
function familyOfGroup(host: string): number {
  if (isGroup(host)) return host.includes(':') ? AF_INET6 : AF_INET
  throw new RangeError(
    `Not a numeric multicast address (224.0.0.0 to 239.255.255.255, ff00::/8): ${JSON.stringify(host)}`,
  )
}

function isGroup(host: string): boolean {
  const v4 = parseIPv4(host)
  if (v4 !== undefined) return v4 >>> 28 === 0xe
  const v6 = parseIPv6(host)
  return v6 !== undefined && v6 >> 120n === 0xffn
}

function encodeSource(family: number, source: string): Uint8Array {
  if (isGroup(source)) throw new RangeError(`A source is one sender, not a group: ${JSON.stringify(source)}`)
  return encodeSockaddr(family, { host: source, port: 0 }, libc.ifNameToIndex)
}

/** @throws RangeError for a name that no interface has, or a number that is no index */
function interfaceIndex(given: string | number): number {
  if (typeof given === 'string') {
    const index = libc.ifNameToIndex(given)
    if (index === 0) throw new RangeError(`No network interface has the name ${JSON.stringify(given)}`)
    return index
  }
  return checkWhole('The index of a network interface', given, 0, 0x7fffffff)
}
