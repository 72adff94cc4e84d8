/** What a sending call is given, as bytes of its own length. */
import { MSG_ZEROCOPY } from '../sys/constants.ts'

const encoder = new TextEncoder()

/**
 * Text as UTF-8, and views of any kind as the bytes they show.
 *
 * @throws TypeError for anything else, which would be read as memory or as nothing at all; and for text with MSG_ZEROCOPY:
 * the kernel would read its memory long after nobody holds it (Documentation/networking/msg_zerocopy.rst)
 */
export function bytesOf(data: Uint8Array | string, flags = 0): Uint8Array {
  if (typeof data === 'string') {
    if ((flags & MSG_ZEROCOPY) !== 0)
      throw new TypeError('MSG_ZEROCOPY needs bytes that stay where they are: give a Uint8Array, not text')
    return encoder.encode(data)
  }
  return viewOf(data, 'data')
}

/** A view of another kind counts in elements, which calls that go on in the middle must not. @throws TypeError */
export function viewOf(data: ArrayBufferView, what: string): Uint8Array {
  if (data instanceof Uint8Array) return data
  const view: unknown = data
  if (!ArrayBuffer.isView(view))
    throw new TypeError(`${what} must be a Uint8Array or a string, not ${typeof data}`)
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

/** @throws TypeError when the caller transferred or resized its memory while the call waited */
export function checkUnchanged(bytes: Uint8Array, length: number): void {
  if (bytes.byteLength !== length)
    throw new TypeError('The memory was transferred or resized while the call waited')
}
