/**
 * struct msghdr and the struct iovec it points to: recvmsg(2), sendmsg(2). Offsets are those of x64 and arm64; musl
 * declares shorter lengths with padding, which on a little-endian machine is the same.
 */
import koffi from 'koffi'
import { libc } from './libc.ts'
import { SOCKADDR_STORAGE_SIZE } from './sockaddr.ts'

/** sizeof(struct msghdr) */
export const MSGHDR_SIZE = 56
export const MSG_NAME = 0
export const MSG_NAMELEN = 8
export const MSG_IOV = 16
export const MSG_IOVLEN = 24
export const MSG_CONTROL = 32
export const MSG_CONTROLLEN = 40
export const MSG_FLAGS = 48
/** sizeof(struct iovec): iov_base, then iov_len. */
export const IOVEC_SIZE = 16

/** IOV_MAX: most buffers that one call takes (UIO_MAXIOV in linux/uio.h). */
export const IOV_MAX = 1024

/**
 * A message header to make calls with, one after the other. Each call fills it anew and what the kernel wrote stands in
 * it until the next: the members are to be read in the same turn.
 *
 * The addresses of buffers are taken one by one before the call, so they must stay where they are until its end. V8 moves
 * no array whose address was asked for (Node-API gives it a backing store outside the heap), nor is it collected or
 * transferred meanwhile: nothing else runs, and the header itself holds it.
 */
export class MessageHeader {
  /** Where a receiving call leaves the sender's address. */
  readonly name = new Uint8Array(SOCKADDR_STORAGE_SIZE)
  readonly #bytes = new Uint8Array(MSGHDR_SIZE)
  readonly #view = new DataView(this.#bytes.buffer)
  readonly #vectors = new BigUint64Array((IOV_MAX * IOVEC_SIZE) / BigUint64Array.BYTES_PER_ELEMENT)
  readonly #held: Uint8Array[] = []

  /**
   * Takes up to {@link IOV_MAX} buffers for the next call.
   *
   * @returns how many bytes they have together
   */
  vectors(buffers: readonly Uint8Array[]): number {
    if (buffers.length > IOV_MAX)
      throw new RangeError(`A call takes ${IOV_MAX} buffers, not ${buffers.length}`)
    this.#held.length = 0
    let total = 0
    let word = 0
    for (const buffer of buffers) {
      this.#held.push(buffer)
      this.#vectors[word++] = koffi.address(buffer)
      this.#vectors[word++] = BigInt(buffer.byteLength)
      total += buffer.byteLength
    }
    return total
  }

  /**
   * recvmsg(2) into the buffers taken.
   *
   * @param control room for control messages, its whole length; empty for none
   * @returns bytes, or the negative error number
   */
  receive(fd: number, control: Uint8Array, flags: number): number {
    this.#fill(this.name, control)
    const outcome = libc.recvmsg(fd, this.#bytes, flags)
    this.#held.length = 0
    return outcome
  }

  /**
   * sendmsg(2) of the buffers taken.
   *
   * @param name an encoded address, or empty for the peer of a connected socket
   * @param control encoded control messages; empty for none
   * @returns bytes taken, or the negative error number
   */
  send(fd: number, name: Uint8Array, control: Uint8Array, flags: number): number {
    this.#fill(name, control)
    const outcome = libc.sendmsg(fd, this.#bytes, flags)
    this.#held.length = 0
    return outcome
  }

  #fill(name: Uint8Array, control: Uint8Array): void {
    const view = this.#view
    view.setBigUint64(MSG_IOVLEN, BigInt(this.#held.length), true)
    view.setBigUint64(MSG_NAME, koffi.address(name), true)
    view.setBigUint64(MSG_NAMELEN, BigInt(name.byteLength), true)
    view.setBigUint64(MSG_IOV, koffi.address(this.#vectors), true)
    view.setBigUint64(MSG_CONTROL, koffi.address(control), true)
    view.setBigUint64(MSG_CONTROLLEN, BigInt(control.byteLength), true)
    view.setBigUint64(MSG_FLAGS, 0n, true)
    this.#held.push(name, control)
  }

  /** msg_namelen after a call: bytes of the address in {@link name}. */
  get nameLength(): number {
    return this.#view.getUint32(MSG_NAMELEN, true)
  }

  /** msg_controllen after a call: bytes of control messages that the kernel wrote. */
  get controlLength(): number {
    return this.#view.getUint32(MSG_CONTROLLEN, true)
  }

  /** msg_flags after a call. */
  get flags(): number {
    return this.#view.getInt32(MSG_FLAGS, true)
  }
}
