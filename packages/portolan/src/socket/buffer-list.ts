/** The memory of one recvmsg or sendmsg: scattered or gathered, as one run of bytes. */
import { IOV_MAX, type MessageHeader } from '../sys/msghdr.ts'

export class BufferList {
  /** Bytes of all buffers that one call takes. */
  readonly length: number
  /** False where the message has more buffers than a call takes, so that a part would be another message. */
  readonly whole: boolean
  readonly #buffers: readonly Uint8Array[]

  /**
   * @param divisible whether a call may take the first buffers and leave the rest to the next one, as on a stream
   * @throws TypeError for what is no bytes: it would be read as memory or as nothing at all
   */
  constructor(buffers: readonly Uint8Array[], what: string, divisible: boolean) {
    if (!Array.isArray(buffers)) throw new TypeError(`${what} must be an array of Uint8Array`)
    const filled = buffers.filter((buffer: Uint8Array) => {
      if (!ArrayBuffer.isView(buffer)) throw new TypeError(`${what} holds ${typeof buffer}, not a Uint8Array`)
      // Empty ones add nothing but would count towards the limit.
      return buffer.byteLength > 0
    })
    this.whole = filled.length <= IOV_MAX
    this.#buffers = this.whole || !divisible ? filled : filled.slice(0, IOV_MAX)
    this.whole ||= divisible
    this.length = this.#buffers.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  /** @throws TypeError when the caller transferred or resized a buffer meanwhile */
  putInto(header: MessageHeader): void {
    if (header.vectors(this.#buffers) !== this.length)
      throw new TypeError('A buffer was transferred or resized while the call waited')
  }
}
