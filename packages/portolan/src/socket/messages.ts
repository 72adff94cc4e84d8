/** recvmsg(2), sendmsg(2): several buffers at once, and control messages. */
import { AF_NETLINK, AF_UNIX, MSG_NOSIGNAL, MSG_TRUNC, SOCK_SEQPACKET } from '../sys/constants.ts'
import { MSG_CMSG_CLOEXEC, MSG_ERRQUEUE } from '../sys/constants-messages.ts'
import { ERRNO } from '../sys/errno.ts'
import { libc } from '../sys/libc.ts'
import { MessageHeader } from '../sys/msghdr.ts'
import { decodeSockaddr, encodeSockaddr } from '../sys/sockaddr.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { BufferList } from './buffer-list.ts'
import { checkWhole, NO_OPTIONS, type CallOptions, type TryOptions } from './call-options.ts'
import { parseControl, type ControlMessage } from './control-message.ts'
import type { Descriptor } from './descriptor.ts'
import { Message } from './message.ts'
import { bytesOf } from './outgoing-bytes.ts'
import { encodeControl, type OutgoingControl } from './outgoing-control.ts'
import { WOULD_BLOCK } from './outcome.ts'
import { bufferFor, kept } from './receive-buffer.ts'
import { pausing } from './full-queue.ts'
import type { Attempt, WaitQueue } from './wait-queue.ts'

export interface ReceiveControl {
  /**
   * Bytes of room for control messages, 0 to 65536; CMSG_SPACE says what each takes. Without room the kernel drops them,
   * and closes descriptors.
   *
   * @default 2048: room for 253 descriptors, the most there can be, and one of every other kind
   */
  readonly control?: number
}

export interface SendControl {
  /** Where to; left out on a connected socket. */
  readonly address?: SocketAddress
  readonly control?: readonly OutgoingControl[]
}

const header = new MessageHeader()
const NOTHING = new Uint8Array(0)

/** SCM_RIGHTS takes 1032 at most; everything else that this package knows has less than 500 together. */
const USUAL_CONTROL = 2048
const MOST_CONTROL = 65_536
const usualControl = new Uint8Array(USUAL_CONTROL)

/** Where an attempt leaves what it took: the outcome itself is a number. */
interface Received<T> {
  value?: T
}

export async function recvmsg(
  socket: Descriptor,
  into: number | readonly Uint8Array[],
  options: CallOptions & ReceiveControl = NO_OPTIONS,
): Promise<Message<Uint8Array | number> | null> {
  const received: Received<Message<Uint8Array | number>> = {}
  const { attempt, nothing } = receiving(socket, into, options, received)
  const run = lineFor(socket, options.flags).run(attempt, options, !nothing)
  socket.settle(typeof run === 'number' ? run : await run, 'recvmsg', options)
  return received.value ?? null
}

export function tryRecvmsg(
  socket: Descriptor,
  into: number | readonly Uint8Array[],
  options: TryOptions & ReceiveControl = NO_OPTIONS,
): Message<Uint8Array | number> | null | undefined {
  const received: Received<Message<Uint8Array | number>> = {}
  const { attempt } = receiving(socket, into, options, received)
  socket.opened('recvmsg')
  const outcome = lineFor(socket, options.flags).runNow(attempt)
  if (outcome === WOULD_BLOCK) return undefined
  socket.settle(outcome, 'recvmsg')
  return received.value ?? null
}

/** Who waits for an error must not stand behind who waits for data. Where there is no error queue the flag does nothing. */
function lineFor(socket: Descriptor, flags = 0): WaitQueue {
  const queued = (flags & MSG_ERRQUEUE) !== 0 && socket.family !== AF_UNIX && socket.family !== AF_NETLINK
  return queued ? socket.errors : socket.reads
}

