/**
 * Where a datagram went to and where its answer is to come from: IP_PKTINFO of ip(7), IPV6_PKTINFO of ipv6(7) and RFC 3542
 * section 6.
 */
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../sys/inet.ts'
import { checkWhole } from './call-options.ts'

/** Of a received datagram. */
export interface PacketInfo {
  readonly kind: 'packet-info'
  /** Index of the interface it came in by. */
  readonly interface: number
  /** Destination in its header: an address of this machine, a group or a broadcast address. */
  readonly address: string
  /**
   * The address to answer from: ipi_spec_dst for IPv4. For IPv6 the destination itself, undefined where that is a
   * group (RFC 4291 section 2.7).
   */
  readonly local: string | undefined
}

/** For a datagram to be sent. What is left out the kernel chooses. */
export interface OutgoingPacketInfo {
  readonly kind: 'packet-info'
  /** Source address. */
  readonly local?: string | undefined
  /** Index of the interface to leave by; 0 for the one the routes say. */
  readonly interface?: number
}

/** sizeof(struct in_pktinfo) and sizeof(struct in6_pktinfo) */
export const IN_PKTINFO_SIZE = 12
export const IN6_PKTINFO_SIZE = 20

/** struct in_pktinfo: ipi_ifindex, ipi_spec_dst, ipi_addr. @param bytes at least {@link IN_PKTINFO_SIZE} */
export function decodeInPktinfo(bytes: Uint8Array): PacketInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    kind: 'packet-info',
    interface: view.getInt32(0, true),
    address: formatIPv4(view.getUint32(8)),
    local: formatIPv4(view.getUint32(4)),
  }
}

/** struct in6_pktinfo: ipi6_addr, ipi6_ifindex. @param bytes at least {@link IN6_PKTINFO_SIZE} */
export function decodeIn6Pktinfo(bytes: Uint8Array): PacketInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const address = formatIPv6((view.getBigUint64(0) << 64n) | view.getBigUint64(8))
  return {
    kind: 'packet-info',
    interface: view.getInt32(16, true),
    address,
    local: bytes[0] === 0xff ? undefined : address,
  }
}

/** @throws RangeError for what is no IPv4 address or no index */
export function encodeInPktinfo(info: OutgoingPacketInfo): Uint8Array {
  const local = parseIPv4(info.local ?? '0.0.0.0')
  if (local === undefined) throw new RangeError(`Not a numeric IPv4 address: ${JSON.stringify(info.local)}`)
  const bytes = new Uint8Array(IN_PKTINFO_SIZE)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, interfaceOf(info), true)
  view.setUint32(4, local)
  return bytes
}

/**
 * IPv4 addresses are taken too and become mapped ones.
 *
 * @param mapped whether the message goes to a mapped address: then "any" is a mapped one too
 * @throws RangeError for what is no IP address or no index
 */
export function encodeIn6Pktinfo(info: OutgoingPacketInfo, mapped: boolean): Uint8Array {
  const text = info.local ?? (mapped ? '0.0.0.0' : '::')
  const local = parseIPv6(parseIPv4(text) === undefined ? text : `::ffff:${text}`)
  if (local === undefined) throw new RangeError(`Not a numeric IP address: ${JSON.stringify(info.local)}`)
  const bytes = new Uint8Array(IN6_PKTINFO_SIZE)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, local >> 64n)
  view.setBigUint64(8, local & 0xffffffffffffffffn)
  view.setInt32(16, interfaceOf(info), true)
  return bytes
}

function interfaceOf(info: OutgoingPacketInfo): number {
  return checkWhole('interface', info.interface ?? 0, 0, 0x7fffffff)
}
