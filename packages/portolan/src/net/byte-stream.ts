/** What framers and adapters need of a connection: {@link Connection} is one. */
import type { Deadline, Direction, WaitOptions } from '../socket/call-options.ts'
import type { Socket } from '../socket/socket.ts'
import type { SocketAddress } from '../sys/socket-address.ts'

/** A stream of bytes each way. Portolan's own; {@link Connection} says in full what each member does. */
export interface ByteStream {
  /** Own address; undefined where there is none, or it was not asked for before the close. */
  readonly localAddress: SocketAddress | undefined
  readonly remoteAddress: SocketAddress | undefined
  /** The socket below, where there is one of Portolan's. */
  readonly socket: Socket | undefined
  /** True from {@link close} or {@link reset} on. */
  readonly closed: boolean
  /** What is there, 64 KiB at most, waiting until something is; null at the end of the stream. Abort-safe. */
  read(options?: WaitOptions): Promise<Uint8Array | null>
  /** The same into the caller's memory: how many bytes. Abort-safe. */
  read(into: Uint8Array, options?: WaitOptions): Promise<number | null>
  /** Hands on all of it, several pieces as if they were one; writes at the same time do not mix. Not abort-safe. */
  write(data: Uint8Array | string | readonly Uint8Array[], options?: WaitOptions): Promise<void>
  /** Ends the own direction after what was written before; the other stays open. */
  closeWrite(): Promise<void>
  /** Closes both directions; what waits ends with ERR_SOCKET_CLOSED. */
  close(): Promise<void>
  /** Closes so that the peer sees ECONNRESET, where the kind of stream has such a thing. */
  reset(): void
  /** Ends calls of a direction at a point in time with ERR_SOCKET_TIMEOUT: milliseconds from now, a date, or null. */
  setDeadline(deadline: Deadline, direction?: Direction): void
}
