/** Datagrams: messages to and from many, each whole or not at all. UDP, and UNIX datagram sockets. */
import { ERRNO } from '../sys/errno.ts'
import { kernelAvailability } from '../sys/platform.ts'
import { SocketError } from '../sys/socket-error.ts'
import type { DatagramAddress, DatagramOptions } from './datagram-options.ts'
import type { DatagramSocket } from './datagram-socket.ts'

export type { DatagramAddress, DatagramOptions } from './datagram-options.ts'
export type { BatchesOptions, DatagramSocket } from './datagram-socket.ts'

/**
 * Opens a socket for datagrams: socket(2), bind(2), udp(7), unix(7).
 *
 * Without a host it hears IPv6 and IPv4, IPv4 peers as `::ffff:192.0.2.1`; where `connect` says so, its family only. A
 * UNIX path at which no socket is any more is taken over, and removed on close.
 *
 * Abort-safe: the signal ends the look-up of names and leaves nothing open; later it closes the socket.
 *
 * @throws SocketError, as in EADDRINUSE, EACCES, EADDRNOTAVAIL, EAI_NONAME; ABORT_ERR; RangeError for a wrong port or path
 * @example An echo server.
 * ```ts
 * await using sock = await datagram({ host: '127.0.0.1', port: 9999 })
 * for await (const { data, address } of sock) await sock.send(data, address)
 * ```
 * @example The same for hundreds of thousands a second.
 * ```ts
 * for await (const batch of sock.batches()) await sock.sendBatch(batch)
 * ```
 */
export async function datagram(
  address: DatagramAddress,
  options: DatagramOptions = {},
): Promise<DatagramSocket> {
  const kernel = await kernelAvailability()
  if (!kernel.available) throw new SocketError(ERRNO.EOPNOTSUPP, 'socket', { subject: kernel.why })
  // Loaded when asked for: koffi is not there everywhere.
  const { openDatagram } = await import('./datagram-open.ts')
  return openDatagram(address, options)
}
