/** send(2), sendto(2). */
import { AF_UNIX, MSG_NOSIGNAL } from '../sys/constants.ts'
import { libc } from '../sys/libc.ts'
import { encodeSockaddr } from '../sys/sockaddr.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { NO_OPTIONS, type CallOptions, type TryOptions } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'
import { WOULD_BLOCK } from './outcome.ts'

const encoder = new TextEncoder()

/** System calls that one `sendAll` makes before it lets the event loop turn, however fast the peer reads. */
const CALLS_PER_TURN = 16

/** First and longest pause before a UNIX datagram to a full receiver is tried again, in milliseconds. */
const FIRST_PAUSE = 1
const LONGEST_PAUSE = 32

export async function send(
  socket: Descriptor,
  data: Uint8Array | string,
  options: CallOptions = NO_OPTIONS,
): Promise<number> {
  const bytes = bytesOf(data)
  const flags = (options.flags ?? 0) | MSG_NOSIGNAL
  const run = socket.writes.run(() => libc.send(socket.fd, bytes, bytes.byteLength, flags), options)
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

export async function sendAll(
  socket: Descriptor,
  data: Uint8Array | string,
  options: CallOptions = NO_OPTIONS,
): Promise<void> {
  const bytes = bytesOf(data)
  const length = bytes.byteLength
  const flags = (options.flags ?? 0) | MSG_NOSIGNAL
  let sent = 0
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
  let pause = FIRST_PAUSE
  const run = socket.writes.run(() => {
    const outcome = libc.sendto(socket.fd, bytes, bytes.byteLength, flags, to, to.length)
    if (outcome === WOULD_BLOCK && socket.family === AF_UNIX) {
      // A full receiver wakes only senders that are connected to it, while every refused attempt frees its own buffer
      // and so tells an edge that means nothing (unix_dgram_sendmsg in net/unix/af_unix.c): following it would spin.
      socket.writes.pause(pause)
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    }
    return outcome
  }, options)
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
