/**
 * `portolan/socket`: Berkeley sockets.
 *
 * @example An echo server.
 * ```ts
 * import { socket, AF_INET, SOCK_STREAM } from 'portolan/socket'
 * const server = socket(AF_INET, SOCK_STREAM)
 * server.bind({ host: '127.0.0.1', port: 9999 })
 * server.listen()
 * for (;;) {
 *   const { client } = await server.accept()
 *   for (let data = await client.recv(1024); data !== null; data = await client.recv(1024)) await client.sendAll(data)
 *   client.close()
 * }
 * ```
 */
export { gethostname, getaddrinfo, type Addrinfo, type AddrinfoOptions } from './socket/names.ts'
export { socket, socketpair } from './socket/open.ts'
export type { CallOptions, TryOptions, WaitOptions } from './socket/call-options.ts'
export type { Datagram } from './socket/receiving.ts'
export { Socket, type Accepted } from './socket/socket.ts'
export * from './sys/constants.ts'
export { ERRNO, errnoName, type ErrnoName } from './sys/errno.ts'
export type { InetSocketAddress, SocketAddress, UnixSocketAddress } from './sys/socket-address.ts'
export { SocketError, type SocketErrorDetail } from './sys/socket-error.ts'
