/**
 * Control messages as bytes: struct cmsghdr and the macros of cmsg(3).
 *
 * size_t has eight bytes on x64 and arm64, so a header has sixteen: the length of header and data, the level, the type.
 * musl calls the length a socklen_t followed by padding, which on a little-endian machine is the same.
 */

/** sizeof(struct cmsghdr) */
export const CMSGHDR_SIZE = 16
const ALIGNMENT = 8

/** No length that a msg_controllen of the kernel holds is longer: INT_MAX (____sys_sendmsg in net/socket.c). */
const LONGEST = 0x7fffffff

/** One control message. */
export interface Cmsg {
  /** As of setsockopt(2): SOL_SOCKET, IPPROTO_IP … */
  readonly level: number
  readonly type: number
  readonly data: Uint8Array
}

/**
 * A length in bytes rounded up to where the next control message may begin: CMSG_ALIGN of cmsg(3).
 *
 * @throws RangeError for what is no length, or where the sum would not be one any more
 */
export function CMSG_ALIGN(length: number): number {
  return aligned(checkLength(length, LONGEST - ALIGNMENT))
}

/**
 * Bytes that a control message of `length` bytes of data takes, padding included: CMSG_SPACE of cmsg(3). The sum of it
 * over the messages that are expected is the `control` of recvmsg.
 *
 * @throws RangeError for what is no length, or where the sum would not be one any more
 */
export function CMSG_SPACE(length: number): number {
  return CMSGHDR_SIZE + aligned(checkLength(length, LONGEST - CMSGHDR_SIZE - ALIGNMENT))
}

/**
 * Bytes of header and data, without the padding behind: CMSG_LEN of cmsg(3).
 *
 * @throws RangeError for what is no length, or where the sum would not be one any more
 */
export function CMSG_LEN(length: number): number {
  return CMSGHDR_SIZE + checkLength(length, LONGEST - CMSGHDR_SIZE)
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT
}

function checkLength(length: number, highest: number): number {
  if (!Number.isInteger(length) || length < 0 || length > highest)
    throw new RangeError(`length must be a whole number from 0 to ${highest}, not ${length}`)
  return length
}

/**
 * What stands in a control buffer. Total: of bytes that no kernel writes it gives what can be read safely and stops
 * where a length cannot be true. A message cut by the end of the buffer comes with the data that is there (put_cmsg in
 * net/core/scm.c cuts the last one).
 *
 * @returns messages whose data are views into `control`
 */
export function decodeCmsgs(control: Uint8Array): Cmsg[] {
  const view = new DataView(control.buffer, control.byteOffset, control.byteLength)
  const found: Cmsg[] = []
  let start = 0
  while (start + CMSGHDR_SIZE <= control.length) {
    const length = view.getUint32(start, true)
    // The upper half of a size_t: no true length is that long.
    if (view.getUint32(start + 4, true) !== 0 || length < CMSGHDR_SIZE) break
    found.push({
      level: view.getInt32(start + 8, true),
      type: view.getInt32(start + 12, true),
      data: control.subarray(start + CMSGHDR_SIZE, start + length),
    })
    start += aligned(length)
  }
  return found
}

/** A control buffer for sendmsg(2), each message aligned as the kernel looks for it. */
export function encodeCmsgs(messages: readonly Cmsg[]): Uint8Array {
  const bytes = new Uint8Array(messages.reduce((sum, { data }) => sum + CMSG_SPACE(data.length), 0))
  const view = new DataView(bytes.buffer)
  let start = 0
  for (const { level, type, data } of messages) {
    view.setUint32(start, CMSG_LEN(data.length), true)
    view.setInt32(start + 8, level, true)
    view.setInt32(start + 12, type, true)
    bytes.set(data, start + CMSGHDR_SIZE)
    start += CMSG_SPACE(data.length)
  }
  return bytes
}
