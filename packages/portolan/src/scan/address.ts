/** One address of a host, as the scanner counts with it: numbers, not text. */
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../sys/inet.ts'

export interface IPv4Address {
  readonly family: 4
  /** Unsigned 32-bit number in host order. */
  readonly value: number
}

export interface IPv6Address {
  readonly family: 6
  /** Unsigned 128-bit number in host order. */
  readonly value: bigint
  /** Zone identifier (RFC 4007 section 11), an interface name or index, for link-local addresses. */
  readonly zone?: string
}

export type Address = IPv4Address | IPv6Address

/** A literal address, IPv6 with an optional `%zone`; undefined for anything else, names included. */
export function parseAddress(text: string): Address | undefined {
  const v4 = parseIPv4(text)
  if (v4 !== undefined) return { family: 4, value: v4 }
  const percent = text.indexOf('%')
  const value = parseIPv6(percent < 0 ? text : text.slice(0, percent))
  if (value === undefined) return undefined
  if (percent < 0) return { family: 6, value }
  const zone = text.slice(percent + 1)
  // An interface name is at most 15 bytes and holds no blank and no slash (IFNAMSIZ, dev_valid_name in Linux).
  if (!/^[^\s/%]{1,15}$/.test(zone)) return undefined
  return { family: 6, value, zone }
}

/** The canonical text of an address (RFC 5952 for IPv6, `%zone` kept). */
export function formatAddress(address: Address): string {
  if (address.family === 4) return formatIPv4(address.value)
  return address.zone === undefined
    ? formatIPv6(address.value)
    : `${formatIPv6(address.value)}%${address.zone}`
}

/** `host:port`, with brackets around IPv6 (RFC 3986 section 3.2.2). */
export function formatEndpoint(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
