/** send(2), sendto(2). */
import { MSG_NOSIGNAL } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { libc } from '../sys/libc.ts'
import { encodeSockaddr } from '../sys/sockaddr.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { NO_OPTIONS, type CallOptions, type TryOptions } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'
import { WOULD_BLOCK } from './outcome.ts'
import { pausing } from './full-queue.ts'
import { sendVector } from './send-vector.ts'

const encoder = new TextEncoder()

/** System calls that one `sendAll` makes before it lets the event loop turn, however fast the peer reads. */
const CALLS_PER_TURN = 16

export async function send(
  socket: Descriptor,
  data: Uint8Array | string,
  options: CallOptions = NO_OPTIONS,
): Promise<number> {
  const bytes = bytesOf(data)
  const flags = (options.flags ?? 0) | MSG_NOSIGNAL
  const attempt = (): number => libc.send(socket.fd, bytes, bytes.byteLength, flags)
  const run = socket.writes.run(pausing(socket, attempt, false, flags), options)
  return socket.settle(typeof run === 'number' ? run : await run, 'send', options)
}

export function trySend(
  socket: Descriptor,
  data: Uint8Array | string,
  options: TryOptions = NO_OPTIONS,
): number | undefined {
  const bytes = bytesOf(data)
  const flags = (options.flags ?? 0) | MSG_NOSIGNAL
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
    else if (taken !== WOULD_BLOCK && taken !== -ERRNO.EINTR)
      return Promise.reject(socket.failure(taken, 'send', options, { bytesSent: 0 }))
  }
  return typeof data === 'string' || ArrayBuffer.isView(data)
    ? sendRest(socket, data, options, sent)
    : sendVector(socket, data, options)
}

async function sendRest(
  socket: Descriptor,
  data: Uint8Array | string,
  options: CallOptions,
  already: number,
): Promise<void> {
  const bytes = bytesOf(data)
  const length = bytes.byteLength
  const flags = (options.flags ?? 0) | MSG_NOSIGNAL
  let sent = already
  const run = socket.writes.run(() => {
    for (let calls = 0; calls < CALLS_PER_TURN; calls++) {
      if (bytes.byteLength !== length)
        throw new TypeError('The data was transferred or resized while it was being sent')
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
  const bytes = bytesOf(data)
  const to = encodeSockaddr(socket.family, address, libc.ifNameToIndex)
  const flags = (options.flags ?? 0) | MSG_NOSIGNAL
  const attempt = (): number => libc.sendto(socket.fd, bytes, bytes.byteLength, flags, to, to.length)
  const run = socket.writes.run(pausing(socket, attempt, true, flags), options)
  const outcome = typeof run === 'number' ? run : await run
  if (outcome < 0) throw socket.failure(outcome, 'sendto', options, { remote: address })
  return outcome
}

function bytesOf(data: Uint8Array | string): Uint8Array {
  if (typeof data === 'string') return encoder.encode(data)
  // Without this, anything else would be read as memory or as nothing at all.
  if (ArrayBuffer.isView(data)) return data
  throw new TypeError(`data must be a Uint8Array or a string, not ${typeof data}`)
}
