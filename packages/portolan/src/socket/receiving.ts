/** recv(2), recvfrom(2). */
import { AF_UNIX, MSG_TRUNC, SOCK_SEQPACKET } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { libc } from '../sys/libc.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { checkWhole, NO_OPTIONS, type CallOptions, type TryOptions } from './call-options.ts'
import { addressBytes, addressLength, takeAddress, type Descriptor } from './descriptor.ts'
import { checkUnchanged } from './outgoing-bytes.ts'
import { WOULD_BLOCK } from './outcome.ts'
import { bufferFor, kept, LONGEST } from './receive-buffer.ts'
import { recvAll, waitsForAll } from './receive-all.ts'
import type { Attempt } from './wait-queue.ts'

export interface Datagram {
  /** The message, cut to the length that was asked for. */
  readonly data: Uint8Array
  /** The sender, `{ path: '' }` for a UNIX socket without a name; undefined on a stream. */
  readonly address: SocketAddress | undefined
  /** True when the message was longer than asked for; the rest is lost (recv(2), MSG_TRUNC). */
  readonly truncated: boolean
  /** Bytes of the message as it was sent. */
  readonly size: number
}

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
    // Its own: the shared one is other calls' while this one waits for the rest.
    const into = new Uint8Array(checkWhole('length', length, 0, LONGEST))
    const count = await recvAll(socket, into, options)
    return isEnd(socket, count, length) ? null : kept(into, count, length)
  }
  const received: Received<Uint8Array> = {}
  const run = socket.reads.run(recvCopy(socket, length, flags, received), options, length > 0)
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

export function recvInto(
  socket: Descriptor,
  into: Uint8Array,
  options: CallOptions = NO_OPTIONS,
): Promise<number | null> {
  if (options === NO_OPTIONS && ArrayBuffer.isView(into) && socket.reads.admits()) {
    const length = into.byteLength
    const count = recvBytes(socket, into, length, 0)
    if (count >= 0) return Promise.resolve(isEnd(socket, count, length) ? null : count)
    // So that the wait begins without asking the kernel the same once more.
    if (count === WOULD_BLOCK) socket.reads.exhausted()
    else if (count !== -ERRNO.EINTR) return Promise.reject(socket.failure(count, 'recv', options))
  }
  return recvIntoLater(socket, into, options)
}

async function recvIntoLater(
  socket: Descriptor,
  into: Uint8Array,
  options: CallOptions,
): Promise<number | null> {
  const flags = options.flags ?? 0
  if (waitsForAll(socket, flags)) {
    const count = await recvAll(socket, into, options)
    return isEnd(socket, count, into.byteLength) ? null : count
  }
  const length = into.byteLength
  const attempt = (): number => {
    checkUnchanged(into, length)
    return recvBytes(socket, into, length, flags)
  }
  const run = socket.reads.run(attempt, options, length > 0)
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
  const attempt = recvfromCopy(socket, length, options.flags ?? 0, received)
  const run = socket.reads.run(attempt, options, length > 0 || !socket.isStream)
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

/** Streams and sequenced packets end; elsewhere zero bytes are a message. Asking for nothing finds no end. */
function isEnd(socket: Descriptor, count: number, asked: number): boolean {
  return count === 0 && asked > 0 && (socket.isStream || socket.type === SOCK_SEQPACKET)
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
