/** A socket: Berkeley's calls under Berkeley's names, with promises where a call may wait. */
import { duplicateDescriptor } from '../sys/descriptor-flags.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import type { BatchOptions, MessageBatch, OutgoingMessage, ReceivedBatch, TryBatchOptions } from './batch.ts'
import { NO_OPTIONS, type CallOptions, type TryOptions, type WaitOptions } from './call-options.ts'
import { accept, connect } from './connecting.ts'
import { takeAddress } from './descriptor.ts'
import { disconnect } from './disconnecting.ts'
import type { Message } from './message.ts'
import {
  recvmsg,
  sendmsg,
  tryRecvmsg,
  trySendmsg,
  type ReceiveControl,
  type SendControl,
} from './messages.ts'
import { WOULD_BLOCK } from './outcome.ts'
import { waitReady } from './ready.ts'
import { BatchReceiver } from './receive-batch.ts'
import { recv, recvfrom, recvInto, tryRecv, tryRecvfrom, tryRecvInto, type Datagram } from './receiving.ts'
import { BatchSender } from './send-batch.ts'
import { sendfile, type OpenFile, type SendfileOptions } from './sendfile.ts'
import { send, sendAll, sendto, trySend } from './sending.ts'
import { SocketHandle } from './socket-handle.ts'

export interface Accepted {
  readonly client: Socket
  /** The client's address. */
  readonly address: SocketAddress
}

/**
 * An open socket, non-blocking and closed on exec. Made by {@link socket}, {@link socketpair} and {@link Socket.accept}.
 *
 * Calls that may wait return promises, take `{ signal, timeout, flags }` last, are served in the order they were made
 * (one line for accept and recv, one for connect and send) and, unless they say otherwise, are abort-safe: a call that
 * ends by its signal or timeout has taken nothing. Their `try` twins never wait and never go before those that do: they
 * give undefined then. A call that waits keeps the process alive; an open socket on which
 * nothing waits does not. A socket is closed by {@link Socket.close} or by `using`, not by garbage collection.
 *
 * Besides what each call names, a closed socket fails what needs its descriptor with the code ERR_SOCKET_CLOSED, and a
 * signal or timeout ends what waits with ABORT_ERR or ERR_SOCKET_TIMEOUT: see {@link SocketError}.
 *
 * A socket belongs to the thread that opened it. A worker thread in which calls wait should end by itself, which closes
 * its sockets: one that is torn down in the moment in which an event comes, by `terminate()` or because the main thread
 * ends the process, takes the whole process with it (koffi's event handle cannot tell that its thread is gone). After
 * `terminate()` its open sockets stay open.
 */
export class Socket extends SocketHandle {
  /**
   * Takes the next waiting connection: accept4(2). The client socket is non-blocking and closed on exec. A connection
   * that failed while it waited (ECONNABORTED and its like) is passed over. Abort-safe.
   *
   * @throws SocketError, as in EMFILE: the connection goes on waiting, and accept may be called again
   */
  async accept(options: WaitOptions = NO_OPTIONS): Promise<Accepted> {
    const taken: { address?: SocketAddress | undefined } = {}
    const run = this.descriptor.reads.run(() => {
      const fd = accept(this.descriptor)
      if (fd >= 0) taken.address = takeAddress()
      return fd
    }, options)
    const fd = this.descriptor.settle(typeof run === 'number' ? run : await run, 'accept', options)
    return this.#accepted(fd, taken.address)
  }

  /** {@link accept} without waiting: undefined where no connection is there. */
  tryAccept(): Accepted | undefined {
    this.descriptor.opened('accept')
    const outcome = this.descriptor.reads.runNow(() => accept(this.descriptor))
    if (outcome === WOULD_BLOCK) return undefined
    const address = outcome < 0 ? undefined : takeAddress()
    return this.#accepted(this.descriptor.settle(outcome, 'accept'), address)
  }

