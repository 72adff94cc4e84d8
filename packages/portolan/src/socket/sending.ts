/** send(2), sendto(2). */
import { MSG_NOSIGNAL } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { libc } from '../sys/libc.ts'
import { encodeSockaddr } from '../sys/sockaddr.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { NO_OPTIONS, type CallOptions, type TryOptions } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'
import { bytesOf, checkUnchanged } from './outgoing-bytes.ts'
import { WOULD_BLOCK } from './outcome.ts'
import { pausing } from './full-queue.ts'
import { sendVector } from './send-vector.ts'

/** System calls that one `sendAll` makes before it lets the event loop turn, however fast the peer reads. */
const CALLS_PER_TURN = 16

export async function send(
  socket: Descriptor,
  data: Uint8Array | string,
  options: CallOptions = NO_OPTIONS,
): Promise<number> {
  const flags = (options.flags ?? 0) | MSG_NOSIGNAL
  const bytes = bytesOf(data, flags)
  const length = bytes.byteLength
  const attempt = (): number => {
    checkUnchanged(bytes, length)
    return libc.send(socket.fd, bytes, length, flags)
  }
  const run = socket.writes.run(pausing(socket, attempt, false, flags), options)
  return socket.settle(typeof run === 'number' ? run : await run, 'send', options)
}

export function trySend(
  socket: Descriptor,
  data: Uint8Array | string,
  options: TryOptions = NO_OPTIONS,
): number | undefined {
  const flags = (options.flags ?? 0) | MSG_NOSIGNAL
  const bytes = bytesOf(data, flags)
  socket.opened('send')
  const outcome = socket.writes.runNow(() => libc.send(socket.fd, bytes, bytes.byteLength, flags))
  return outcome === WOULD_BLOCK ? undefined : socket.settle(outcome, 'send')
}

const SENT: Promise<void> = Promise.resolve()

export function sendAll(
  socket: Descriptor,
  data: Uint8Array | string | readonly Uint8Array[],
  options: CallOptions = NO_OPTIONS,
): Promise<void> {
  let sent = 0
  if (options === NO_OPTIONS && ArrayBuffer.isView(data) && socket.writes.admits()) {
    const taken = libc.send(socket.fd, data, data.byteLength, MSG_NOSIGNAL)
    if (taken === data.byteLength) return SENT
    if (taken > 0) sent = taken
    // So that the wait begins without asking the kernel the same once more.
    else if (taken === WOULD_BLOCK) socket.writes.exhausted()
    else if (taken !== -ERRNO.EINTR)
      return Promise.reject(socket.failure(taken, 'send', options, { bytesSent: 0 }))
  }
  if (typeof data === 'string' || ArrayBuffer.isView(data)) return sendRest(socket, data, options, sent)
  // Messages have a boundary after each call: all pieces must go in one.
  return socket.isStream
    ? sendVector(socket, data, options)
    : sendRest(socket, Buffer.concat(data), options, 0)
}

async function sendRest(
  socket: Descriptor,
  data: Uint8Array | string,
  options: CallOptions,
  already: number,
): Promise<void> {
  const flags = (options.flags ?? 0) | MSG_NOSIGNAL
  const bytes = bytesOf(data, flags)
  const length = bytes.byteLength
  let sent = already
  const run = socket.writes.run(() => {
    for (let calls = 0; calls < CALLS_PER_TURN; calls++) {
      checkUnchanged(bytes, length)
      const rest = sent === 0 ? bytes : bytes.subarray(sent)
      const taken = libc.send(socket.fd, rest, rest.byteLength, flags)
      if (taken < 0) return taken
      sent += taken
      if (sent >= length) return sent
    }
    socket.writes.flushSoon()
    return WOULD_BLOCK
  }, options)
  const outcome = typeof run === 'number' ? run : await run
  if (outcome < 0) throw socket.failure(outcome, 'send', options, { bytesSent: sent })
}

export async function sendto(
  socket: Descriptor,
  data: Uint8Array | string,
  address: SocketAddress,
  options: CallOptions = NO_OPTIONS,
): Promise<number> {
  const flags = (options.flags ?? 0) | MSG_NOSIGNAL
  const bytes = bytesOf(data, flags)
  const length = bytes.byteLength
  const to = encodeSockaddr(socket.family, address, libc.ifNameToIndex)
  const attempt = (): number => {
    checkUnchanged(bytes, length)
    return libc.sendto(socket.fd, bytes, length, flags, to, to.length)
  }
  const run = socket.writes.run(pausing(socket, attempt, true, flags), options)
  const outcome = typeof run === 'number' ? run : await run
  if (outcome < 0) throw socket.failure(outcome, 'sendto', options, { remote: address })
  return outcome
}
