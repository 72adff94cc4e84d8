/** Messages received by recvmmsg(2), up to so many in one call, each into a slot of its own. */
import { AF_INET, AF_INET6, SOL_UDP } from './constants.ts'
import { UDP_GRO } from './constants-udp.ts'
import { libc } from './libc.ts'
import {
  CMSG_DATA,
  CMSG_LEVEL,
  CMSG_TYPE,
  CONTROL,
  CONTROL_LENGTH,
  HEADER_WORDS,
  IOVEC_SIZE,
  LENGTH,
  MessageBlock,
  MMSGHDR_SIZE,
  NAME,
  NAME_LENGTH,
  VECTOR,
  VECTOR_COUNT,
  VECTOR_LENGTH,
  VECTOR_WORDS,
} from './message-block.ts'
import { SOCKADDR_STORAGE_SIZE } from './sockaddr.ts'

/** Room for UDP_GRO behind what else a program may have switched on: time stamps, packet info, mark, drop counter. */
const CONTROL_ROOM = 256

const CACHE_LINE = 64

/** Largest block: offsets into it are kept in 32 bits. */
const LARGEST = 0x7fffffff

export class ReceiveBlock {
  readonly slots: number
  /** Bytes of one slot */
  readonly room: number
  /** How many still need what is in it: while that is not 0 it must not be filled again. */
  borrowed = 0
  readonly #block: MessageBlock
  readonly #names: number
  readonly #control: number
  readonly #data: number
  readonly #stride: number
  /** 0 where control messages are not asked for */
  readonly #controlRoom: number
  #used = 0
  #count = 0
  #slotOf: Int32Array
  #startOf: Int32Array
  #sizeOf: Int32Array

  /**
   * @param family an AF_UNIX peer may send descriptors along; where no control message is asked for, the kernel closes
   * them (unix(7), SCM_RIGHTS) and none can leak
   * @throws RangeError for more memory than a block may have
   */
  constructor(family: number, slots: number, room: number) {
    this.slots = slots
    this.room = room
    this.#controlRoom = family === AF_INET || family === AF_INET6 ? CONTROL_ROOM : 0
    const vectors = slots * MMSGHDR_SIZE
    this.#names = vectors + slots * IOVEC_SIZE
    this.#control = this.#names + slots * SOCKADDR_STORAGE_SIZE
    this.#data = this.#control + slots * this.#controlRoom
    // An odd number of cache lines, so that the first bytes of all slots do not compete for the same set of the cache.
    this.#stride = (Math.ceil(room / CACHE_LINE) | 1) * CACHE_LINE
    const length = this.#data + slots * this.#stride
    if (length > LARGEST)
      throw new RangeError(
        `${slots} messages of ${room} bytes need ${length} bytes of memory, more than ${LARGEST}: ask for fewer or shorter ones`,
      )
    this.#block = new MessageBlock(length)
    this.#slotOf = new Int32Array(slots)
    this.#startOf = new Int32Array(slots)
    this.#sizeOf = new Int32Array(slots)
    for (let slot = 0; slot < slots; slot++) this.#prepare(slot, vectors / 4 + slot * VECTOR_WORDS)
  }

