/** Addresses as the kernel writes them: getsockname(2), getpeername(2). */
import { libc } from '../sys/libc.ts'
import { decodeSockaddr, SOCKADDR_STORAGE_SIZE } from '../sys/sockaddr.ts'
import type { SocketAddress } from '../sys/socket-address.ts'

/** Where the kernel writes an address; to be decoded in the same turn, before any other call. */
export const addressBytes = new Uint8Array(SOCKADDR_STORAGE_SIZE)
export const addressLength = new Int32Array(1)

/** The address that the call before this one wrote. */
export function takeAddress(): SocketAddress | undefined {
  return decodeSockaddr(addressBytes, addressLength[0] ?? 0)
}

/** undefined where there is none to tell */
export function localAddressOf(fd: number): SocketAddress | undefined {
  addressLength[0] = addressBytes.length
  return libc.getsockname(fd, addressBytes, addressLength) < 0 ? undefined : takeAddress()
}

/** undefined where nothing is connected */
export function remoteAddressOf(fd: number): SocketAddress | undefined {
  addressLength[0] = addressBytes.length
  return libc.getpeername(fd, addressBytes, addressLength) < 0 ? undefined : takeAddress()
}
