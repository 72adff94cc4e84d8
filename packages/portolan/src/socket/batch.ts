/** Many messages at once: what is received together, and what is sent together. */
import type { ReceiveBlock } from '../sys/receive-block.ts'
import type { SockaddrDecoder } from '../sys/sockaddr-cache.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import type { CallOptions, TryOptions } from './call-options.ts'

/** A message to send. */
export interface OutgoingMessage {
  /** Bytes, not to be changed until the call has ended; text is sent as UTF-8. */
  readonly data: Uint8Array | string
  /** Where to; left out, the peer the socket is connected to. */
  readonly address?: SocketAddress | undefined
}

/** Messages and their addresses, numbered from 0. */
export interface MessageBatch {
  /** Number of messages. */
  readonly length: number
  data(index: number): Uint8Array
  /** The sender of what was received; the destination of what is sent. */
  address(index: number): SocketAddress | undefined
}

/**
 * Messages that were received together, in the order they came. Memory of the socket, which its next receiving call in
 * bulk fills again: copy what is to be kept (`slice()`), or have all copied ({@link BatchOptions}).
 *
 * Every method throws a RangeError for an index that the batch does not have.
 */
export interface ReceivedBatch extends MessageBatch {
  /**
   * The bytes of a message, cut to the length that was asked for. No copy: what is changed here is what `sendBatch` of
   * the batch sends. Its buffer must not be transferred, since other messages stand in it.
   */
  data(index: number): Uint8Array
  /** The sender, `{ path: '' }` for a UNIX socket without a name. Equal senders may be one frozen object. */
  address(index: number): SocketAddress | undefined
  /** True when the message was longer than asked for; the rest is lost (recv(2), MSG_TRUNC). */
  truncated(index: number): boolean
  /** Bytes of the message as it was sent. */
  size(index: number): number
}

/** How much to receive at once. */
interface BatchRoom {
  /**
   * Messages at most, 1 to 1024. For each, a UDP socket sets aside 64 KiB of addresses, of which only what messages fill
   * becomes memory.
   *
   * @default 64
   */
  readonly max?: number | undefined
  /**
   * Bytes of a message at most; longer ones are cut.
   *
   * @default 65536
   */
  readonly size?: number | undefined
  /**
   * Messages to take out of the kernel by one system call, `max` to 1024. Those that are too many are kept, for the next
   * calls in bulk only.
   *
   * @default `max`
   */
  readonly ahead?: number | undefined
  /**
   * Copies the messages, so that the batch stays as it is.
   *
   * @default false
   */
  readonly copy?: boolean | undefined
}

export interface BatchOptions extends CallOptions, BatchRoom {}

export interface TryBatchOptions extends TryOptions, BatchRoom {}

/** Messages that nobody else will write to. */
export class CopiedBatch implements ReceivedBatch {
  readonly length: number
  readonly #data: Uint8Array[] = []
  readonly #addresses: (SocketAddress | undefined)[] = []
  readonly #sizes: number[] = []

  constructor(from: ReceivedBatch) {
    this.length = from.length
    for (let index = 0; index < from.length; index++) {
      this.#data.push(from.data(index).slice())
      this.#addresses.push(from.address(index))
      this.#sizes.push(from.size(index))
    }
  }

  data(index: number): Uint8Array {
    return this.#data[index] ?? noSuch(this.length, index)
  }

  address(index: number): SocketAddress | undefined {
    if (index in this.#data) return this.#addresses[index]
    return noSuch(this.length, index)
  }

  truncated(index: number): boolean {
    return this.size(index) > this.data(index).length
  }

  size(index: number): number {
    return this.#sizes[index] ?? noSuch(this.length, index)
  }
}

function noSuch(length: number, index: number): never {
  throw new RangeError(`This batch has ${length} messages, numbered from 0; there is no ${index}`)
}

/** A part of a {@link ReceiveBlock} as callers see it. Made once a socket and shown something else with each call. */
export class BlockBatch implements ReceivedBatch {
  readonly block: ReceiveBlock
  readonly #buffer: Buffer
  readonly #addresses: SockaddrDecoder
  readonly #views: Uint8Array[] = []
  readonly #unnamed: SocketAddress | undefined
  #first = 0
  #length = 0
  #cut = 0

  /** @param unnamed the address of a sender that has none */
  constructor(block: ReceiveBlock, addresses: SockaddrDecoder, unnamed: SocketAddress | undefined) {
    this.block = block
    this.#buffer = Buffer.from(block.bytes.buffer)
    this.#addresses = addresses
    this.#unnamed = unnamed
  }

  /** Shows `length` messages of the block from `first` on, each cut to `cut` bytes. */
  show(first: number, length: number, cut: number): void {
    this.#first = first
    this.#length = length
    this.#cut = cut
  }

  get length(): number {
    return this.#length
  }

  /** Number in the block. */
  inBlock(index: number): number {
    if (!(index >= 0 && index < this.#length && Number.isInteger(index))) noSuch(this.#length, index)
    return this.#first + index
  }

  /** Bytes there are of a message of the block. */
  lengthInBlock(message: number): number {
    return Math.min(this.block.size(message), this.#cut)
  }

  data(index: number): Uint8Array {
    const message = this.inBlock(index)
    const start = this.block.start(message)
    const length = this.lengthInBlock(message)
    // Mostly a message is as long as the one that stood there before; so the view need not be made again.
    const known = this.#views[message]
    if (known?.byteOffset === start && known.length === length) return known
    const view = new Uint8Array(this.#buffer.buffer, start, length)
    this.#views[message] = view
    return view
  }

  address(index: number): SocketAddress | undefined {
    const message = this.inBlock(index)
    const length = this.block.nameLength(message)
    return this.#addresses.decode(this.#buffer, this.block.nameStart(message), length) ?? this.#unnamed
  }

  truncated(index: number): boolean {
    return this.size(index) > this.#cut
  }

  size(index: number): number {
    return this.block.size(this.inBlock(index))
  }
}
