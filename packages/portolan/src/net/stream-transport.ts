/** A stream of Node as a transport: sockets of node:net, TLS, and every other Duplex of bytes. */
import { Socket as NodeSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { NO_OPTIONS, type WaitOptions } from '../socket/call-options.ts'
import { FAILED, WOULD_BLOCK } from '../socket/outcome.ts'
import type { Attempt } from '../socket/wait-queue.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError, type SocketErrorDetail } from '../sys/socket-error.ts'
import { fromNodeError } from './node-error.ts'
import { QueuedTransport, type Progress } from './queued-transport.ts'
import { writeAfterEnd } from './socket-transport.ts'

export interface StreamAddresses {
  readonly localAddress?: SocketAddress | undefined
  readonly remoteAddress?: SocketAddress | undefined
}

/** Bytes given to the stream at once: after an abort it sends no more than these. libuv reads as many. */
const PIECE = 65_536

/**
 * Milliseconds that {@link StreamTransport.close} gives the stream to send its last words, where the peer reads nothing:
 * those of Go's crypto/tls for its close_notify (tls.Conn.Close).
 */
const FAREWELL = 5000

/** The peer is no more: see send(2). */
const GONE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ENOTCONN'])

/**
 * Takes the stream over: nobody else may read, write or end it. It reads no more in advance than its own high-water mark.
 * An open socket of node:net keeps the process alive.
 */
export class StreamTransport extends QueuedTransport {
  readonly localAddress: SocketAddress | undefined
  readonly remoteAddress: SocketAddress | undefined
  protected readonly stream: Duplex
  readonly #gone: Promise<void>
  /** Resolved when nothing can be handed on any more. */
  readonly #lost = Promise.withResolvers<void>()
  #closing: Promise<void> = Promise.resolve()
  #error: unknown
  #ended = false
  /** A piece is on its way, perhaps one of a write that was given up since. */
  #giving = false

  /** @throws TypeError for a stream of objects or of text, which has no bytes to count */
  constructor(stream: Duplex, addresses: StreamAddresses = addressesOf(stream)) {
    super()
    if (stream.readableObjectMode || stream.writableObjectMode || stream.readableEncoding !== null)
      throw new TypeError(
        'A connection needs a stream of bytes: this one is in object mode, or has an encoding set',
      )
    this.stream = stream
    this.localAddress = addresses.localAddress
    this.remoteAddress = addresses.remoteAddress
    this.#error = stream.errored ?? undefined
    const flush = (): void => this.reads.flush()
    stream.on('readable', flush)
    stream.on('end', flush)
    // Stays for good: an 'error' event that nobody hears ends the process.
    stream.on('error', (error) => this.fail(error))
    this.#gone = stream.closed ? Promise.resolve() : untilClosed(stream)
    stream.once('close', () => {
      this.#lost.resolve()
      this.#flushAll()
    })
  }

  /** Ends every call, once what has come by then is read. The first reason is the one that is told. */
  protected fail(error: unknown): void {
    this.#error ??= error
    this.#lost.resolve()
    this.#flushAll()
  }

  #flushAll(): void {
    this.reads.flush()
    this.writes.flush()
  }

  protected take(into: Uint8Array): number {
    const { stream } = this
    // `read` gives nothing at all where there is less than it was asked for.
    const count = Math.min(stream.readableLength, into.byteLength)
    const chunk: unknown = count === 0 ? null : stream.read(count)
    if (chunk instanceof Uint8Array) {
      into.set(chunk)
      return chunk.byteLength
    }
    // Asks for more; at the end of the stream it is what makes it say so.
    stream.read(0)
    if (stream.readableEnded) return 0
    return this.#dead() ? FAILED : WOULD_BLOCK
  }

  protected giving(data: Uint8Array, progress: Progress): Attempt {
    return () => {
      if (this.#dead()) return FAILED
      if (this.#giving) return WOULD_BLOCK
      if (progress.sent === data.byteLength) return progress.sent
      // A copy: the stream keeps what it was given also after an abort, when the caller's memory is the caller's again.
      const piece = Buffer.from(data.subarray(progress.sent, progress.sent + PIECE))
      this.#giving = true
      this.stream.write(piece, (error) => {
        this.#giving = false
        if (error === null || error === undefined) progress.sent += piece.byteLength
        else this.#error ??= error
        this.writes.flush()
      })
      return WOULD_BLOCK
    }
  }

  /** A stream that somebody destroyed without a reason is as dead as one that failed. */
  #dead(): boolean {
    return this.#error !== undefined || this.stream.destroyed
  }

  override write(data: Uint8Array | readonly Uint8Array[], options?: WaitOptions): Promise<void> {
    if (this.open && this.#ended) return Promise.reject(writeAfterEnd(this))
    return super.write(data, options)
  }

  async closeWrite(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    try {
      await this.drain()
    } catch (error) {
      // The peer has not heard of an end: asked again, this must not pretend that it has.
      this.#ended = false
      throw error
    }
    await this.#end()
    // The peer has not heard of an end that the kernel refused: for TLS that is a stream cut short.
    if (this.#error instanceof SocketError && !GONE.has(this.#error.code))
      throw this.failure(FAILED, 'shutdown', NO_OPTIONS)
  }

  /** Resolves also where the peer has gone meanwhile: then nothing is left to end. The next read tells. */
  #end(): Promise<void> {
    if (this.#dead()) return Promise.resolve()
    const ended = new Promise<void>((resolve) => {
      this.stream.end(() => resolve())
    })
    // Of TLS whose ciphertext has failed, and of a stream that is destroyed without an error, `end` never calls back.
    return Promise.race([ended, this.#lost.promise])
  }

  close(): Promise<void> {
    if (this.shut()) this.#closing = this.#leave()
    return this.#closing
  }

  async #leave(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      // What is still to be sent keeps the process alive by itself.
      timer = setTimeout(resolve, FAREWELL).unref()
    })
    // What was taken is delivered, and TLS says goodbye. Behind a piece that is stuck neither would be heard.
    if (!this.#giving && !this.#dead()) await Promise.race([this.#end(), late])
    this.stream.destroy()
    // A stream with emitClose: false never says that it is closed.
    await Promise.race([this.#gone, late])
    clearTimeout(timer)
  }

  reset(): void {
    if (!this.shut()) return
    this.abort()
    this.#closing = this.#gone
  }

  /** Destroys the stream so that the peer hears of it, where it can. */
  protected abort(): void {
    const { stream } = this
    try {
      if (stream instanceof NodeSocket) stream.resetAndDestroy()
      else stream.destroy()
    } catch {
      // Only TCP can be reset (ERR_INVALID_HANDLE_TYPE).
      stream.destroy()
    }
  }

  protected override failure(
    outcome: number,
    syscall: string,
    options: WaitOptions,
    bytesSent?: number,
  ): SocketError {
    if (outcome !== FAILED) return super.failure(outcome, syscall, options, bytesSent)
    const detail = { local: this.localAddress, remote: this.remoteAddress, bytesSent }
    return this.#error === undefined
      ? new SocketError('ERR_STREAM_PREMATURE_CLOSE', syscall, detail)
      : this.explain(this.#error, syscall, detail)
  }

  protected explain(error: unknown, syscall: string, detail: SocketErrorDetail): SocketError {
    return fromNodeError(error, syscall, detail)
  }
}

function untilClosed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', () => resolve())
  })
}

/** Asked for at once: a socket that was closed cannot tell. */
function addressesOf(stream: Duplex): StreamAddresses {
  if (!(stream instanceof NodeSocket)) return {}
  return {
    localAddress: endpoint(stream.localAddress, stream.localPort),
    remoteAddress: endpoint(stream.remoteAddress, stream.remotePort),
  }
}

function endpoint(host: string | undefined, port: number | undefined): SocketAddress | undefined {
  return host === undefined || port === undefined ? undefined : { host, port }
}
