/** struct sockaddr_in and sockaddr_in6: ip(7), ipv6(7). Port, address and flow are in network order. */
import { AddressError } from '../address-error.ts'
import { AF_INET, AF_INET6 } from '../constants/families.ts'
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../inet.ts'
import type { InetSocketAddress } from '../socket-address.ts'
import { checkRange, indexOfInterface, type InterfaceIndex } from './range.ts'

/** sizeof(struct sockaddr_in) */
export const SOCKADDR_IN_SIZE = 16
/** sizeof(struct sockaddr_in6) */
export const SOCKADDR_IN6_SIZE = 28

/** IPV6_FLOWINFO_MASK without the version: the kernel drops what lies above (net/ipv6.h). */
const FLOWINFO_MASK = 0x0fffffff

export function encodeInet({ host, port }: InetSocketAddress): Uint8Array {
  const value = parseIPv4(host)
  if (value === undefined)
    throw new AddressError('ERR_ADDRESS_HOST', `Not a numeric IPv4 address: ${JSON.stringify(host)}`)
  const bytes = new Uint8Array(SOCKADDR_IN_SIZE)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_INET, true)
  view.setUint16(2, checkRange('Port', port, 0xffff))
  view.setUint32(4, value)
  return bytes
}

export function encodeInet6(
  { host, port, scope, flow }: InetSocketAddress,
  indexOf: InterfaceIndex,
): Uint8Array {
  const percent = host.indexOf('%')
  const value = parseIPv6(percent < 0 ? host : host.slice(0, percent))
  if (value === undefined)
    throw new AddressError('ERR_ADDRESS_HOST', `Not a numeric IPv6 address: ${JSON.stringify(host)}`)
  const bytes = new Uint8Array(SOCKADDR_IN6_SIZE)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_INET6, true)
  view.setUint16(2, checkRange('Port', port, 0xffff))
  view.setUint32(4, checkRange('Flow', flow ?? 0, FLOWINFO_MASK))
  view.setBigUint64(8, value >> 64n)
  view.setBigUint64(16, value & 0xffffffffffffffffn)
  const index = scope ?? (percent < 0 ? 0 : scopeOf(host.slice(percent + 1), indexOf))
  view.setUint32(24, checkRange('Scope', index, 0xffffffff), true)
  return bytes
}

function scopeOf(zone: string, indexOf: InterfaceIndex): number {
  return /^\d+$/.test(zone) ? Number(zone) : indexOfInterface(zone, indexOf)
}

export function decodeInet(view: DataView): InetSocketAddress {
  return { host: formatIPv4(view.getUint32(4)), port: view.getUint16(2) }
}

export function decodeInet6(view: DataView): InetSocketAddress {
  const host = formatIPv6((view.getBigUint64(8) << 64n) | view.getBigUint64(16))
  const scope = view.getUint32(24, true)
  const flow = view.getUint32(4)
  return {
    host,
    port: view.getUint16(2),
    ...(scope === 0 ? {} : { scope }),
    ...(flow === 0 ? {} : { flow }),
  }
}
