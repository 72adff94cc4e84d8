/**
 * struct sockaddr_in, sockaddr_in6 and sockaddr_un as bytes. Layouts: ip(7), ipv6(7), unix(7); the family field is
 * in host order, everything on the wire (port, address, flow) in network order. Linux runs on little-endian
 * machines here (x64, arm64), which {@link AF_INET} and friends rely on.
 */
import { AF_INET, AF_INET6, AF_UNIX } from './constants.ts'
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from './inet.ts'
import type { SocketAddress } from './socket-address.ts'

/** sizeof(struct sockaddr_in) */
export const SOCKADDR_IN_SIZE = 16
/** sizeof(struct sockaddr_in6) */
export const SOCKADDR_IN6_SIZE = 28
/** Room for any address the kernel returns: sizeof(struct sockaddr_storage). */
export const SOCKADDR_STORAGE_SIZE = 128

const UNIX_PATH_MAX = 108

/** IPV6_FLOWINFO_MASK without the version: the kernel drops what lies above (net/ipv6.h). */
const FLOWINFO_MASK = 0x0fffffff

/** Turns an interface name into its index (if_nametoindex(3)); handed in, since only libc knows. */
export type InterfaceIndex = (name: string) => number

/**
 * @throws RangeError for a host, port, scope, flow or path that the address family cannot hold. Checked here, since
 * the kernel would take a truncated value without a word.
 */
export function encodeSockaddr(family: number, address: SocketAddress, indexOf: InterfaceIndex): Uint8Array {
  switch (family) {
    case AF_INET:
    case AF_INET6: {
      if ('path' in address)
        throw new RangeError('An address of AF_INET or AF_INET6 is { host, port }, not { path }')
      return family === AF_INET ? encodeInet(address) : encodeInet6(address, indexOf)
    }
    case AF_UNIX: {
      if (!('path' in address)) throw new RangeError('An address of AF_UNIX is { path }, not { host, port }')
      return encodeUnix(address.path)
    }
    default:
      throw new RangeError(`Address family ${family} has no address form here`)
  }
}

type Inet = Exclude<SocketAddress, { path: unknown }>

function encodeInet({ host, port }: Inet): Uint8Array {
  const value = parseIPv4(host)
  if (value === undefined) throw new RangeError(`Not a numeric IPv4 address: ${JSON.stringify(host)}`)
  const bytes = new Uint8Array(SOCKADDR_IN_SIZE)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_INET, true)
  view.setUint16(2, checkRange('Port', port, 0xffff))
  view.setUint32(4, value)
  return bytes
}

function encodeInet6({ host, port, scope, flow }: Inet, indexOf: InterfaceIndex): Uint8Array {
  const percent = host.indexOf('%')
  const value = parseIPv6(percent < 0 ? host : host.slice(0, percent))
  if (value === undefined) throw new RangeError(`Not a numeric IPv6 address: ${JSON.stringify(host)}`)
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
  if (/^\d+$/.test(zone)) return Number(zone)
  const index = indexOf(zone)
  if (index === 0) throw new RangeError(`No network interface has the name ${JSON.stringify(zone)}`)
  return index
}

function encodeUnix(path: string | Uint8Array): Uint8Array {
  // UTF-8 has no lone surrogates; the encoder would put U+FFFD there and so name another file.
  if (typeof path === 'string' && !path.isWellFormed())
    throw new RangeError('UNIX socket path holds half a surrogate pair; give the path as bytes')
  const name = typeof path === 'string' ? new TextEncoder().encode(path) : path
  // unix(7): an empty name asks bind() for autobind and must be sent as the family alone.
  if (name.length === 0) return Uint8Array.of(AF_UNIX, 0)
  const abstract = name[0] === 0
  const longest = abstract ? UNIX_PATH_MAX : UNIX_PATH_MAX - 1
  if (name.length > longest)
    throw new RangeError(`UNIX socket path of ${name.length} bytes: the kernel takes ${longest} at most`)
  if (!abstract && name.includes(0)) throw new RangeError('UNIX socket path holds a NUL byte')
  // A path ends in NUL; an abstract name has no end but its length (every byte counts, unix(7)).
  const bytes = new Uint8Array(2 + name.length + (abstract ? 0 : 1))
  bytes[0] = AF_UNIX
  bytes.set(name, 2)
  return bytes
}

function checkRange(what: string, value: number, highest: number): number {
  if (!Number.isInteger(value) || value < 0 || value > highest)
    throw new RangeError(`${what} must be a whole number from 0 to ${highest}, not ${value}`)
  return value
}

/** What the kernel wrote; undefined where it wrote nothing (an unconnected peer of a stream) or an unknown family. */
export function decodeSockaddr(bytes: Uint8Array, length: number): SocketAddress | undefined {
  if (length < 2) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (view.getUint16(0, true)) {
    case AF_INET:
      return { host: formatIPv4(view.getUint32(4)), port: view.getUint16(2) }
    case AF_INET6: {
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
    case AF_UNIX:
      return { path: decodeUnix(bytes.subarray(2, length)) }
    default:
      return undefined
  }
}

function decodeUnix(name: Uint8Array): string | Uint8Array {
  let end = name.length
  if (name[0] !== 0) {
    const nul = name.indexOf(0)
    if (nul >= 0) end = nul
  }
  const exact = name.slice(0, end)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(exact)
  } catch {
    return exact
  }
}
