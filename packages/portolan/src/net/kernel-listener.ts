/** Listening sockets of the kernel: socket(2), bind(2), listen(2), accept(2). */
import { unlinkSync } from 'node:fs'
import type { WaitOptions } from '../socket/call-options.ts'
import { socket } from '../socket/open.ts'
import type { Socket } from '../socket/socket.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_KEEPALIVE,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from '../sys/constants.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import type { BindOptions, TransportListener } from './driver.ts'
import { fileAt, isSame, type PathFile } from './unix-path.ts'
import { SocketTransport } from './socket-transport.ts'
import type { Transport } from './transport.ts'

export async function listen(address: SocketAddress, options: BindOptions): Promise<TransportListener> {
  const family =
    'path' in address ? AF_UNIX : 'host' in address && address.host.includes(':') ? AF_INET6 : AF_INET
  const server = socket(family, SOCK_STREAM)
  let made: PathFile | undefined
  try {
    if (family !== AF_UNIX) prepare(server, family, options)
    server.bind(address)
    made = fileOf(address)
    server.listen(options.backlog)
    return new KernelListener(server, server.getsockname(), made)
  } catch (error) {
    closeAndRemove(server, made)
    throw error
  }
}

/** What is set here goes over to every accepted socket: Linux copies the listener (inet_csk_clone_lock). */
function prepare(server: Socket, family: number, options: BindOptions): void {
  // Or the port could not be bound again while connections of an earlier server linger in TIME_WAIT (socket(7)).
  server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
  if (options.reusePort) server.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
  if (family === AF_INET6) server.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, options.v6Only ? 1 : 0)
  if (options.noDelay) server.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
  if (options.keepAliveSeconds > 0) {
    server.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
    server.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, options.keepAliveSeconds)
  }
}

class KernelListener implements TransportListener {
  readonly localAddress: SocketAddress
  readonly #server: Socket
  readonly #made: PathFile | undefined

  constructor(server: Socket, localAddress: SocketAddress, made: PathFile | undefined) {
    this.#server = server
    this.localAddress = localAddress
    this.#made = made
  }

  async accept(options?: WaitOptions): Promise<Transport> {
    const { client, address } = await this.#server.accept(options)
    return new SocketTransport(client, address)
  }

  close(): Promise<void> {
    if (this.#server.closed) return Promise.resolve()
    closeAndRemove(this.#server, this.#made)
    return Promise.resolve()
  }
}

/** Undefined where the address is no file, or the file is gone. */
function fileOf(address: SocketAddress): PathFile | undefined {
  return 'path' in address ? fileAt(address.path) : undefined
}

/** The file only where it is the one that was made here: another server may have taken the path over since. */
function closeAndRemove(server: Socket, made: PathFile | undefined): void {
  // Asked before closing: while the socket is open nobody takes the path over.
  const stillThere = made !== undefined && isSame(made, fileAt(made.name))
  server.close()
  if (stillThere) unlinkSync(made.name)
}
