/** Socket addresses as a program writes them: ip(7), ipv6(7), unix(7). */
import { escapeText } from '../text/untrusted.ts'

/** An endpoint of AF_INET or AF_INET6. */
export interface InetSocketAddress {
  /** Numeric host: `127.0.0.1`, `::1`, `fe80::1%eth0`. Names are resolved by getaddrinfo, never here. */
  readonly host: string
  /** Port, 0 to 65535. */
  readonly port: number
  /** IPv6 only: index of the interface a link-local address belongs to (sin6_scope_id). */
  readonly scope?: number
  /** IPv6 only: traffic class and flow label, 0 to 2^28-1 in host order (sin6_flowinfo, RFC 3493 section 3.3). */
  readonly flow?: number
}

/**
 * An endpoint of AF_UNIX: a path in the file system; a name in the abstract space, which begins with a NUL
 * character; or `''` for a socket without a name. Bytes stand for what is not valid UTF-8.
 */
export interface UnixSocketAddress {
  readonly path: string | Uint8Array
}

export type SocketAddress = InetSocketAddress | UnixSocketAddress

/** For people: `127.0.0.1:80`, `[::1]:80`, `/run/x.sock`, `@abstract`. A peer may have chosen the path: it is escaped. */
export function formatSocketAddress(address: SocketAddress): string {
  if ('path' in address) {
    const path = typeof address.path === 'string' ? address.path : new TextDecoder().decode(address.path)
    if (path === '') return 'unnamed'
    return path.startsWith('\0') ? `@${escapeText(path.slice(1))}` : escapeText(path)
  }
  const { host, port, scope } = address
  if (!host.includes(':')) return `${host}:${port}`
  const zone = scope === undefined || scope === 0 || host.includes('%') ? '' : `%${scope}`
  return `[${host}${zone}]:${port}`
}
