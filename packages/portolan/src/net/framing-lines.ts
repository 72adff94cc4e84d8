/** Lines of text: `\n` or `\r\n` ends each. */
import { constants } from 'node:buffer'
import { checkWhole, type WaitOptions } from '../socket/call-options.ts'
import { readFrame, type FrameDecoder, type FrameSource } from './framing.ts'

export interface LineOptions {
  /**
   * Bytes of the longest line, its end not counted.
   *
   * @default 65536
   */
  readonly maxLength?: number | undefined
  /**
   * How bytes become text. In UTF-8 what is not valid becomes U+FFFD; latin1 gives each byte the character of its
   * number (ISO 8859-1), so that nothing is lost.
   *
   * @default 'utf8'
   */
  readonly encoding?: 'utf8' | 'latin1' | undefined
}

/** More than any line of a text protocol: 64 KiB, the capacity of a pipe (pipe(7)). */
const LONGEST_LINE = 65_536

const LF = 0x0a
const CR = 0x0d

/** A line without its end, or null at the end of the stream; what stands there without an end is the last line. */
export async function readLine(
  source: FrameSource,
  options: LineOptions & WaitOptions,
): Promise<string | null> {
  return readFrame(source, lineDecoder(options), textIn(options), 'last frame', options)
}

/** Each loop over it reads on where the one before ended. */
export function lines(source: FrameSource, options: LineOptions & WaitOptions): AsyncIterable<string> {
  const decoder = lineDecoder(options)
  const deliver = textIn(options)
  return {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const line = await readFrame(source, decoder, deliver, 'last frame', options)
        if (line === null) return
        yield line
      }
    },
  }
}

function lineDecoder({ maxLength = LONGEST_LINE }: LineOptions): FrameDecoder {
  checkWhole('maxLength', maxLength, 0, constants.MAX_STRING_LENGTH)
  return {
    maxLength,
    decode(bytes, seen) {
      const length = bytes.byteLength
      // A line of maxLength bytes has its \n one byte behind, or two where a \r precedes it.
      const window = length > maxLength + 2 ? bytes.subarray(0, maxLength + 2) : bytes
      const at = window.indexOf(LF, seen)
      if (at >= 0) {
        const end = at > 0 && bytes[at - 1] === CR ? at - 1 : at
        return end > maxLength ? 'too long' : { start: 0, end, next: at + 1 }
      }
      const mayEnd = length <= maxLength || (length === maxLength + 1 && bytes[maxLength] === CR)
      return mayEnd ? 'incomplete' : 'too long'
    },
  }
}

function textIn({ encoding = 'utf8' }: LineOptions): (bytes: Uint8Array) => string {
  // Not a TextDecoder: its latin1 is windows-1252 (Encoding Standard, section 4.2).
  return (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding)
}
