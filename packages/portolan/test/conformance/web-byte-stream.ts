/** The two web streams of a connection as one ByteStream, so that they pass the same tests as everything else. */
import type { ReadableStreamBYOBReader, WritableStreamDefaultWriter } from 'node:stream/web'
import type { Connection } from '../../src/net/connection.ts'
import type { Deadline, Direction, WaitOptions } from '../../src/socket/call-options.ts'
import type { Socket } from '../../src/socket/socket.ts'
import type { SocketAddress } from '../../src/sys/socket-address.ts'
import { SocketError } from '../../src/sys/socket-error.ts'
import type { End } from './stream-kind.ts'

const encoder = new TextEncoder()

export class WebByteStream implements End {
  readonly #connection: Connection
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  #reader: ReadableStreamBYOBReader
  #ending: Promise<void> | undefined

  constructor(connection: Connection) {
    this.#connection = connection
    this.#writer = connection.writable.getWriter()
    this.#reader = connection.readable.getReader({ mode: 'byob' })
    // Who reads and writes is told; these tell it a second time.
    this.#writer.closed.catch(() => undefined)
    this.#reader.closed.catch(() => undefined)
  }

  get localAddress(): SocketAddress | undefined {
    return this.#connection.localAddress
  }

  get remoteAddress(): SocketAddress | undefined {
    return this.#connection.remoteAddress
  }

  get socket(): Socket | undefined {
    return this.#connection.socket
  }

  get closed(): boolean {
    return this.#connection.closed
  }

  read(options?: WaitOptions): Promise<Uint8Array | null>
  read(into: Uint8Array, options?: WaitOptions): Promise<number | null>
  async read(into?: Uint8Array | WaitOptions, options?: WaitOptions): Promise<Uint8Array | number | null> {
    if (!ArrayBuffer.isView(into)) return this.#read(65_536, into?.signal)
    const chunk = await this.#read(into.byteLength, options?.signal)
    if (chunk !== null) into.set(chunk)
    return chunk?.byteLength ?? null
  }

  /** An aborted read lets go of the reader, which is how a web stream is told that nobody waits any more. */
  async #read(length: number, signal: AbortSignal | undefined): Promise<Uint8Array | null> {
    const reader = this.#reader
    const release = (): void => {
      reader.releaseLock()
      this.#reader = this.#connection.readable.getReader({ mode: 'byob' })
      this.#reader.closed.catch(() => undefined)
    }
    signal?.addEventListener('abort', release, { once: true })
    try {
      // The stream takes the buffer away from who gives it, so it gets one of its own.
      const { done, value } = await reader.read(new Uint8Array(length))
      return done ? null : value
    } catch (error) {
      if (signal?.aborted === true) throw new SocketError('ABORT_ERR', 'read', { cause: error })
      throw error
    } finally {
      signal?.removeEventListener('abort', release)
    }
  }

  async write(data: Uint8Array | string | readonly Uint8Array[]): Promise<void> {
    const pieces =
      typeof data === 'string' ? [encoder.encode(data)] : ArrayBuffer.isView(data) ? [data] : data
    await Promise.all(pieces.map((piece) => this.#writer.write(piece)))
  }

  closeWrite(): Promise<void> {
    return (this.#ending ??= this.#writer.close())
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  reset(): void {
    if (this.closed) return
    this.#writer.abort().catch(() => undefined)
  }

  setDeadline(deadline: Deadline, direction?: Direction): void {
    this.#connection.setDeadline(deadline, direction)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection[Symbol.asyncDispose]()
  }
}
