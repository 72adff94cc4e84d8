/** Frames that begin with their length. */
import { checkWhole } from '../socket/call-options.ts'
import { LONGEST_FRAME, tooLong, type FrameCodec } from './framing.ts'

export interface LengthPrefixOptions {
  /** Bytes of the prefix: an unsigned whole number. */
  readonly bytes: 1 | 2 | 3 | 4 | 8
  /**
   * The lowest byte first.
   *
   * @default false: network byte order (RFC 1700, "Data Notations")
   */
  readonly littleEndian?: boolean | undefined
  /**
   * Bytes of the longest payload, the prefix not counted. What the peer claims beyond it is refused before any of it is
   * read, so this bounds the memory that a peer can make a program spend.
   *
   * @default 1048576
   */
  readonly maxLength?: number | undefined
}

/** 1 MiB, as message brokers have it (max_payload of a NATS server). */
const LONGEST_PAYLOAD = 1_048_576

/**
 * A codec for payloads with their length before them: the length counts the payload only. For `conn.frames`. Portolan's
 * own.
 *
 * @throws RangeError for another width of the prefix, or a maxLength that is no whole number
 */
export function lengthPrefixed(options: LengthPrefixOptions): FrameCodec {
  const { bytes: width, littleEndian = false, maxLength = LONGEST_PAYLOAD } = options
  checkWhole('maxLength', maxLength, 0, LONGEST_FRAME)
  if (![1, 2, 3, 4, 8].includes(width))
    throw new RangeError(`The prefix must have 1, 2, 3, 4 or 8 bytes, not ${String(width)}`)
  const longest = Math.min(maxLength, 256 ** width - 1)
  return {
    maxLength,
    encode(payload) {
      const { byteLength: length } = payload
      if (length > longest) throw tooLong('write', longest)
      const prefix = new Uint8Array(width)
      for (let rest = length, index = 0; index < width; index++, rest = Math.floor(rest / 256))
        prefix[littleEndian ? index : width - 1 - index] = rest % 256
      return [prefix, payload]
    },
    decode(bytes) {
      if (bytes.byteLength < width) return 'incomplete'
      let length = 0
      // Beyond 2^53 it is not exact any more, but beyond every maxLength too.
      for (let index = 0; index < width; index++)
        length = length * 256 + (bytes[littleEndian ? width - 1 - index : index] ?? 0)
      if (length > maxLength) return 'too long'
      const next = width + length
      return bytes.byteLength < next ? 'incomplete' : { start: width, end: next, next }
    },
  }
}
