/**
 * Options of IPv4 and IPv6 under one name where they mean the same: ip(7), ipv6(7). On an AF_INET6 socket they are set
 * for both, since it may carry IPv4 too; what is read is IPv6's.
 */
import * as constants from '../sys/constants.ts'
import { INET, type OptionPair, type SocketOption } from './option-access.ts'
import { SocketLevelOptions } from './socket-level-options.ts'

type Hints = Readonly<Record<string, string>>

/** Options of IPPROTO_IP, which AF_INET6 sockets have too. */
const ip = (name: keyof typeof constants, hints: Hints = {}): SocketOption => ({
  name,
  level: constants.IPPROTO_IP,
  number: constants[name],
  of: INET,
  hints,
})

const pair = (v4: keyof typeof constants, v6: keyof typeof constants, hints: Hints = {}): OptionPair => ({
  v4: ip(v4, hints),
  v6: { name: v6, level: constants.IPPROTO_IPV6, number: constants[v6], of: INET, hints },
})

const TRAFFIC_CLASS = pair('IP_TOS', 'IPV6_TCLASS')
const HOP_LIMIT = pair('IP_TTL', 'IPV6_UNICAST_HOPS')
const MTU_DISCOVERY = pair('IP_MTU_DISCOVER', 'IPV6_MTU_DISCOVER')
const PATH_MTU = pair('IP_MTU', 'IPV6_MTU', { ENOTCONN: 'only connected sockets have one path' })
const FREE_BIND = pair('IP_FREEBIND', 'IPV6_FREEBIND')
const TRANSPARENT = pair('IP_TRANSPARENT', 'IPV6_TRANSPARENT', {
  EPERM: 'needs CAP_NET_ADMIN or CAP_NET_RAW',
})
const NO_PORT = ip('IP_BIND_ADDRESS_NO_PORT')
const PORT_RANGE = ip('IP_LOCAL_PORT_RANGE', {
  ENOPROTOOPT: 'this kernel has no such option for this kind of socket (Linux 6.3)',
})

/** In the order of IP_PMTUDISC_DONT (0) to IP_PMTUDISC_OMIT (5); IPv6 has the same numbers. */
const DISCOVERY = ['dont', 'want', 'do', 'probe', 'interface', 'omit'] as const

/**
 * How packets relate to the MTU of their path, after the constants IP_PMTUDISC_ of ip(7):
 * `dont`, never set "don't fragment"; `want`, follow what was learned, fragment here what is larger; `do`, always set
 * it, EMSGSIZE for what is larger; `probe`, set it and ignore what was learned; `interface`, the MTU of the interface
 * only, never what was learned; `omit`, as `interface`, but fragment here what is larger.
 */
export type MtuDiscovery = (typeof DISCOVERY)[number]

export class IpOptions extends SocketLevelOptions {
  /**
   * IP_TOS, IPV6_TCLASS: the byte of DSCP and ECN (RFC 2474, RFC 3168), 0 to 255. On TCP the two low bits belong to the
   * kernel and keep their value.
   */
  get trafficClass(): number {
    return this.getInt(this.own(TRAFFIC_CLASS))
  }

  set trafficClass(value: number) {
    for (const option of this.each(TRAFFIC_CLASS)) this.setInt(option, value, 0, 0xff)
  }

  /**
   * IP_TTL, IPV6_UNICAST_HOPS: routers that a packet may pass, 1 to 255; null sets the default of the system back. Of
   * packets to groups see `socket.multicast.hopLimit`.
   */
  get hopLimit(): number {
    return this.getInt(this.own(HOP_LIMIT))
  }

  set hopLimit(hops: number | null) {
    for (const option of this.each(HOP_LIMIT)) {
      // -1 is the default of the system: ipv6(7), and do_ip_setsockopt in net/ipv4/ip_sockglue.c.
      if (hops === null) this.setInt(option, -1, -1, -1)
      else this.setInt(option, hops, 1, 0xff)
    }
  }

  /** IP_MTU_DISCOVER, IPV6_MTU_DISCOVER. @throws RangeError for a word that is none of its type */
  get mtuDiscovery(): MtuDiscovery {
    const value = this.getInt(this.own(MTU_DISCOVERY))
    const how = DISCOVERY[value]
    // Only what a newer kernel has learned and setsockopt has set.
    if (how === undefined)
      throw new RangeError(`mtuDiscovery has no word for ${value}; read it with getsockopt(IP_MTU_DISCOVER)`)
    return how
  }

  set mtuDiscovery(how: MtuDiscovery) {
    const value = DISCOVERY.indexOf(how)
    if (value < 0) throw new RangeError(`mtuDiscovery must be one of ${DISCOVERY.join(', ')}, not ${how}`)
    for (const option of this.each(MTU_DISCOVERY)) this.setInt(option, value, 0, DISCOVERY.length)
  }

  /**
   * No packet of this socket is fragmented: what is larger than `pathMtu` fails with EMSGSIZE. It is `mtuDiscovery`
   * in short: true sets `do`, false sets `dont`; `probe` reads as true.
   */
  get dontFragment(): boolean {
    const how = this.mtuDiscovery
    return how === 'do' || how === 'probe'
  }

  set dontFragment(on: boolean) {
    if (typeof on !== 'boolean') throw new TypeError(`dontFragment must be true or false, not ${String(on)}`)
    this.mtuDiscovery = on ? 'do' : 'dont'
  }

  /** IP_MTU, IPV6_MTU: bytes of the largest packet to the peer, headers included. @throws SocketError with ENOTCONN */
  get pathMtu(): number {
    return this.getInt(this.own(PATH_MTU))
  }

  /** IP_FREEBIND, IPV6_FREEBIND: bind to an address that the host does not have yet. */
  get freeBind(): boolean {
    return this.getFlag(this.own(FREE_BIND))
  }

  set freeBind(on: boolean) {
    this.setFlag(this.own(FREE_BIND), on)
  }

  /** IP_TRANSPARENT, IPV6_TRANSPARENT: bind to foreign addresses and take what is routed here (TPROXY). Needs CAP_NET_ADMIN or CAP_NET_RAW. */
  get transparent(): boolean {
    return this.getFlag(this.own(TRANSPARENT))
  }

  set transparent(on: boolean) {
    this.setFlag(this.own(TRANSPARENT), on)
  }

  /**
   * IP_BIND_ADDRESS_NO_PORT, both families: bind to port 0 leaves the choice of a port to connect, which then may use
   * one port for several peers.
   */
  get bindAddressNoPort(): boolean {
    return this.getFlag(NO_PORT)
  }

  set bindAddressNoPort(on: boolean) {
    this.setFlag(NO_PORT, on)
  }

  /**
   * IP_LOCAL_PORT_RANGE, both families: lowest and highest port that the kernel chooses for this socket, within
   * net.ipv4.ip_local_port_range; 0 leaves one side as it is there, null both. Linux 6.3.
   */
  get localPortRange(): readonly [lowest: number, highest: number] | null {
    const both = this.getInt(PORT_RANGE)
    return both === 0 ? null : [both & 0xffff, both >>> 16]
  }

  set localPortRange(range: readonly [lowest: number, highest: number] | null) {
    const [lowest, highest] = range ?? [0, 0]
    if (!isPort(lowest) || !isPort(highest) || (highest !== 0 && lowest > highest))
      throw new RangeError(
        `localPortRange must be [lowest, highest] of ports from 0 to 65535, not [${lowest}, ${highest}]`,
      )
    this.setInt(PORT_RANGE, lowest + highest * 0x10000, 0, 0xffffffff)
  }
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff
}
