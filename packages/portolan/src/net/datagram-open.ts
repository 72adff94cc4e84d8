/** How a datagram socket comes to be: names looked up, socket(2), options, bind(2), connect(2). */
import { socket } from '../socket/open.ts'
import type { Socket } from '../socket/socket.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_BROADCAST,
  SO_RCVBUF,
  SO_REUSEPORT,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOL_SOCKET,
} from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import { enableReceiveOffload } from '../sys/udp-offload.ts'
import type { DatagramAddress, DatagramOptions } from './datagram-options.ts'
import { isLiteral, lookUp, resolved } from './datagram-names.ts'
import { bindPath } from './datagram-path.ts'
import { DatagramSocket } from './datagram-socket.ts'
import { removeMade } from './unix-path.ts'

export async function openDatagram(
  address: DatagramAddress,
  options: DatagramOptions,
): Promise<DatagramSocket> {
  checkAborted(options)
  const opened = 'path' in address ? await openUnix(address, options) : await openUdp(address, options)
  try {
    // It may have come meanwhile, while nobody listened to it.
    checkAborted(options)
    return opened
  } catch (error) {
    await opened.close()
    throw error
  }
}

function checkAborted({ signal }: DatagramOptions): void {
  if (signal?.aborted === true) throw new SocketError('ABORT_ERR', 'bind', { cause: signal.reason })
}

async function openUnix(
  address: DatagramAddress & { path: string | Uint8Array },
  options: DatagramOptions,
): Promise<DatagramSocket> {
  if ('host' in address || 'port' in address)
    throw new TypeError('datagram takes { host, port } or { path }, not both')
  return furnish(AF_UNIX, options, async (unix) => {
    const made = await bindPath(unix, address.path)
    try {
      if (options.connect !== undefined) await unix.connect(options.connect, { signal: options.signal })
      return () => removeMade(made)
    } catch (error) {
      removeMade(made)
      throw error
    }
  })
}

async function openUdp(
  { host, port = 0 }: { readonly host?: string | undefined; readonly port?: number | undefined },
  options: DatagramOptions,
): Promise<DatagramSocket> {
  const { connect, signal } = options
  if (host === undefined && connect !== undefined) {
    const peer = await resolved(connect, undefined, { signal })
    return openAt(familyOf(peer), undefined, port, { ...options, connect: peer })
  }
  if (host === undefined) return openEverywhere(port, options)
  const hosts = isLiteral(host) ? [{ host, port }] : await lookUp(host, port, undefined, { signal })
  let failure: unknown
  for (const own of hosts) {
    try {
      return await openAt(familyOf(own), own.host, port, options, own.scope)
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}

/** `::` takes IPv4 too unless told otherwise; a kernel without IPv6 has only `0.0.0.0`. */
async function openEverywhere(port: number, options: DatagramOptions): Promise<DatagramSocket> {
  try {
    return await openAt(AF_INET6, '::', port, options)
  } catch (error) {
    const noIPv6 =
      error instanceof SocketError &&
      (error.errno === ERRNO.EAFNOSUPPORT || error.errno === ERRNO.EADDRNOTAVAIL)
    if (!noIPv6) throw error
    return openAt(AF_INET, '0.0.0.0', port, options)
  }
}

/** @param host undefined lets the kernel choose the address that leads to the peer, where there is one */
async function openAt(
  family: number,
  host: string | undefined,
  port: number,
  options: DatagramOptions,
  scope?: number,
): Promise<DatagramSocket> {
  const { connect, signal, v6Only = false } = options
  return furnish(family, options, async (udp) => {
    if (family === AF_INET6) udp.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, v6Only ? 1 : 0)
    enableReceiveOffload(udp.fd)
    if (host !== undefined || port !== 0) {
      const any = family === AF_INET6 ? '::' : '0.0.0.0'
      udp.bind({ host: host ?? any, port, ...(scope === undefined ? {} : { scope }) })
    }
    if (connect !== undefined) await udp.connect(await resolved(connect, family, { signal }), { signal })
    return undefined
  })
}

function familyOf(address: SocketAddress): number {
  return 'host' in address && address.host.includes(':') ? AF_INET6 : AF_INET
}

/** @param place binds and connects; gives what is to be done after closing */
async function furnish(
  family: number,
  options: DatagramOptions,
  place: (opened: Socket) => Promise<(() => void) | undefined>,
): Promise<DatagramSocket> {
  const opened = socket(family, SOCK_DGRAM)
  let afterClose: (() => void) | undefined
  try {
    if (options.receiveBuffer !== undefined) opened.setsockopt(SOL_SOCKET, SO_RCVBUF, options.receiveBuffer)
    if (options.sendBuffer !== undefined) opened.setsockopt(SOL_SOCKET, SO_SNDBUF, options.sendBuffer)
    if (options.reusePort === true) opened.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
    if (options.broadcast === true) opened.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
    afterClose = await place(opened)
    const peer = options.connect === undefined ? undefined : opened.getpeername()
    return new DatagramSocket(opened, peer, afterClose, options.signal)
  } catch (error) {
    opened.close()
    afterClose?.()
    throw error
  }
}