  #prepare(slot: number, vector: number): void {
    const block = this.#block
    const header = slot * HEADER_WORDS
    block.point(header + NAME, block.address + this.#names + slot * SOCKADDR_STORAGE_SIZE)
    block.point(header + VECTOR, block.address + vector * 4)
    block.words[header + VECTOR_COUNT] = 1
    if (this.#controlRoom > 0)
      block.point(header + CONTROL, block.address + this.#control + slot * this.#controlRoom)
    block.point(vector, block.address + this.#data + slot * this.#stride)
    block.words[vector + VECTOR_LENGTH] = this.room
    this.#reset(slot)
  }

  /** What the kernel overwrites with what it found (recvmsg(2)). */
  #reset(slot: number): void {
    const { words } = this.#block
    words[slot * HEADER_WORDS + NAME_LENGTH] = SOCKADDR_STORAGE_SIZE
    words[slot * HEADER_WORDS + CONTROL_LENGTH] = this.#controlRoom
  }

  /** False once its memory has been transferred away: make another one. */
  get usable(): boolean {
    return this.#block.usable
  }

  /** Messages of the last {@link receive}, numbered from 0 in the order they came. */
  get count(): number {
    return this.#count
  }

  /** The memory the messages stand in. */
  get bytes(): Uint8Array {
    return this.#block.bytes
  }

  /**
   * Receives into slots, and finds the messages that the kernel joined into one (udp(7), UDP_GRO).
   *
   * @param flags with MSG_TRUNC sizes are true ones
   * @returns slots filled or the negative error number, which leaves nothing received
   */
  receive(fd: number, slots: number, flags: number): number {
    for (let slot = 0; slot < this.#used; slot++) this.#reset(slot)
    this.#used = this.#count = 0
    const filled = libc.recvmmsg(fd, this.#block.bytes, slots, flags)
    if (filled < 0) return filled
    this.#used = filled
    for (let slot = 0; slot < filled; slot++) this.#find(slot)
    return filled
  }

  #find(slot: number): void {
    const size = this.#block.words[slot * HEADER_WORDS + LENGTH] ?? 0
    const segment = this.#segmentSize(slot)
    let start = this.#data + slot * this.#stride
    if (segment <= 0 || size <= segment) {
      this.#add(slot, start, size)
      return
    }
    // The last one may be shorter (UDP_SEGMENT). What the slot had no room for is lost.
    for (let left = Math.min(size, this.room); left > 0; left -= segment, start += segment)
      this.#add(slot, start, Math.min(left, segment))
  }

  #add(slot: number, start: number, size: number): void {
    const index = this.#count
    if (index === this.#slotOf.length) this.#grow()
    this.#slotOf[index] = slot
    this.#startOf[index] = start
    this.#sizeOf[index] = size
    this.#count = index + 1
  }

  #grow(): void {
    this.#slotOf = doubled(this.#slotOf)
    this.#startOf = doubled(this.#startOf)
    this.#sizeOf = doubled(this.#sizeOf)
  }

  /** Size of the datagrams in one slot; 0 where it holds just one. */
  #segmentSize(slot: number): number {
    const length = this.#block.words[slot * HEADER_WORDS + CONTROL_LENGTH] ?? 0
    const { view } = this.#block
    const begin = this.#control + slot * this.#controlRoom
    for (let at = 0; at + CMSG_DATA < length;) {
      const own = view.getUint32(begin + at, true)
      if (
        view.getInt32(begin + at + CMSG_LEVEL, true) === SOL_UDP &&
        view.getInt32(begin + at + CMSG_TYPE, true) === UDP_GRO
      )
        return view.getInt32(begin + at + CMSG_DATA, true)
      if (own < CMSG_DATA) break
      // CMSG_ALIGN: to the size of a long
      at += (own + 7) & ~7
    }
    return 0
  }

  /** Offset of a message in {@link bytes}. */
  start(index: number): number {
    return this.#startOf[index] ?? 0
  }

  /** Its true size, which may be more than there was {@link room} for. */
  size(index: number): number {
    return this.#sizeOf[index] ?? 0
  }

  /** Offset of the sender's struct sockaddr in {@link bytes}. */
  nameStart(index: number): number {
    return this.#names + (this.#slotOf[index] ?? 0) * SOCKADDR_STORAGE_SIZE
  }

  nameLength(index: number): number {
    return this.#block.words[(this.#slotOf[index] ?? 0) * HEADER_WORDS + NAME_LENGTH] ?? 0
  }

  /** The address, in the process, of an offset. */
  addressAt(offset: number): number {
    return this.#block.address + offset
  }

  /** Whether two messages have the same sender, byte for byte. */
  sameName(one: number, other: number): boolean {
    if (this.#slotOf[one] === this.#slotOf[other]) return true
    const length = this.nameLength(one)
    if (length !== this.nameLength(other)) return false
    const { words, bytes } = this.#block
    const [a, b] = [this.nameStart(one), this.nameStart(other)]
    let i = 0
    for (; i + 4 <= length; i += 4) if (words[(a + i) / 4] !== words[(b + i) / 4]) return false
    for (; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false
    return true
  }
}

function doubled(numbers: Int32Array): Int32Array {
  const longer = new Int32Array(numbers.length * 2)
  longer.set(numbers)
  return longer
}
