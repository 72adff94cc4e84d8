/** What `sendBatch` is given, in the form in which it goes into a {@link SendBlock}. */
import { AddressError } from '../sys/address-error.ts'
import { addressOf } from '../sys/message-block.ts'
import type { SendBlock } from '../sys/send-block.ts'
import type { SockaddrEncoder } from '../sys/sockaddr-cache.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { BlockBatch, type MessageBatch, type OutgoingMessage } from './batch.ts'

/** Messages to send, in order. */
export interface OutgoingMessages {
  readonly length: number
  /** Adds messages from `first` on, as many as there is room for, at least one. */
  fill(block: SendBlock, first: number): void
  address(index: number): SocketAddress | undefined
  /** Keeps the memory of the messages as it is, until {@link release}. */
  hold(): void
  release(): void
}

/**
 * @throws TypeError, RangeError for a message that cannot be one, or an address that the family cannot hold: all are
 * looked at before any is sent
 */
export function outgoing(
  messages: readonly OutgoingMessage[] | MessageBatch,
  encoder: SockaddrEncoder,
): OutgoingMessages {
  if (messages instanceof BlockBatch) return new ReceivedMessages(messages)
  const listed = new ListedMessages()
  let index = 0
  try {
    if (isBatch(messages))
      for (; index < messages.length; index++)
        listed.add(messages.data(index), messages.address(index), encoder)
    else
      for (const { data, address } of messages) {
        listed.add(data, address, encoder)
        index++
      }
  } catch (error) {
    if (error instanceof AddressError)
      throw new AddressError(error.code, `Message ${index}: ${error.message}`, { cause: error })
    if (error instanceof RangeError)
      throw new RangeError(`Message ${index}: ${error.message}`, { cause: error })
    if (error instanceof TypeError)
      throw new TypeError(`Message ${index}: ${error.message}`, { cause: error })
    throw error
  }
  return listed
}

function isBatch(messages: readonly OutgoingMessage[] | MessageBatch): messages is MessageBatch {
  return 'data' in messages
}

/** Longer messages are sent from where they stand: finding out where that is costs as much as copying so many bytes. */
const LONGEST_COPY = 4096

const textEncoder = new TextEncoder()

/** Messages of the caller, each in memory of its own. */
class ListedMessages implements OutgoingMessages {
  readonly #data: Uint8Array[] = []
  readonly #lengths: number[] = []
  readonly #addresses: (SocketAddress | undefined)[] = []
  /** Equal addresses have one and the same name. */
  readonly #names: (Uint8Array | undefined)[] = []

  get length(): number {
    return this.#data.length
  }

  add(data: Uint8Array | string, address: SocketAddress | undefined, encoder: SockaddrEncoder): void {
    const last = this.#addresses.length - 1
    const name =
      address === undefined
        ? undefined
        : last >= 0 && this.#addresses[last] === address
          ? this.#names[last]
          : encoder.encode(address)
    const bytes = bytesOf(data)
    this.#data.push(bytes)
    this.#lengths.push(bytes.length)
    this.#addresses.push(address)
    this.#names.push(name)
  }

  fill(block: SendBlock, first: number): void {
    let before: Uint8Array | undefined
    let at = 0
    for (let index = first; index < this.#data.length && !block.full; index++) {
      const bytes = this.#data[index]
      if (bytes === undefined) return
      if (bytes.length !== this.#lengths[index])
        throw new TypeError(`Message ${index} was transferred or resized while it was being sent`)
      const address = bytes.length > LONGEST_COPY ? addressOf(bytes) : block.copy(bytes)
      if (address < 0) return
      const name = this.#names[index]
      const same = index > first && name === before
      if (!same) at = name === undefined ? 0 : block.name(name)
      block.add(address, bytes.length, at, name?.length ?? 0, same)
      before = name
    }
  }

  address(index: number): SocketAddress | undefined {
    return this.#addresses[index]
  }

  hold(): void {}

  release(): void {}
}

function bytesOf(data: Uint8Array | string): Uint8Array {
  if (typeof data === 'string') return textEncoder.encode(data)
  if (data instanceof Uint8Array) return data
  // Anything else would be read as memory or as nothing at all.
  if (!ArrayBuffer.isView(data))
    throw new TypeError(`data must be a Uint8Array or a string, not ${typeof data}`)
  const view: ArrayBufferView = data
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

/** Longest name of an address that says nothing but its family: a UNIX socket without a name (unix(7)). */
const FAMILY_ALONE = 2

/** Messages that were received, sent from where they were received to. */
class ReceivedMessages implements OutgoingMessages {
  readonly #batch: BlockBatch
  readonly #first: number
  readonly length: number

  constructor(batch: BlockBatch) {
    this.#batch = batch
    this.length = batch.length
    this.#first = batch.length === 0 ? 0 : batch.inBlock(0)
  }

  fill(block: SendBlock, first: number): void {
    const batch = this.#batch
    const from = batch.block
    if (!from.usable) throw new TypeError('The memory of the batch was transferred while it was being sent')
    for (let index = first; index < this.length && !block.full; index++) {
      const message = this.#first + index
      const length = batch.lengthInBlock(message)
      const nameLength = from.nameLength(message)
      const same = index > first && from.sameName(message, message - 1)
      block.add(
        from.addressAt(from.start(message)),
        length,
        from.addressAt(from.nameStart(message)),
        nameLength > FAMILY_ALONE ? nameLength : 0,
        same,
      )
    }
  }

  address(index: number): SocketAddress | undefined {
    return this.#batch.address(index)
  }

  hold(): void {
    this.#batch.block.borrowed++
  }

  release(): void {
    this.#batch.block.borrowed--
  }
}
