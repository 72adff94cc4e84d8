/** Frames that end at a delimiter. */
import { checkWhole, type WaitOptions } from '../socket/call-options.ts'
import { SocketError } from '../sys/socket-error.ts'
import { copyOf, LONGEST_FRAME, readFrame, tooLong, type FrameCodec, type FrameSource } from './framing.ts'

export interface DelimiterOptions {
  /**
   * Bytes of the longest payload, the delimiter not counted.
   *
   * @default 65536
   */
  readonly maxLength?: number | undefined
}

/** As for a line. */
const LONGEST_PAYLOAD = 65_536

/**
 * A codec for payloads that a delimiter ends: the first place where its bytes stand, also where they overlap. For
 * `conn.frames`. Portolan's own.
 *
 * @param delimiter one byte or more; text is taken as UTF-8
 * @throws RangeError for an empty delimiter, or a maxLength that is no whole number
 */
export function delimited(
  delimiter: Uint8Array | string,
  { maxLength = LONGEST_PAYLOAD }: DelimiterOptions = {},
): FrameCodec {
  checkWhole('maxLength', maxLength, 0, LONGEST_FRAME)
  const mark = Buffer.from(delimiter)
  const { byteLength: width } = mark
  if (width === 0) throw new RangeError('The delimiter must be one byte or more')
  return {
    maxLength,
    encode(payload) {
      if (payload.byteLength > maxLength) throw tooLong('write', maxLength)
      // Where the payload's end and the delimiter's beginning make a delimiter, the reader would cut there.
      const before = payload.subarray(Math.max(0, payload.byteLength - width + 1))
      const seam = Buffer.concat([before, mark]).indexOf(mark)
      if (asBuffer(payload).includes(mark) || seam < before.byteLength)
        throw new SocketError('ERR_FRAME_HAS_DELIMITER', 'write', {
          subject: '(the reader would find the end of the frame too early)',
        })
      return [payload, mark]
    },
    decode(bytes, seen) {
      const window = asBuffer(bytes.subarray(0, maxLength + width))
      // It may begin in what was seen, but for its last byte.
      const at = window.indexOf(mark, Math.max(0, seen - width + 1))
      if (at >= 0) return { start: 0, end: at, next: at + width }
      return mayBeginBy(maxLength, window, mark) ? 'incomplete' : 'too long'
    },
  }
}

/** The bytes before the delimiter, which is taken too; null where the stream ends before the first one. */
export async function readUntil(
  source: FrameSource,
  delimiter: Uint8Array | string,
  options: DelimiterOptions & WaitOptions,
): Promise<Uint8Array | null> {
  return readFrame(source, delimited(delimiter, options), copyOf, 'truncated', options)
}

/** Whether what is still to come can make a delimiter that begins at `last` or before. */
function mayBeginBy(last: number, bytes: Buffer, mark: Buffer): boolean {
  if (bytes.byteLength <= last) return true
  for (let at = Math.max(0, bytes.byteLength - mark.byteLength + 1); at <= last; at++) {
    if (bytes.compare(mark, 0, bytes.byteLength - at, at) === 0) return true
  }
  return false
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
