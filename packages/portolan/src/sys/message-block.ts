/**
 * Memory of recvmmsg(2) and sendmmsg(2): an array of struct mmsghdr, and behind it whatever those point to. Made once and
 * used for every call, so that a message costs no allocation.
 *
 * The memory is an ArrayBuffer and not mapped by hand, because callers get views into it: one that is kept too long may
 * show the wrong bytes, but must never point to memory that is gone.
 */
import koffi from 'koffi'

/** sizeof(struct mmsghdr): a struct msghdr of 56 bytes, msg_len and padding; the same on x64 and arm64. */
export const MMSGHDR_SIZE = 64
/** sizeof(struct iovec): address, then length */
export const IOVEC_SIZE = 16

// Offsets in words of 32 bits. The high words of lengths stay 0.
export const HEADER_WORDS = MMSGHDR_SIZE / 4
export const NAME = 0
export const NAME_LENGTH = 2
export const VECTOR = 4
export const VECTOR_COUNT = 6
export const CONTROL = 8
export const CONTROL_LENGTH = 10
export const FLAGS = 12
/** Bytes received or sent; with MSG_TRUNC the true size of the message. */
export const LENGTH = 14

export const VECTOR_WORDS = IOVEC_SIZE / 4
export const VECTOR_LENGTH = 2

/** struct cmsghdr: length, level, type; then the data (cmsg(3)) */
export const CMSG_LEVEL = 8
export const CMSG_TYPE = 12
export const CMSG_DATA = 16

/** UIO_MAXIOV of linux/uio.h: what one call takes, of messages as of vectors. */
export const MOST_MESSAGES = 1024

const WORD = 0x1_0000_0000

export class MessageBlock {
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly view: DataView
  /** Address of the first byte. Addresses of user space end far below 2^53. */
  readonly address: number

  /** @param length bytes; the headers stand at the beginning */
  constructor(length: number) {
    // Memory of this size is mapped by the page as it is touched, so room that no message needs costs nothing.
    const buffer = new ArrayBuffer(length)
    this.bytes = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer, 0, Math.floor(length / 4))
    this.view = new DataView(buffer)
    this.address = addressOf(this.bytes)
  }

  /** False once somebody has transferred the memory to another thread or owner: then it must not be used. */
  get usable(): boolean {
    return this.bytes.byteLength > 0
  }

  /** Writes a pointer at a word. */
  point(word: number, address: number): void {
    this.words[word] = address % WORD
    this.words[word + 1] = address / WORD
  }
}

/** Where bytes stand. Those of at most 64 bytes may be moved by the collector, longer ones never. */
export function addressOf(bytes: Uint8Array): number {
  return Number(koffi.address(bytes))
}
