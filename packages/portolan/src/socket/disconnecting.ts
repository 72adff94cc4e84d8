/** connect(2) with AF_UNSPEC: gives up the peer of a datagram socket. */
import { AF_UNSPEC, SOCK_STREAM } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { libc } from '../sys/libc.ts'
import { SOCKADDR_IN_SIZE } from '../sys/sockaddr.ts'
import { NO_OPTIONS } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'

export function disconnect(socket: Descriptor): void {
  const fd = socket.opened('connect')
  // Of a stream it would be an end of the connection that the waiting calls do not hear of.
  if (socket.type === SOCK_STREAM) throw socket.failure(-ERRNO.EOPNOTSUPP, 'connect', NO_OPTIONS)
  const unspecified = new Uint8Array(SOCKADDR_IN_SIZE)
  new DataView(unspecified.buffer).setUint16(0, AF_UNSPEC, true)
  socket.settle(libc.connect(fd, unspecified, unspecified.length), 'connect')
  socket.remote = undefined
}
