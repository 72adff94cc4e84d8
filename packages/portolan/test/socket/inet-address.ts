import assert from 'node:assert/strict'
import type { Socket } from '../../src/socket/socket.ts'
import type { InetSocketAddress, SocketAddress } from '../../src/sys/socket-address.ts'

/** The address of an AF_INET or AF_INET6 socket. */
export function inet(address: SocketAddress): InetSocketAddress {
  assert.ok('host' in address)
  return address
}

export function portOf(socket: Socket): number {
  return inet(socket.getsockname()).port
}
