/** Names of hosts where a datagram socket takes them, and IPv4 addresses in the form in which IPv6 sockets take those. */
import { getaddrinfo } from '../socket/names.ts'
import type { WaitOptions } from '../socket/call-options.ts'
import { AF_INET6, AF_UNSPEC, AI_ALL, AI_V4MAPPED, SOCK_DGRAM } from '../sys/constants.ts'
import { parseIPv4, parseIPv6 } from '../sys/inet.ts'
import type { InetSocketAddress, SocketAddress } from '../sys/socket-address.ts'
import { CallLimit } from './call-limit.ts'

export function isLiteral(host: string): boolean {
  const percent = host.indexOf('%')
  return parseIPv4(host) !== undefined || parseIPv6(percent < 0 ? host : host.slice(0, percent)) !== undefined
}

/** `192.0.2.1` as `::ffff:192.0.2.1` for a socket of IPv6 (RFC 4291 section 2.5.5.2). */
export function inFamily(address: SocketAddress, family: number | undefined): SocketAddress {
  if (family !== AF_INET6 || !('host' in address) || address.host.includes(':')) return address
  return { ...address, host: `::ffff:${address.host}` }
}

/**
 * Addresses of a host for one family, or both, in the order of RFC 6724. A socket of IPv6 is given IPv4 addresses too.
 *
 * @throws SocketError with an EAI_ code, ABORT_ERR, ERR_SOCKET_TIMEOUT
 */
export async function lookUp(
  host: string,
  port: number,
  family: number | undefined,
  options: WaitOptions,
): Promise<InetSocketAddress[]> {
  using limit = new CallLimit(options)
  const flags = family === AF_INET6 ? AI_V4MAPPED | AI_ALL : 0
  const hints = { family: family ?? AF_UNSPEC, type: SOCK_DGRAM, flags }
  const entries = await limit.within(() => getaddrinfo(host, port, hints), 'getaddrinfo')
  return entries.map(({ address }) => address)
}

/** An address with its name looked up: the first one that the name has. */
export async function resolved(
  address: SocketAddress,
  family: number | undefined,
  options: WaitOptions,
): Promise<SocketAddress> {
  if (!('host' in address) || isLiteral(address.host)) return inFamily(address, family)
  const [first] = await lookUp(address.host, address.port, family, options)
  return first ?? address
}
