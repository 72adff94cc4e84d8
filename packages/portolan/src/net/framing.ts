/** Messages in a stream of bytes: what a codec is, and how frames are read and sent by one. */
import { constants } from 'node:buffer'
import { checkWhole, type WaitOptions } from '../socket/call-options.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import type { ByteStream } from './byte-stream.ts'
import type { Inbox } from './inbox.ts'

/** What framers read from: the bytes of a connection that came before anyone asked for them. */
export interface FrameSource {
  readonly localAddress: SocketAddress | undefined
  readonly remoteAddress: SocketAddress | undefined
  /** To be touched only {@link inTurn}. */
  readonly inbox: Inbox
  /**
   * Runs `work` when all reads that were made before have ended.
   *
   * @param work is given what makes the options for each of its steps: the timeout counts for all of them together
   */
  inTurn<T>(options: WaitOptions, work: (step: () => WaitOptions) => Promise<T>): Promise<T>
  /** @throws SocketError where a read would fail now: the connection is closed, or the deadline has passed */
  admit(options: WaitOptions): Promise<void>
  /** Waits for bytes and puts them in the inbox. @returns false at the end of the stream */
  fill(options: WaitOptions): Promise<boolean>
}

/** Where in the bytes a frame is; `next` is where the one after it begins. */
export interface Extent {
  readonly start: number
  readonly end: number
  readonly next: number
}

export interface FrameDecoder {
  /** Bytes of the longest payload. */
  readonly maxLength: number
  /**
   * Looks for the first frame in what has come so far, one byte or more. `too long` as soon as that is certain: nothing
   * more is read then.
   *
   * @param seen how many of the bytes, from the beginning, the call before already looked at without an outcome
   */
  decode(bytes: Uint8Array, seen: number): Extent | 'incomplete' | 'too long'
}

/** A way to put messages into a stream. Made by {@link lengthPrefixed} and {@link delimited}, or by hand. */
export interface FrameCodec extends FrameDecoder {
  /**
   * The payload as it goes over the wire, in pieces that are written together.
   *
   * @throws SocketError with ERR_FRAME_TOO_LONG
   */
  encode(payload: Uint8Array): readonly Uint8Array[]
}

/** What to do with bytes that are left at the end of the stream. */
type AtEnd = 'truncated' | 'last frame'

/** No more fits into one Uint8Array. */
export const LONGEST_FRAME = constants.MAX_LENGTH

const encoder = new TextEncoder()

/**
 * The next frame. Abort-safe: what came of it stays in the inbox, and so it does after a failure, for a plain read.
 *
 * @param deliver makes the result of the payload, which is valid only until it returns
 * @returns null at the end of the stream
 */
export function readFrame<T>(
  source: FrameSource,
  decoder: FrameDecoder,
  deliver: (payload: Uint8Array) => T,
  atEnd: AtEnd,
  options: WaitOptions,
): Promise<T | null> {
  return source.inTurn(options, async (step) => {
    const { inbox } = source
    let seen = 0
    if (inbox.length > 0) await source.admit(step())
    for (;;) {
      if (inbox.length > seen) {
        const bytes = inbox.peek()
        const found = decoder.decode(bytes, seen)
        if (found === 'too long') throw tooLong('read', decoder.maxLength, source)
        if (found !== 'incomplete') {
          const frame = deliver(bytes.subarray(found.start, found.end))
          inbox.drop(found.next)
          return frame
        }
        seen = bytes.byteLength
      }
      if (await source.fill(step())) continue
      if (inbox.length === 0) return null
      if (atEnd === 'truncated') throw truncated(inbox.length, source)
      if (inbox.length > decoder.maxLength) throw tooLong('read', decoder.maxLength, source)
      const frame = deliver(inbox.peek())
      inbox.drop(inbox.length)
      return frame
    }
  })
}

/** Exactly `count` bytes, or null where the stream ends before the first one. */
export async function readExactly(
  source: FrameSource,
  count: number,
  options: WaitOptions,
): Promise<Uint8Array | null> {
  if (checkWhole('count', count, 0, LONGEST_FRAME) === 0)
    return source.inTurn(options, async (step) => {
      await source.admit(step())
      return new Uint8Array(0)
    })
  const extent = { start: 0, end: count, next: count }
  const decoder: FrameDecoder = {
    maxLength: count,
    decode: (bytes) => (bytes.byteLength < count ? 'incomplete' : extent),
  }
  return readFrame(source, decoder, copyOf, 'truncated', options)
}

/** The frames of a connection, made by its `frames(codec)`: iterate to receive, {@link send} to send. Portolan's own. */
export class Frames implements AsyncIterable<Uint8Array> {
  readonly #source: FrameSource
  readonly #stream: Pick<ByteStream, 'write'>
  readonly #codec: FrameCodec

  constructor(source: FrameSource, stream: Pick<ByteStream, 'write'>, codec: FrameCodec) {
    this.#source = source
    this.#stream = stream
    this.#codec = codec
  }

  /**
   * Waits for the next frame. Abort-safe: what came of it is kept for the next call. Two calls at the same time get one
   * frame each, in the order they were made.
   *
   * @param options `timeout` is for the whole frame
   * @returns the payload, in memory of its own; null at the end of the stream
   * @throws SocketError with ERR_FRAME_TOO_LONG as soon as that is certain, without reading on; ERR_FRAME_TRUNCATED
   * where the stream ends within a frame; and as `read` of the connection
   */
  receive(options: WaitOptions = {}): Promise<Uint8Array | null> {
    return readFrame(this.#source, this.#codec, copyOf, 'truncated', options)
  }

  /**
   * Sends one frame, as one write: frames that are sent at the same time do not mix. Not abort-safe, like `write`.
   *
   * @param payload bytes, which must not change until then, or text, sent as UTF-8
   * @throws SocketError with ERR_FRAME_TOO_LONG, ERR_FRAME_HAS_DELIMITER before anything is sent; and as `write`
   */
  async send(payload: Uint8Array | string, options?: WaitOptions): Promise<void> {
    const bytes = typeof payload === 'string' ? encoder.encode(payload) : payload
    await this.#stream.write(this.#codec.encode(bytes), options)
  }

  /** Frames until the peer's end. Leaving the loop early closes nothing, and another loop goes on behind it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (let frame = await this.receive(); frame !== null; frame = await this.receive()) yield frame
  }
}

export function copyOf(payload: Uint8Array): Uint8Array {
  return payload.slice()
}

export function tooLong(
  syscall: 'read' | 'write',
  maxLength: number,
  at: Partial<Pick<FrameSource, 'localAddress' | 'remoteAddress'>> = {},
): SocketError {
  return new SocketError('ERR_FRAME_TOO_LONG', syscall, {
    subject: `(over maxLength, ${maxLength} bytes)`,
    local: at.localAddress,
    remote: at.remoteAddress,
  })
}

function truncated(kept: number, source: FrameSource): SocketError {
  return new SocketError('ERR_FRAME_TRUNCATED', 'read', {
    subject: `(the stream ended ${kept} bytes into a frame)`,
    local: source.localAddress,
    remote: source.remoteAddress,
  })
}
