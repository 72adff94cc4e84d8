/** connect(2), accept4(2). */
import { AF_VSOCK, SO_ERROR, SOCK_CLOEXEC, SOCK_NONBLOCK, SOL_SOCKET } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { libc } from '../sys/libc.ts'
import { encodeSockaddr } from '../sys/sockaddr.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { NO_OPTIONS, type WaitOptions } from './call-options.ts'
import { addressBytes, addressLength, type Descriptor } from './descriptor.ts'
import { NOT_NOW, WOULD_BLOCK } from './outcome.ts'

export async function connect(
  socket: Descriptor,
  address: SocketAddress,
  options: WaitOptions = NO_OPTIONS,
): Promise<void> {
  const bytes = encodeSockaddr(socket.family, address, libc.ifNameToIndex)
  let underWay = false
  const run = socket.writes.run(() => {
    // Where an attempt has failed, connect(2) of AF_VSOCK begins another one and says nothing of the first.
    const failed = underWay && socket.family === AF_VSOCK ? pendingError(socket) : 0
    if (failed !== 0) return failed
    const outcome = libc.connect(socket.fd, bytes, bytes.length)
    const again = underWay
    underWay = true
    switch (outcome) {
      case -ERRNO.EINPROGRESS:
        return WOULD_BLOCK
      // A second connect(2) tells how the first one goes, so that a spurious event does not pass for success: still on
      // its way, done, or its error. Unasked for, these are errors: another attempt has the socket.
      case -ERRNO.EALREADY:
        return again ? WOULD_BLOCK : outcome
      case -ERRNO.EISCONN:
        return again ? 0 : outcome
      // A UNIX listener whose backlog is full; no event ever says that there is room again (connect(2)).
      case -ERRNO.EAGAIN:
        return NOT_NOW
      default:
        return outcome
    }
  }, options)
  const outcome = typeof run === 'number' ? run : await run
  if (outcome < 0) throw socket.failure(outcome, 'connect', options, { remote: address })
  socket.remote = address
}

/** SO_ERROR of socket(7), taken off the socket: the negative error number, or 0. */
function pendingError(socket: Descriptor): number {
  const error = new Int32Array(1)
  const outcome = libc.getsockopt(socket.fd, SOL_SOCKET, SO_ERROR, error, Int32Array.of(error.byteLength))
  return outcome < 0 ? outcome : -(error[0] ?? 0)
}

/** The next connection's descriptor; its address is where {@link takeAddress} finds it. */
export function accept(socket: Descriptor): number {
  for (;;) {
    addressLength[0] = addressBytes.length
    const fd = libc.accept4(socket.fd, addressBytes, addressLength, SOCK_NONBLOCK | SOCK_CLOEXEC)
    if (!PASSED_OVER.has(-fd)) return fd
  }
}

// Errors of a connection that failed while it waited, not of the listener: "treat them like EAGAIN by retrying"
// (accept(2), "Error handling"). Each one takes a connection off the backlog, so this ends. EOPNOTSUPP, which the page
// lists too, is left out: a socket that cannot listen at all says it for ever.
const PASSED_OVER: ReadonlySet<number> = new Set([
  ERRNO.ECONNABORTED,
  ERRNO.EPROTO,
  ERRNO.ENETDOWN,
  ERRNO.ENOPROTOOPT,
  ERRNO.EHOSTDOWN,
  ERRNO.ENONET,
  ERRNO.EHOSTUNREACH,
  ERRNO.ENETUNREACH,
])
