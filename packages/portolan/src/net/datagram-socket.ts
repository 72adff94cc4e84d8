/** A socket for datagrams, by the message or in bulk. */
import type { BatchOptions, MessageBatch, OutgoingMessage, ReceivedBatch } from '../socket/batch.ts'
import type { WaitOptions } from '../socket/call-options.ts'
import type { Datagram } from '../socket/receiving.ts'
import type { Socket } from '../socket/socket.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import { inFamily, isLiteral, lookUp } from './datagram-names.ts'

/** Messages taken out of the kernel at once where they are wanted one by one. */
const AHEAD = 32

/** How many messages a batch may have and how long they may be; see {@link BatchOptions}. */
export type BatchesOptions = Pick<BatchOptions, 'max' | 'size' | 'signal'>

/**
 * Sends and receives datagrams. Made by `datagram`. Portolan's own; Berkeley's calls are those of {@link socket}.
 *
 * Iterating gives messages as they come and ends when the socket is closed here; leaving the loop early loses nothing and
 * leaves the socket open. An error, such as ECONNREFUSED of a connected socket, is thrown into the loop; the socket goes
 * on working and can be iterated again. Several loops share the messages between them.
 */
export class DatagramSocket implements AsyncDisposable, AsyncIterable<Datagram> {
  /**
   * The socket below, for its options: multicast, TTL and the like. Receive from it by `recvBatch` only, since others
   * give messages that the kernel joined (UDP_GRO) as one.
   */
  readonly socket: Socket
  readonly localAddress: SocketAddress
  /** The peer of a connected socket. */
  readonly remoteAddress: SocketAddress | undefined
  readonly #afterClose: (() => void) | undefined
  readonly #signal: AbortSignal | undefined

  /** @param afterClose done once, when the socket has been closed */
  constructor(
    socket: Socket,
    remoteAddress: SocketAddress | undefined,
    afterClose: (() => void) | undefined,
    signal: AbortSignal | undefined,
  ) {
    this.socket = socket
    this.localAddress = socket.getsockname()
    this.remoteAddress = remoteAddress
    this.#afterClose = afterClose
    this.#signal = signal
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  get closed(): boolean {
    return this.socket.closed
  }

  /**
   * The next message, its data a copy of its own. Abort-safe.
   *
   * @throws SocketError, as in ECONNREFUSED of a connected socket
   */
  async receive(options: WaitOptions = {}): Promise<Datagram> {
    const { signal, timeout } = options
    const batch = await this.socket.recvBatch({ max: 1, ahead: AHEAD, copy: true, signal, timeout })
    return {
      data: batch.data(0),
      address: batch.address(0),
      truncated: batch.truncated(0),
      size: batch.size(0),
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Datagram, undefined> {
    for (;;) {
      let message: Datagram
      try {
        message = await this.receive()
      } catch (error) {
        if (this.#isEnd(error)) return undefined
        throw error
      }
      yield message
    }
  }

  /**
   * Messages in bulk, without a copy or an allocation for each: a batch is valid until the next one is asked for. Ends as
   * iterating the socket does; one loop at a time. Abort-safe: what the loop was not given is there for the next call.
   *
   * @throws SocketError in the loop, as {@link receive}, and ABORT_ERR
   */
  async *batches(options: BatchesOptions = {}): AsyncGenerator<ReceivedBatch, undefined> {
    for (;;) {
      let batch: ReceivedBatch
      try {
        batch = await this.socket.recvBatch(options)
      } catch (error) {
        if (this.#isEnd(error)) return undefined
        throw error
      }
      yield batch
    }
  }

  #isEnd(error: unknown): boolean {
    return this.closed && error instanceof SocketError && error.code === 'ERR_SOCKET_CLOSED'
  }

  /**
   * Sends one message; an empty one too. Waits where a buffer or queue is full, never drops; what a network drops nobody
   * tells. Abort-safe.
   *
   * @param data bytes, not to be changed until the call has ended; text is sent as UTF-8
   * @param address left out, the peer of a connected socket. A name as its host is looked up each time, and the first
   * address it has is used; the time counts.
   * @throws SocketError, as in EMSGSIZE, EDESTADDRREQ, EACCES (broadcast), ECONNREFUSED; EAI_NONAME
   */
  async send(data: Uint8Array | string, address?: SocketAddress, options: WaitOptions = {}): Promise<void> {
    if (address === undefined || !('host' in address) || isLiteral(address.host)) {
      await this.sendBatch([{ data, address }], options)
      return
    }
    const began = performance.now()
    const { signal, timeout } = options
    const [first] = await lookUp(address.host, address.port, this.socket.family, options)
    const left = timeout === undefined ? undefined : timeout - (performance.now() - began)
    await this.sendBatch([{ data, address: first ?? address }], { signal, timeout: left })
  }

  /**
   * Sends many messages in order: see {@link Socket.sendBatch}. A batch that was received goes back to its senders.
   * Not abort-safe: what was sent by then stays sent.
   *
   * @param messages their hosts must be numeric
   * @returns messages sent, all of them
   * @throws BatchError, which tells in `messagesSent` how many were sent
   */
  sendBatch(messages: readonly OutgoingMessage[] | MessageBatch, options: WaitOptions = {}): Promise<number> {
    return this.socket.sendBatch('data' in messages ? messages : this.#inFamily(messages), options)
  }

  /** The list itself where it needs no change. */
  #inFamily(messages: readonly OutgoingMessage[]): readonly OutgoingMessage[] {
    const { family } = this.socket
    const fits = ({ address }: OutgoingMessage): boolean =>
      address === undefined || inFamily(address, family) === address
    if (messages.every(fits)) return messages
    return messages.map(({ data, address }) => ({ data, address: address && inFamily(address, family) }))
  }

  /**
   * Closes; what waits ends, loops end quietly. A second time does nothing. Resolves when the descriptor is free.
   *
   * @throws Error of unlink(2) where the file of a UNIX path cannot be removed; the socket is closed then too
   */
  async close(): Promise<void> {
    if (this.socket.closed) return
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.socket.close()
    this.#afterClose?.()
  }

  readonly #onAbort = (): void => {
    // Nobody waits for this closing: a path that could not be removed is told as a warning.
    this.close().catch((error: Error) => process.emitWarning(error))
  };

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
