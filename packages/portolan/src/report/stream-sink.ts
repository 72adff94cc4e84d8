import type { Writable } from 'node:stream'
import { ReportError } from './report-error.ts'
import type { Sink } from './sink.ts'

/** A stream that somebody else owns, as a rule standard output: it is written to and flushed, never ended. */
export class StreamSink implements Sink {
  readonly path: string
  readonly #stream: Writable
  #error: ReportError | undefined

  constructor(stream: Writable, path: string) {
    this.path = path
    this.#stream = stream
    // Stays attached after close(): standard output may still fail (EPIPE), and an unheard 'error' event
    // would end the process with a stack trace.
    stream.on('error', (cause) => {
      this.#error ??= new ReportError(path, 'write', cause)
    })
  }

  write(text: string): void | Promise<void> {
    if (this.#error !== undefined) throw this.#error
    // The callback comes on success, on an error and on a destroyed stream, where 'drain' may never come.
    if (this.#stream.writableLength + text.length >= this.#stream.writableHighWaterMark)
      return this.#writeAndWait(text)
    this.#stream.write(text)
  }

  async close(): Promise<void> {
    if (this.#error !== undefined) throw this.#error
    await this.#writeAndWait('')
  }

  async #writeAndWait(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(text, (cause) => {
        if (cause === null || cause === undefined) resolve()
        else reject((this.#error ??= new ReportError(this.path, 'write', cause)))
      })
    })
  }
}
