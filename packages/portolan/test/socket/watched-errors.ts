/** Sockets whose errors are queued (ip(7), IP_RECVERR), and addresses that refuse. */
import assert from 'node:assert/strict'
import { AF_INET, IPPROTO_IP, IPPROTO_IPV6, SOCK_DGRAM } from '../../src/sys/constants.ts'
import { IPV6_RECVERR, IP_RECVERR } from '../../src/sys/constants-messages.ts'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import type { SocketAddress } from '../../src/sys/socket-address.ts'

export function watched(family = AF_INET, host = '127.0.0.1'): Socket {
  const udp = socket(family, SOCK_DGRAM)
  udp.bind({ host, port: 0 })
  if (family === AF_INET) udp.setsockopt(IPPROTO_IP, IP_RECVERR, 1)
  else udp.setsockopt(IPPROTO_IPV6, IPV6_RECVERR, 1)
  return udp
}

/** Addresses on which nobody listens: held by sockets until all are chosen. */
export function closedPorts(count: number, family = AF_INET, host = '127.0.0.1'): SocketAddress[] {
  const held = Array.from({ length: count }, () => watched(family, host))
  const addresses = held.map((one) => one.getsockname())
  for (const one of held) one.close()
  return addresses
}

export function closedPort(family?: number, host?: string): SocketAddress {
  const [address] = closedPorts(1, family, host)
  assert.ok(address)
  return address
}
