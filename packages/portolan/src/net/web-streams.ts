/** A connection as a pair of web streams: fetch bodies, CompressionStream, TransformStream, pipeTo. */
import { ReadableStream, WritableStream } from 'node:stream/web'
import type { ByteStream } from './byte-stream.ts'

/** Both directions; each is made when it is first asked for. What they do stands at `Connection`. */
export class WebStreams {
  readonly #stream: ByteStream
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined
  #writable: WritableStream<Uint8Array> | undefined
  #reading = true
  #writing = true

  constructor(stream: ByteStream) {
    this.#stream = stream
  }

  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return (this.#readable ??= this.#makeReadable())
  }

  get writable(): WritableStream<Uint8Array> {
    return (this.#writable ??= this.#makeWritable())
  }

  #makeReadable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const cancelled = new AbortController()
    const options = { signal: cancelled.signal }
    return new ReadableStream(
      {
        type: 'bytes',
        // No autoAllocateChunkSize: a reader without a buffer would hold one for as long as it waits.
        pull: async (controller) => {
          const request = controller.byobRequest
          const view = request?.view ?? null
          if (request === null || view === null) {
            const chunk = await this.#stream.read(options)
            if (chunk !== null) controller.enqueue(transferable(chunk))
            else await this.#endOfRead(() => controller.close())
            return
          }
          const into = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
          const count = await this.#stream.read(into, options)
          if (count !== null) request.respond(count)
          else
            await this.#endOfRead(() => {
              controller.close()
              // The reader's buffer goes back to it only so (Streams Standard, ReadableByteStreamController close()).
              request.respond(0)
            })
        },
        cancel: (reason: unknown) => {
          cancelled.abort(reason)
          return this.#endOfRead()
        },
      },
      // Read only what is asked for.
      { highWaterMark: 0 },
    )
  }

  #makeWritable(): WritableStream<Uint8Array> {
    return new WritableStream<Uint8Array>({
      start: ({ signal }) => {
        // Not in abort(): that waits for the write under way, which may wait for ever.
        signal.addEventListener('abort', () => this.#stream.reset(), { once: true })
      },
      write: (chunk: unknown) => {
        if (!(chunk instanceof Uint8Array))
          throw new TypeError('A chunk must be a Uint8Array: pipe text through a TextEncoderStream')
        return this.#stream.write(chunk)
      },
      close: async () => {
        await this.#stream.closeWrite()
        this.#writing = false
        await this.#closeIfDone()
      },
    })
  }

  /** @param tell ends the stream, before the connection closes: closing must not look like a failed read */
  async #endOfRead(tell?: () => void): Promise<void> {
    tell?.()
    this.#reading = false
    await this.#closeIfDone()
  }

  async #closeIfDone(): Promise<void> {
    if (!this.#reading && !this.#writing) await this.#stream.close()
  }
}

/** A byte stream takes the chunk's whole buffer away from its owner, so that must be the chunk's alone. */
function transferable(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = chunk
  return buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(chunk)
}
