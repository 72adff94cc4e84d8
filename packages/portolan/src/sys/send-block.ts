/**
 * Messages on their way into sendmmsg(2). Those in a row that have one destination and one size become one long message
 * that the kernel cuts again (udp(7), UDP_SEGMENT): most of what a datagram costs is then paid once for all of them.
 */
import { SOL_UDP } from './constants.ts'
import { UDP_SEGMENT } from './constants-udp.ts'
import { libc } from './libc.ts'
import {
  CMSG_DATA,
  CMSG_LEVEL,
  CMSG_TYPE,
  CONTROL,
  CONTROL_LENGTH,
  HEADER_WORDS,
  IOVEC_SIZE,
  MessageBlock,
  MMSGHDR_SIZE,
  MOST_MESSAGES,
  NAME,
  NAME_LENGTH,
  VECTOR,
  VECTOR_COUNT,
  VECTOR_LENGTH,
  VECTOR_WORDS,
} from './message-block.ts'
import { SOCKADDR_STORAGE_SIZE } from './sockaddr.ts'
import { UDP_LARGEST } from './udp-offload.ts'

/** CMSG_LEN and CMSG_SPACE of the 16 bits of UDP_SEGMENT (cmsg(3)). */
const SEGMENT_LENGTH = CMSG_DATA + 2
const SEGMENT_SPACE = CMSG_DATA + 8

/** Bytes copied for one call: four of the longest messages, few enough to stay in the processor's cache. */
const DATA_ROOM = 262_144

const VECTORS = MOST_MESSAGES * MMSGHDR_SIZE
const NAMES = VECTORS + MOST_MESSAGES * IOVEC_SIZE
const CONTROLS = NAMES + MOST_MESSAGES * SOCKADDR_STORAGE_SIZE
const DATA = CONTROLS + MOST_MESSAGES * SEGMENT_SPACE

/** How messages may be joined. */
export interface JoinLimits {
  /** Messages in one; 1 joins none. */
  readonly segments: number
  /** Bytes of the longest message that may be joined with others. */
  readonly segmentSize: number
}

export const NEVER_JOIN: JoinLimits = { segments: 1, segmentSize: 0 }

export class SendBlock {
  readonly #block = new MessageBlock(DATA + DATA_ROOM)
  /** Messages in each header */
  readonly #runs = new Int32Array(MOST_MESSAGES)
  #limits = NEVER_JOIN
  #headers = 0
  #vectors = 0
  #names = 0
  #copied = 0
  // The run that the next message may join: the last header.
  #segment = 0
  #length = 0
  #open = false
  /** Where its last vector ends */
  #end = -1

  constructor() {
    const block = this.#block
    for (let header = 0; header < MOST_MESSAGES; header++) {
      const control = CONTROLS + header * SEGMENT_SPACE
      block.view.setUint32(control, SEGMENT_LENGTH, true)
      block.view.setInt32(control + CMSG_LEVEL, SOL_UDP, true)
      block.view.setInt32(control + CMSG_TYPE, UDP_SEGMENT, true)
    }
  }

  /** Forgets everything: the next {@link add} is the first message. */
  begin(limits: JoinLimits): void {
    this.#limits = limits
    this.#headers = this.#vectors = this.#names = this.#copied = 0
  }

  /** Copies a message. @returns its address; -1 where there is no room for it before the next {@link begin} */
  copy(bytes: Uint8Array): number {
    const at = this.#copied
    if (at + bytes.length > DATA_ROOM) return -1
    this.#block.bytes.set(bytes, DATA + at)
    this.#copied = at + bytes.length
    return this.#block.address + DATA + at
  }

  /** True when no further message can be added before the next {@link begin}. */
  get full(): boolean {
    return this.#vectors === MOST_MESSAGES
  }

  /** Copies a struct sockaddr, for the next message: at most one for each. @returns its address */
  name(bytes: Uint8Array): number {
    const at = NAMES + this.#names++ * SOCKADDR_STORAGE_SIZE
    this.#block.bytes.set(bytes, at)
    return this.#block.address + at
  }

  /**
   * Appends a message, unless {@link full}. What it points to must stay where it is until it has been sent.
   *
   * @param sameName true where its destination is that of the message before
   */
  add(address: number, length: number, name: number, nameLength: number, sameName: boolean): void {
    if (this.#open && sameName && this.#joins(length)) {
      this.#join(address, length)
      return
    }
    const { words } = this.#block
    const header = this.#headers * HEADER_WORDS
    this.#block.point(header + NAME, name)
    words[header + NAME_LENGTH] = nameLength
    this.#block.point(header + VECTOR, this.#block.address + VECTORS + this.#vectors * IOVEC_SIZE)
    words[header + VECTOR_COUNT] = 1
    this.#block.point(header + CONTROL, 0)
    words[header + CONTROL_LENGTH] = 0
    this.#appendVector(address, length)
    this.#runs[this.#headers++] = 1
    this.#segment = this.#length = length
    this.#open = length > 0 && length <= this.#limits.segmentSize && this.#limits.segments > 1
  }

  /** Whether the kernel would cut a message of this length off the run again: all but the last must have one size. */
  #joins(length: number): boolean {
    return length > 0 && length <= this.#segment && this.#length + length <= UDP_LARGEST
  }

  #join(address: number, length: number): void {
    const { words } = this.#block
    const run = this.#headers - 1
    const header = run * HEADER_WORDS
    const messages = (this.#runs[run] ?? 0) + 1
    this.#runs[run] = messages
    if (messages === 2) this.#cutInto(header, run)
    if (address === this.#end) {
      const vector = (VECTORS + (this.#vectors - 1) * IOVEC_SIZE) / 4 + VECTOR_LENGTH
      words[vector] = (words[vector] ?? 0) + length
      this.#end += length
    } else {
      this.#appendVector(address, length)
      words[header + VECTOR_COUNT] = (words[header + VECTOR_COUNT] ?? 0) + 1
    }
    this.#length += length
    this.#open = length === this.#segment && messages < this.#limits.segments
  }

  #cutInto(header: number, run: number): void {
    const control = CONTROLS + run * SEGMENT_SPACE
    this.#block.point(header + CONTROL, this.#block.address + control)
    this.#block.words[header + CONTROL_LENGTH] = SEGMENT_SPACE
    this.#block.view.setUint16(control + CMSG_DATA, this.#segment, true)
  }

  #appendVector(address: number, length: number): void {
    const vector = VECTORS / 4 + this.#vectors++ * VECTOR_WORDS
    this.#block.point(vector, address)
    this.#block.words[vector + VECTOR_LENGTH] = length
    this.#end = address + length
  }

  /** @returns headers sent, at least one, or the negative error number of the first one */
  send(fd: number, flags: number): number {
    return libc.sendmmsg(fd, this.#block.bytes, this.#headers, flags)
  }

  /** Messages in the first so many headers. */
  messages(headers: number): number {
    let sum = 0
    for (let header = 0; header < headers; header++) sum += this.#runs[header] ?? 0
    return sum
  }

  /** Messages in the first header. */
  get firstRun(): number {
    return this.#runs[0] ?? 0
  }

  /** Bytes of each of them but the last. */
  get firstSize(): number {
    return this.#block.view.getUint16(CONTROLS + CMSG_DATA, true)
  }
}