function receiving(
  socket: Descriptor,
  into: number | readonly Uint8Array[],
  { flags = 0, control = USUAL_CONTROL }: TryOptions & ReceiveControl,
  received: Received<Message<Uint8Array | number>>,
): { attempt: Attempt; nothing: boolean } {
  const room = checkWhole('control', control, 0, MOST_CONTROL)
  const controlBytes = room <= USUAL_CONTROL ? usualControl.subarray(0, room) : new Uint8Array(room)
  const list = typeof into === 'number' ? [bufferFor(socket, into, flags).subarray(0, into)] : into
  const buffers = new BufferList(list, 'into', socket.isStream)
  const asked = buffers.length
  // Zero bytes of a stream are there at once and take nothing; the kernel would wait for data first.
  const nothing = asked === 0 && socket.isStream && (flags & MSG_ERRQUEUE) === 0
  // MSG_TRUNC makes a socket of messages tell the real size; a TCP socket would throw the data away (tcp(7)).
  const kernelFlags = flags | MSG_CMSG_CLOEXEC | (socket.isStream ? 0 : MSG_TRUNC)
  const own = list === into ? undefined : list[0]
  const dataOf = (count: number): Uint8Array | number =>
    own === undefined ? count : kept(own, count, own.length)
  const attempt = (): number => {
    if (nothing) {
      received.value = new Message(dataOf(0), 0, undefined, 0, [])
      return 0
    }
    if (!buffers.whole) return -ERRNO.EMSGSIZE
    buffers.putInto(header)
    const size = header.receive(socket.fd, controlBytes, kernelFlags)
    if (size < 0) return size
    if (flags === 0) socket.received(size, asked)
    // The descriptors among them are open from here on: what follows does not throw.
    const messages = parseControl(controlBytes.subarray(0, header.controlLength))
    if (size === 0 && asked > 0 && (flags & MSG_ERRQUEUE) === 0 && isEnd(socket, messages)) return 0
    const data = dataOf(Math.min(size, asked))
    received.value = new Message(data, size, senderOf(socket), header.flags & ~MSG_CMSG_CLOEXEC, messages)
    return size
  }
  return { attempt, nothing }
}

/**
 * What zero bytes are. A stream has ended then, whatever TCP_INQ adds; a sequenced packet without data is one if anything
 * came with it; of a datagram they are a message.
 */
function isEnd(socket: Descriptor, messages: readonly ControlMessage[]): boolean {
  return socket.isStream || (socket.type === SOCK_SEQPACKET && messages.length === 0)
}

function senderOf(socket: Descriptor): SocketAddress | undefined {
  const address = decodeSockaddr(header.name, header.nameLength)
  return address ?? (socket.family === AF_UNIX && !socket.isStream ? { path: '' } : undefined)
}

export async function sendmsg(
  socket: Descriptor,
  data: Uint8Array | string | readonly Uint8Array[],
  options: CallOptions & SendControl = NO_OPTIONS,
): Promise<number> {
  const attempt = sending(socket, data, options)
  const patient = pausing(socket, attempt, options.address !== undefined, options.flags)
  const run = socket.writes.run(patient, options)
  return settleSent(socket, typeof run === 'number' ? run : await run, options)
}

export function trySendmsg(
  socket: Descriptor,
  data: Uint8Array | string | readonly Uint8Array[],
  options: TryOptions & SendControl = NO_OPTIONS,
): number | undefined {
  const attempt = sending(socket, data, options)
  socket.opened('sendmsg')
  const outcome = socket.writes.runNow(attempt)
  return outcome === WOULD_BLOCK ? undefined : settleSent(socket, outcome, options)
}

function settleSent(socket: Descriptor, outcome: number, options: CallOptions & SendControl): number {
  const remote = options.address ?? socket.remote
  if (outcome < 0) throw socket.failure(outcome, 'sendmsg', options, { remote })
  return outcome
}

function sending(
  socket: Descriptor,
  data: Uint8Array | string | readonly Uint8Array[],
  { flags = 0, address, control }: TryOptions & SendControl,
): Attempt {
  const bytes = typeof data === 'string' ? bytesOf(data, flags) : data
  const buffers = new BufferList(ArrayBuffer.isView(bytes) ? [bytes] : bytes, 'data', socket.isStream)
  const name = address === undefined ? NOTHING : encodeSockaddr(socket.family, address, libc.ifNameToIndex)
  const encoded = (): Uint8Array => encodeControl(control, socket.family, address ?? socket.remote)
  let controlBytes: Uint8Array | undefined = encoded()
  if (controlBytes.length > 0 && buffers.length === 0 && socket.isStream)
    throw new RangeError('A stream carries control messages with its bytes only: send at least one byte')
  return () => {
    if (!buffers.whole) return -ERRNO.EMSGSIZE
    buffers.putInto(header)
    // Later attempts ask again what number a holder has: it may have been closed, and the number be another file's.
    const outcome = header.send(socket.fd, name, controlBytes ?? encoded(), flags | MSG_NOSIGNAL)
    controlBytes = undefined
    return outcome
  }
}
