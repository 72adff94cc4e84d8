/**
 * Socket addresses as a program writes them: ip(7), ipv6(7), unix(7), packet(7), netlink(7), vsock(7). Each family has
 * a field of its own to tell it by: `'host' in address`, and `path`, `interface`, `pid`, `cid`.
 */
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

/** An endpoint of AF_PACKET: a network interface, and the kind of frame that passes it. */
export interface PacketSocketAddress {
  /**
   * Name or index of the interface (sll_ifindex), as an index where the kernel gave it; 0 for all of them, in bind
   * only. The name to an index comes from `if_indextoname`.
   */
  readonly interface: string | number
  /** EtherType in host order, as in ETH_P_IP; ETH_P_ALL for every frame. 0 in bind receives nothing. */
  readonly protocol: number
  /** The sender's address, or where a SOCK_DGRAM frame goes: pairs of hexadecimal digits, `02:00:5e:10:00:01`. */
  readonly hardwareAddress?: string
  /** Of what was received: PACKET_HOST, PACKET_BROADCAST, PACKET_OUTGOING … */
  readonly packetType?: number
  /** Of what was received: ARPHRD_ETHER, ARPHRD_LOOPBACK … */
  readonly hardwareType?: number
}

/** An endpoint of AF_NETLINK: the kernel or a socket of a process, and multicast groups. */
export interface NetlinkSocketAddress {
  /** Port identifier (nl_pid): 0 is the kernel; in bind 0 lets the kernel choose one. */
  readonly pid: number
  /** Multicast groups 1 to 32, a bit each (nl_groups); later ones by NETLINK_ADD_MEMBERSHIP. */
  readonly groups: number
}

/** An endpoint of AF_VSOCK: a virtual machine or its host, and a port. */
export interface VsockSocketAddress {
  /** Context identifier: VMADDR_CID_HOST, VMADDR_CID_LOCAL, VMADDR_CID_ANY, or that of a machine. */
  readonly cid: number
  /** Port, 0 to 2^32-1; VMADDR_PORT_ANY in bind lets the kernel choose. */
  readonly port: number
}

export type SocketAddress =
  | InetSocketAddress
  | UnixSocketAddress
  | PacketSocketAddress
  | NetlinkSocketAddress
  | VsockSocketAddress

/**
 * For people: `127.0.0.1:80`, `[::1]:80`, `/run/x.sock`, `@abstract`, `packet eth0 0x0800`, `netlink 17/0`,
 * `vsock 2:1234`. A peer may have chosen the path: it is escaped.
 */
export function formatSocketAddress(address: SocketAddress): string {
  if ('path' in address) {
    const path = typeof address.path === 'string' ? address.path : new TextDecoder().decode(address.path)
    if (path === '') return 'unnamed'
    return path.startsWith('\0') ? `@${escapeText(path.slice(1))}` : escapeText(path)
  }
  if ('interface' in address) return formatPacket(address)
  if ('pid' in address) return `netlink ${address.pid}/${address.groups}`
  if ('cid' in address) return `vsock ${address.cid}:${address.port}`
  const { host, port, scope } = address
  if (!host.includes(':')) return `${host}:${port}`
  const zone = scope === undefined || scope === 0 || host.includes('%') ? '' : `%${scope}`
  return `[${host}${zone}]:${port}`
}

function formatPacket({ interface: where, protocol, hardwareAddress }: PacketSocketAddress): string {
  const on = typeof where === 'string' ? escapeText(where) : `interface ${where}`
  const from = hardwareAddress === undefined ? '' : ` ${escapeText(hardwareAddress)}`
  return `packet ${on} 0x${protocol.toString(16).padStart(4, '0')}${from}`
}