  #accepted(fd: number, address: SocketAddress = { path: '' }): Accepted {
    const client = new Socket(fd, this.family, this.type, this.protocol, address, 'accept')
    return { client, address }
  }

  /**
   * Connects: connect(2). On a datagram socket it only sets the peer.
   *
   * Not abort-safe: after a signal or timeout the attempt is still under way, and the socket should be closed.
   *
   * @throws SocketError, as in ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, EADDRNOTAVAIL; EAGAIN where the backlog of a UNIX
   * listener is full, which no event ends: wait as long as you like and call connect again
   */
  connect(address: SocketAddress, options?: WaitOptions): Promise<void> {
    return connect(this.descriptor, address, options)
  }

  /**
   * Gives up the peer of a connected datagram socket, which then hears everybody again: connect(2) with AF_UNSPEC. An
   * own address and port that were given to {@link bind} stay. What the kernel chose it takes back, also a port that bind
   * got by asking for port 0: such a socket hears nobody until it is bound again or sends. Does not wait.
   *
   * @throws SocketError with EOPNOTSUPP for a stream
   */
  disconnect(): void {
    disconnect(this.descriptor)
  }

  /**
   * Receives up to `length` bytes of a stream, or one message cut to `length`: recv(2). Abort-safe.
   *
   * @returns the bytes; null at the end of a stream. A zero-length datagram is zero bytes. `recv(0)` is zero bytes too:
   * of a stream at once and without taking anything, elsewhere it takes a message. With MSG_WAITALL a stream gives
   * `length` bytes, or what has come by its end, the signal or the timeout.
   * @throws SocketError, as in ECONNRESET, ECONNREFUSED of a connected datagram socket, ENOTCONN; RangeError for a length
   * that is none
   */
  recv(length: number, options?: CallOptions): Promise<Uint8Array | null> {
    return recv(this.descriptor, length, options)
  }

  /** {@link recv} without waiting: undefined where nothing is there. */
  tryRecv(length: number, options?: TryOptions): Uint8Array | null | undefined {
    return tryRecv(this.descriptor, length, options)
  }

  /**
   * Receives into the caller's memory: recv(2) without a copy. Abort-safe.
   *
   * @returns bytes; null at the end of a stream. With MSG_TRUNC the size of the message, which may be more.
   * @throws SocketError as {@link recv} does
   */
  recvInto(into: Uint8Array, options?: CallOptions): Promise<number | null> {
    return recvInto(this.descriptor, into, options)
  }

  /** {@link recvInto} without waiting: undefined where nothing is there. */
  tryRecvInto(into: Uint8Array, options?: TryOptions): number | null | undefined {
    return tryRecvInto(this.descriptor, into, options)
  }

  /**
   * Receives one message and its sender: recvfrom(2). Abort-safe. A stream's end looks like an empty message here:
   * use {@link recv} for streams.
   *
   * @param length bytes of the message at most; a longer one is cut
   * @throws SocketError as {@link recv} does; RangeError for a length that is none
   */
  recvfrom(length: number, options?: CallOptions): Promise<Datagram> {
    return recvfrom(this.descriptor, length, options)
  }

  /** {@link recvfrom} without waiting: undefined where nothing is there. */
  tryRecvfrom(length: number, options?: TryOptions): Datagram | undefined {
    return tryRecvfrom(this.descriptor, length, options)
  }

  /**
   * Sends as much as the kernel takes now, waiting until it takes anything: send(2). Abort-safe.
   *
   * @param data bytes, not to be changed until the call has ended; text is sent as UTF-8
   * @returns bytes taken
   * @throws SocketError, as in EPIPE, ECONNRESET, ENOTCONN, EMSGSIZE for a message that is too long, ECONNREFUSED of a
   * connected datagram socket; TypeError for data that is neither bytes nor text
   */
  send(data: Uint8Array | string, options?: CallOptions): Promise<number> {
    return send(this.descriptor, data, options)
  }

  /** {@link send} without waiting: undefined where the kernel takes nothing. */
  trySend(data: Uint8Array | string, options?: TryOptions): number | undefined {
    return trySend(this.descriptor, data, options)
  }

  /**
   * Sends everything, however many calls it takes; two at once do not mix. Several pieces go out as if they were one,
   * uncopied (sendmsg(2)). Not abort-safe: an error tells in `bytesSent` how much had been taken.
   *
   * @throws SocketError as {@link send} does; TypeError for memory that was transferred or resized meanwhile
   */
  sendAll(data: Uint8Array | string | readonly Uint8Array[], options?: CallOptions): Promise<void> {
    return sendAll(this.descriptor, data, options)
  }

  /**
   * Sends one message to an address: sendto(2). Waits where the buffer is full, never drops; those behind it wait too,
   * whatever their address. Abort-safe.
   *
   * @returns bytes taken: all of the message
   * @throws SocketError, as in EMSGSIZE, ENETUNREACH, EACCES for a broadcast address without SO_BROADCAST; RangeError for
   * an address of another family
   */
  sendto(data: Uint8Array | string, address: SocketAddress, options?: CallOptions): Promise<number> {
    return sendto(this.descriptor, data, address, options)
  }

  #batchReceiver: BatchReceiver | undefined

  /**
   * Receives what is there of many messages, waiting until there is one: recvmmsg(2). Abort-safe.
   *
   * Of a UDP socket with UDP_GRO (`setsockopt(SOL_UDP, UDP_GRO, 1)`, udp(7)) the messages that the kernel joined are
   * told apart again here. {@link recv} and {@link recvfrom} do not do that: they give joined messages as one.
   *
   * @returns at least one message; valid until the next call in bulk on this socket
   * @throws SocketError, as in ECONNREFUSED of a connected socket, EOPNOTSUPP of a stream or sequenced packets;
   * RangeError for `max` not in 1 to 1024 and more memory than 2 GiB
   */
  recvBatch(options?: BatchOptions): Promise<ReceivedBatch> {
    return (this.#batchReceiver ??= new BatchReceiver(this.descriptor)).receive(options)
  }

  /** {@link recvBatch} without waiting: undefined where nothing is there. */
  tryRecvBatch(options?: TryBatchOptions): ReceivedBatch | undefined {
    return (this.#batchReceiver ??= new BatchReceiver(this.descriptor)).tryReceive(options)
  }

  #batchSender: BatchSender | undefined

  /**
   * Sends many messages in order: sendmmsg(2). Those of UDP in a row with one destination and one size go through the
   * kernel as one (udp(7), UDP_SEGMENT), where it can do that. Waits where a buffer or queue is full, never drops.
   *
   * Not abort-safe: what was sent by then stays sent, and the error tells how many messages that is.
   *
   * @param messages a batch that was received goes back to its senders without being copied; it is not filled again until
   * the call has ended. Data of a list must not be changed until then.
   * @returns messages sent: all of them, or fewer with MSG_DONTWAIT
   * @throws BatchError for the message at index `messagesSent`, as in EMSGSIZE, EHOSTUNREACH, ECONNREFUSED; TypeError or
   * RangeError for a message or address that cannot be one: then none was sent
   */
  sendBatch(messages: readonly OutgoingMessage[] | MessageBatch, options?: CallOptions): Promise<number> {
    return (this.#batchSender ??= new BatchSender(this.descriptor)).send(messages, options)
  }

  /** {@link sendBatch} without waiting: messages sent, undefined where the kernel takes none. */
  trySendBatch(
    messages: readonly OutgoingMessage[] | MessageBatch,
    options?: TryOptions,
  ): number | undefined {
    return (this.#batchSender ??= new BatchSender(this.descriptor)).trySend(messages, options)
  }

  /**
   * Receives one message with its sender and its control messages: recvmsg(2). A number of bytes gives them back, buffers
   * are filled one after the other and give how many bytes of them were filled. Abort-safe. MSG_WAITALL does nothing here,
   * as on every non-blocking descriptor; MSG_CMSG_CLOEXEC is always set.
   *
   * With MSG_ERRQUEUE it waits for the error queue (IP_RECVERR of ip(7)) in a line of its own: the message is the datagram
   * that failed, its address where it was to go, and why stands in its control. The error is then not told to the next
   * other call any more.
   *
   * Descriptors that a peer sends are open files of this process from then on, and closed by disposing of the message
   * unless they are taken; where none are wanted, `control: 0` lets the kernel close them.
   *
   * @returns null at the end of a stream or of sequenced packets
   * @throws SocketError, as in ECONNRESET, ECONNREFUSED; EMSGSIZE for more than 1024 buffers, of which a stream fills the
   * first 1024; RangeError for a length or `control` out of range
   */
  recvmsg(into: number, options?: CallOptions & ReceiveControl): Promise<Message | null>
  recvmsg(
    into: readonly Uint8Array[],
    options?: CallOptions & ReceiveControl,
  ): Promise<Message<number> | null>
  recvmsg(
    into: number | readonly Uint8Array[],
    options?: CallOptions & ReceiveControl,
  ): Promise<Message<Uint8Array | number> | null> {
    return recvmsg(this.descriptor, into, options)
  }

  /** {@link recvmsg} without waiting: undefined where nothing is there. */
  tryRecvmsg(into: number, options?: TryOptions & ReceiveControl): Message | null | undefined
  tryRecvmsg(
    into: readonly Uint8Array[],
    options?: TryOptions & ReceiveControl,
  ): Message<number> | null | undefined
  tryRecvmsg(
    into: number | readonly Uint8Array[],
    options?: TryOptions & ReceiveControl,
  ): Message<Uint8Array | number> | null | undefined {
    return tryRecvmsg(this.descriptor, into, options)
  }

  /**
   * Sends buffers as one message, or what the kernel takes of them on a stream, with control messages: sendmsg(2).
   * Abort-safe. Control messages go with the first byte: after a partial send the rest goes without them.
   *
   * @param data bytes, not to be changed until the call has ended, with MSG_ZEROCOPY until the error queue says so; text is
   * sent as UTF-8
   * @returns bytes taken
   * @throws SocketError, as in EPERM for credentials that are not the sender's, EINVAL for more than 253 descriptors; EBADF
   * for one that is closed; EMSGSIZE for more than 1024 buffers that are not empty, of which a stream takes the first 1024;
   * RangeError for control messages on a stream without a byte of data, which the kernel would drop
   */
  sendmsg(
    data: Uint8Array | string | readonly Uint8Array[],
    options?: CallOptions & SendControl,
  ): Promise<number> {
    return sendmsg(this.descriptor, data, options)
  }

  /** {@link sendmsg} without waiting: undefined where the kernel takes nothing. */
  trySendmsg(
    data: Uint8Array | string | readonly Uint8Array[],
    options?: TryOptions & SendControl,
  ): number | undefined {
    return trySendmsg(this.descriptor, data, options)
  }

  /**
   * Resolves when a receiving call, or accept, would not wait: poll(2). Takes nothing; in line with those calls. Abort-safe.
   *
   * @throws SocketError with ERR_SOCKET_CLOSED, ABORT_ERR or ERR_SOCKET_TIMEOUT
   */
  waitReadable(options?: WaitOptions): Promise<void> {
    return waitReady(this.descriptor, 'read', options)
  }

  /**
   * Resolves when a sending call would not wait, as after {@link trySend} gave undefined: poll(2). Abort-safe.
   *
   * @throws SocketError as {@link waitReadable} does
   */
  waitWritable(options?: WaitOptions): Promise<void> {
    return waitReady(this.descriptor, 'write', options)
  }

  /**
   * Resolves when every send that was called before has ended, however it ended. Portolan's own: it makes no system call.
   * Abort-safe.
   *
   * @throws SocketError with ERR_SOCKET_CLOSED, ABORT_ERR or ERR_SOCKET_TIMEOUT
   */
  async drain(options: WaitOptions = NO_OPTIONS): Promise<void> {
    const run = this.descriptor.writes.run(() => 0, options)
    this.descriptor.settle(typeof run === 'number' ? run : await run, 'send', options)
  }

  /**
   * Sends a file, from page to page in the kernel: sendfile(2). Waits where the peer is slow; two calls at once, or one
   * and `sendAll`, do not mix. The file is read in this thread: one that is not in memory yet makes it wait for the disk.
   *
   * Not abort-safe: an error tells in `bytesSent` how much had been taken. The file must stay open until the call ends.
   *
   * @param file the number of an open file that can be mapped into memory, or what has a number, as a FileHandle
   * @returns bytes sent: up to `count`, fewer where the file ends before, 0 of an empty one
   * @throws SocketError, as in EPIPE, EINVAL for a pipe, a socket or a directory, EBADF for a file that is closed or
   * not open for reading; RangeError for a socket that is no stream and for an offset or count that is none
   */
  sendfile(file: number | OpenFile, options?: SendfileOptions): Promise<number> {
    return sendfile(this.descriptor, file, options)
  }

  /**
   * A second, independent socket on the same connection or port: fcntl(2), F_DUPFD_CLOEXEC. Each is closed by itself,
   * and the peer sees the end when both are. Data goes to the one that asks first; options and shutdown are of both.
   *
   * @throws SocketError, as in EMFILE
   */
  dup(): Socket {
    const { family, type, protocol, remote } = this.descriptor
    const fd = this.descriptor.settle(duplicateDescriptor(this.descriptor.opened('dup')), 'dup')
    return new Socket(fd, family, type, protocol, remote, 'dup')
  }
}
