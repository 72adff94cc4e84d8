/** recv(2), recvfrom(2). */
import { AF_UNIX, MSG_TRUNC, SOCK_DGRAM } from '../sys/constants.ts'
import { libc } from '../sys/libc.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { checkWhole, NO_OPTIONS, type CallOptions, type TryOptions } from './call-options.ts'
import { addressBytes, addressLength, takeAddress, type Descriptor } from './descriptor.ts'
import { WOULD_BLOCK } from './outcome.ts'
import { recvAll, waitsForAll } from './receive-all.ts'
import type { Attempt } from './wait-queue.ts'

export interface Datagram {
  /** The message, cut to the length that was asked for. */
  readonly data: Uint8Array
  /** The sender, `{ path: '' }` for a UNIX socket without a name; undefined on a stream. */
  readonly address: SocketAddress | undefined
  /** True when the message was longer than asked for; the rest is lost (recv(2), MSG_TRUNC). */
  readonly truncated: boolean
  /** Length of the message as it was sent. */
  readonly size: number
}

// One receiving buffer a thread; what is kept is copied out in its own length. Node and libuv read 64 KiB at once.
const scratch = new Uint8Array(65_536)

/** MAX_RW_COUNT: no call moves more (read(2), "Notes"). */
const LONGEST = 0x7ffff000

/** Where an attempt leaves what it took: the outcome itself is a number. */
interface Received<T> {
  value?: T
}

export async function recv(
  socket: Descriptor,
  length: number,
  options: CallOptions = NO_OPTIONS,
): Promise<Uint8Array | null> {
  const flags = options.flags ?? 0
  if (waitsForAll(socket, flags)) {
    const into = new Uint8Array(checkWhole('length', length, 0, LONGEST))
    const count = await recvAll(socket, into, options)
    return isEnd(socket, count, length) ? null : kept(into, count, length)
  }
  const received: Received<Uint8Array> = {}
  const run = socket.reads.run(recvCopy(socket, length, flags, received), options)
  socket.settle(typeof run === 'number' ? run : await run, 'recv', options)
  return received.value ?? null
}

export function tryRecv(
  socket: Descriptor,
  length: number,
  options: TryOptions = NO_OPTIONS,
): Uint8Array | null | undefined {
  const received: Received<Uint8Array> = {}
  socket.opened('recv')
  const outcome = socket.reads.runNow(recvCopy(socket, length, options.flags ?? 0, received))
  if (outcome === WOULD_BLOCK) return undefined
  socket.settle(outcome, 'recv')
  return received.value ?? null
}

export async function recvInto(
  socket: Descriptor,
  into: Uint8Array,
  options: CallOptions = NO_OPTIONS,
): Promise<number | null> {
  const flags = options.flags ?? 0
  if (waitsForAll(socket, flags)) {
    const count = await recvAll(socket, into, options)
    return isEnd(socket, count, into.byteLength) ? null : count
  }
  const run = socket.reads.run(() => recvBytes(socket, into, into.byteLength, flags), options)
  const count = socket.settle(typeof run === 'number' ? run : await run, 'recv', options)
  return isEnd(socket, count, into.byteLength) ? null : count
}

export function tryRecvInto(
  socket: Descriptor,
  into: Uint8Array,
  options: TryOptions = NO_OPTIONS,
): number | null | undefined {
  const flags = options.flags ?? 0
  socket.opened('recv')
  const outcome = socket.reads.runNow(() => recvBytes(socket, into, into.byteLength, flags))
  if (outcome === WOULD_BLOCK) return undefined
  const count = socket.settle(outcome, 'recv')
  return isEnd(socket, count, into.byteLength) ? null : count
}

export async function recvfrom(
  socket: Descriptor,
  length: number,
  options: CallOptions = NO_OPTIONS,
): Promise<Datagram> {
  const received: Received<Datagram> = {}
  const run = socket.reads.run(recvfromCopy(socket, length, options.flags ?? 0, received), options)
  socket.settle(typeof run === 'number' ? run : await run, 'recvfrom', options)
  return received.value ?? NOTHING
}

export function tryRecvfrom(
  socket: Descriptor,
  length: number,
  options: TryOptions = NO_OPTIONS,
): Datagram | undefined {
  const received: Received<Datagram> = {}
  socket.opened('recvfrom')
  const outcome = socket.reads.runNow(recvfromCopy(socket, length, options.flags ?? 0, received))
  if (outcome === WOULD_BLOCK) return undefined
  socket.settle(outcome, 'recvfrom')
  return received.value ?? NOTHING
}

const NOTHING: Datagram = { data: new Uint8Array(0), address: undefined, truncated: false, size: 0 }

/** Streams and sequenced packets end; for datagrams zero bytes are a message. Asking for nothing finds no end. */
function isEnd(socket: Descriptor, count: number, asked: number): boolean {
  return count === 0 && asked > 0 && socket.type !== SOCK_DGRAM
}

/** Zero bytes of a stream are there at once and take nothing; the kernel would wait for data first. */
function recvBytes(socket: Descriptor, into: Uint8Array, length: number, flags: number): number {
  if (length === 0 && socket.isStream) return 0
  const count = libc.recv(socket.fd, into, length, flags)
  if (flags === 0) socket.received(count, length)
  return count
}

function recvCopy(
  socket: Descriptor,
  length: number,
  flags: number,
  received: Received<Uint8Array>,
): Attempt {
  const into = bufferFor(socket, length, flags)
  return () => {
    const count = recvBytes(socket, into, length, flags)
    if (count >= 0 && !isEnd(socket, count, length)) received.value = kept(into, count, length)
    return count
  }
}

function recvfromCopy(
  socket: Descriptor,
  length: number,
  flags: number,
  received: Received<Datagram>,
): Attempt {
  const into = bufferFor(socket, length, flags)
  // MSG_TRUNC makes a socket of messages tell the real size; a TCP socket would throw the data away (tcp(7)).
  const asked = socket.isStream ? flags : flags | MSG_TRUNC
  return () => {
    if (length === 0 && socket.isStream) return 0
    addressLength[0] = addressBytes.length
    const size = libc.recvfrom(socket.fd, into, length, asked, addressBytes, addressLength)
    if (size >= 0)
      received.value = {
        data: kept(into, size, length),
        address: takeAddress() ?? (socket.family === AF_UNIX && !socket.isStream ? { path: '' } : undefined),
        truncated: size > length,
        size,
      }
    return size
  }
}

/**
 * The thread's buffer where the length fits. With MSG_TRUNC a stream counts bytes that it never wrote (tcp(7)); those
 * must be zeros and not what another socket received before.
 */
function bufferFor(socket: Descriptor, length: number, flags: number): Uint8Array {
  // A negative length would reach the kernel as a huge one and overrun the buffer.
  checkWhole('length', length, 0, LONGEST)
  const shared = length <= scratch.length && !(socket.isStream && (flags & MSG_TRUNC) !== 0)
  return shared ? scratch : new Uint8Array(length)
}

/** With MSG_TRUNC the size may be more than what was written: the rest of the buffer is not part of the message. */
function kept(into: Uint8Array, size: number, length: number): Uint8Array {
  const count = Math.min(size, length)
  return into !== scratch && count === into.length ? into : into.slice(0, count)
}
