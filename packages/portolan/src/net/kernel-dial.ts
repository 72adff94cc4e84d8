/** Attempts and look-ups of the kernel driver: connect(2), getaddrinfo(3). */
import type { WaitOptions } from '../socket/call-options.ts'
import { getaddrinfo } from '../socket/names.ts'
import { socket as open } from '../socket/open.ts'
import type { Socket } from '../socket/socket.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import type { InetSocketAddress, SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import { CallLimit } from './call-limit.ts'
import type { DialOptions } from './driver.ts'
import { SocketTransport } from './socket-transport.ts'
import type { Transport } from './transport.ts'

/**
 * Without AI_ADDRCONFIG, which hides `::1` where no other IPv6 address is: an address that this machine cannot reach
 * fails at once and costs nothing.
 */
export async function lookUp(host: string, options: WaitOptions): Promise<InetSocketAddress[]> {
  using limit = new CallLimit(options)
  const work = (): ReturnType<typeof getaddrinfo> => getaddrinfo(host, null, { type: SOCK_STREAM })
  const entries = await limit.within(work, 'getaddrinfo', { subject: host })
  return entries.map(({ address }) => address)
}

export async function dial(address: SocketAddress, options: DialOptions): Promise<Transport> {
  const socket = open(familyOf(address), SOCK_STREAM)
  try {
    if (options.localAddress !== undefined) bind(socket, options.localAddress)
    if (socket.family !== AF_UNIX) setTcpOptions(socket, options)
    await socket.connect(address, options)
    return new SocketTransport(socket, peerOf(socket) ?? address)
  } catch (error) {
    socket.close()
    throw error
  }
}

function familyOf(address: SocketAddress): number {
  if ('path' in address) return AF_UNIX
  return 'host' in address && address.host.includes(':') ? AF_INET6 : AF_INET
}

function bind(socket: Socket, own: SocketAddress): void {
  // The port is then chosen by connect(2), which needs it to be free for this one peer only (ip(7)).
  if ('host' in own && own.port === 0) socket.options.bindAddressNoPort = true
  socket.bind(own)
}

function setTcpOptions(socket: Socket, { noDelay, keepAliveSeconds }: DialOptions): void {
  if (noDelay) socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
  if (keepAliveSeconds > 0) {
    socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
    socket.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, keepAliveSeconds)
  }
}

/** As the kernel has it: `0.0.0.0` is connected to as `127.0.0.1`. Undefined where the peer has reset it already. */
function peerOf(socket: Socket): SocketAddress | undefined {
  if (socket.family === AF_UNIX) return undefined
  try {
    return socket.getpeername()
  } catch (error) {
    if (error instanceof SocketError && error.errno === ERRNO.ENOTCONN) return undefined
    throw error
  }
}
