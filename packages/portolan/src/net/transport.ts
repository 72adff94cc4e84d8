/**
 * What a {@link Connection} needs from below: a stream of bytes each way. TCP and UNIX sockets, in-process pipes, TLS
 * and node streams each bring one; everything else a connection can do is made from these few methods.
 */
import type { Deadline, Direction, WaitOptions } from '../socket/call-options.ts'
import type { Socket } from '../socket/socket.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import type { TlsSession } from './tls-session.ts'

export interface Transport {
  readonly localAddress: SocketAddress | undefined
  readonly remoteAddress: SocketAddress | undefined
  /** The socket below, where there is one of Portolan's. */
  readonly socket: Socket | undefined
  /** What a TLS handshake agreed on, where there was one. */
  readonly tls?: TlsSession | undefined
  /** False from {@link close} or {@link reset} on. */
  readonly open: boolean
  /** Called once when it closes, so that a listener can count; the listener alone sets it. */
  onClosed: (() => void) | undefined

  /**
   * Takes what is there, waiting until something is. Abort-safe: an aborted read has taken nothing. Reads at the same
   * time are served in the order they were made.
   *
   * @returns up to `length` bytes; null at the end of the stream
   */
  read(length: number, options?: WaitOptions): Promise<Uint8Array | null>

  /** {@link read} into the caller's memory. @returns bytes; null at the end of the stream. No room means 0 at once. */
  readInto(into: Uint8Array, options?: WaitOptions): Promise<number | null>

  /**
   * Hands on all of `data`, several pieces as if they were one; they must not change until then. Writes at the same time
   * do not mix. Not abort-safe: what was taken by then stays sent, and the error tells in `bytesSent` how much that is,
   * where it is known.
   */
  write(data: Uint8Array | readonly Uint8Array[], options?: WaitOptions): Promise<void>

  /** Ends the own direction after what was written before; the other stays open. A second time does nothing. */
  closeWrite(): Promise<void>

  /** Lets go of everything; what waits ends with ERR_SOCKET_CLOSED. Resolves when it has been given back. */
  close(): Promise<void>

  /** Closes so that the peer sees ECONNRESET, where the kind of stream has such a thing. */
  reset(): void

  setDeadline(deadline: Deadline, direction?: Direction): void
}
