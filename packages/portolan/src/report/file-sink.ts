import { open, type FileHandle } from 'node:fs/promises'
import { ReportError } from './report-error.ts'
import type { Sink, SinkOptions } from './sink.ts'

/** Characters that may be on their way to the disk before the producer has to wait too: enough for 1,000 port events. */
const FULL = 1 << 18

/**
 * A file. Text goes to the kernel at once, or as soon as the write before it returns, so that a process killed
 * at any moment leaves all that it had produced but the last few milliseconds. There is no fsync: a report can
 * be made again.
 */
export class FileSink implements Sink {
  readonly path: string
  readonly #handle: FileHandle
  #waiting: string[] = []
  #unwritten = 0
  #flushing: Promise<void> | undefined
  #error: ReportError | undefined
  #closed = false

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  /** @throws ReportError */
  static async open(path: string, options: SinkOptions = {}): Promise<FileSink> {
    try {
      return new FileSink(path, await open(path, options.append === true ? 'a' : 'w'))
    } catch (cause) {
      throw new ReportError(path, 'open', cause)
    }
  }

  write(text: string): void | Promise<void> {
    if (this.#error !== undefined) throw this.#error
    if (text === '') return
    this.#waiting.push(text)
    this.#unwritten += text.length
    this.#flushing ??= this.#flush()
    if (this.#unwritten >= FULL) return this.#flushed()
  }

  async close(): Promise<void> {
    await this.#flushing
    await this.#closeHandle()
    if (this.#error !== undefined) throw this.#error
  }

  async #flushed(): Promise<void> {
    await this.#flushing
    if (this.#error !== undefined) throw this.#error
  }

  /** Never rejects: the error is kept for the next call. */
  async #flush(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const text = this.#waiting.join('')
        this.#waiting = []
        // On a handle this writes on from where the last one ended, and goes on after a partial write.
        await this.#handle.appendFile(text)
        this.#unwritten -= text.length
      }
    } catch (cause) {
      this.#error = new ReportError(this.path, 'write', cause)
      this.#waiting = []
      await this.#closeHandle()
    }
    this.#flushing = undefined
  }

  /** Network file systems and quotas may report a full disk only here: close(2), "Dealing with error returns". */
  async #closeHandle(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    try {
      await this.#handle.close()
    } catch (cause) {
      this.#error ??= new ReportError(this.path, 'write', cause)
    }
  }
}
