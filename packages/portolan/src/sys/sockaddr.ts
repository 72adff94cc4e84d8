/**
 * Socket addresses as the bytes of their family's struct sockaddr, one file a family. The family itself is in host
 * order. Linux runs on little-endian machines here (x64, arm64), which the files rely on.
 */
import { AddressError } from './address-error.ts'
import { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX, AF_VSOCK } from './constants/families.ts'
import { decodeInet, decodeInet6, encodeInet, encodeInet6 } from './sockaddr/inet.ts'
import { decodeNetlink, encodeNetlink } from './sockaddr/netlink.ts'
import { decodePacket, encodePacket } from './sockaddr/packet.ts'
import type { InterfaceIndex } from './sockaddr/range.ts'
import { decodeUnix, encodeUnix } from './sockaddr/unix.ts'
import { decodeVsock, encodeVsock } from './sockaddr/vsock.ts'
import type { SocketAddress } from './socket-address.ts'

export { SOCKADDR_IN6_SIZE, SOCKADDR_IN_SIZE } from './sockaddr/inet.ts'

/** Room for any address the kernel returns: sizeof(struct sockaddr_storage). */
export const SOCKADDR_STORAGE_SIZE = 128

/**
 * @throws RangeError for an address of another form than the family has, and for a host, port, scope, flow, path,
 * interface, context or hardware address that it cannot hold. Checked here, since the kernel would take a truncated
 * value without a word.
 */
export function encodeSockaddr(family: number, address: SocketAddress, indexOf: InterfaceIndex): Uint8Array {
  // From JavaScript: a host in one string is what other libraries take.
  if (typeof address !== 'object' || address === null)
    throw new TypeError(`An address is an object such as { host, port }, not ${typeof address}`)
  switch (family) {
    case AF_INET:
      if ('host' in address) return encodeInet(address)
      throw otherForm('AF_INET', '{ host, port }', address)
    case AF_INET6:
      if ('host' in address) return encodeInet6(address, indexOf)
      throw otherForm('AF_INET6', '{ host, port }', address)
    case AF_UNIX:
      if ('path' in address) return encodeUnix(address.path)
      throw otherForm('AF_UNIX', '{ path }', address)
    case AF_PACKET:
      if ('interface' in address) return encodePacket(address, indexOf)
      throw otherForm('AF_PACKET', '{ interface, protocol }', address)
    case AF_NETLINK:
      if ('pid' in address) return encodeNetlink(address)
      throw otherForm('AF_NETLINK', '{ pid, groups }', address)
    case AF_VSOCK:
      if ('cid' in address) return encodeVsock(address)
      throw otherForm('AF_VSOCK', '{ cid, port }', address)
    default:
      throw new AddressError('EAFNOSUPPORT', `Address family ${family} has no address form here`)
  }
}

function otherForm(family: string, form: string, address: SocketAddress): AddressError {
  return new AddressError(
    'EAFNOSUPPORT',
    `An address of ${family} is ${form}, not { ${Object.keys(address).join(', ')} }`,
  )
}

/** What the kernel wrote; undefined where it wrote nothing (an unconnected peer of a stream) or an unknown family. */
export function decodeSockaddr(bytes: Uint8Array, length: number): SocketAddress | undefined {
  if (length < 2) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (view.getUint16(0, true)) {
    case AF_INET:
      return decodeInet(view)
    case AF_INET6:
      return decodeInet6(view)
    case AF_UNIX:
      return { path: decodeUnix(bytes.subarray(2, length)) }
    case AF_PACKET:
      return decodePacket(view, length)
    case AF_NETLINK:
      return decodeNetlink(view, length)
    case AF_VSOCK:
      return decodeVsock(view, length)
    default:
      return undefined
  }
}
