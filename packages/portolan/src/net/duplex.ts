/** A connection as a stream of Node, for libraries that want a net.Socket: http, tls, undici, ssh2, database clients. */
import { Duplex } from 'node:stream'
import { AF_INET, AF_INET6 } from '../sys/constants.ts'
import type { InetSocketAddress, SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import type { ByteStream } from './byte-stream.ts'

/** Bytes between two signs of life while an idle timer runs: one long write must not look like silence. */
const STEP = 65_536

type Done = (error?: Error) => void

/**
 * The connection as a node stream. From then on read and write through one of the two only; what a framer had already
 * read in advance comes first.
 *
 * Half-open: the peer's end is `end` and leaves the own direction open, `end()` is `closeWrite()`, and the connection is
 * closed when both have ended, or by `destroy()`. Nothing is read before someone wants it, at most 64 KiB then; `write`
 * calls back when the connection has taken the bytes; buffers that wait together go as one write. A failure is the
 * `error` event, with the SocketError; that the connection was closed by its own `close()` is none: then `close` comes
 * without `end`. The methods of net.Socket that libraries call are there.
 *
 * `for await` destroys a stream where its loop ends, also at the end of reading: write to the end before, or use `data`.
 */
export function toDuplex(stream: ByteStream): SocketDuplex {
  return new SocketDuplex(stream)
}

/** A Duplex with what the ecosystem uses of net.Socket, as `node:net` describes it. Made by `toDuplex` of a connection. */
export class SocketDuplex extends Duplex {
  readonly #stream: ByteStream
  #bytesRead = 0
  #bytesTaken = 0
  #idle: NodeJS.Timeout | undefined
  /** Milliseconds of silence before `timeout`, as given to {@link setTimeout}; undefined for none. */
  timeout: number | undefined
  /** It is connected already: there is no `connect` event to wait for. */
  readonly connecting = false
  readonly pending = false

  constructor(stream: ByteStream) {
    super({ allowHalfOpen: true })
    this.#stream = stream
  }

  /** Bytes that came in; a reader may not have taken all of them yet. */
  get bytesRead(): number {
    return this.#bytesRead
  }

  /** Bytes that were written, with those that still wait here. */
  get bytesWritten(): number {
    return this.#bytesTaken + this.writableLength
  }

  get remoteAddress(): string | undefined {
    return hostOf(this.#stream.remoteAddress)
  }

  get remotePort(): number | undefined {
    return inet(this.#stream.remoteAddress)?.port
  }

  get remoteFamily(): 'IPv4' | 'IPv6' | undefined {
    return familyOf(this.#stream.remoteAddress)
  }

  get localAddress(): string | undefined {
    return hostOf(this.#stream.localAddress)
  }

  get localPort(): number | undefined {
    return inet(this.#stream.localAddress)?.port
  }

  get localFamily(): 'IPv4' | 'IPv6' | undefined {
    return familyOf(this.#stream.localAddress)
  }

  get readyState(): 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.readable) return this.writable ? 'open' : 'readOnly'
    return this.writable ? 'writeOnly' : 'closed'
  }

  /** The own address as net.Socket tells it; empty for what has no port. Never throws. */
  address(): { address?: string; family?: 'IPv4' | 'IPv6'; port?: number } {
    const { localAddress: address, localFamily: family, localPort: port } = this
    return address === undefined || family === undefined || port === undefined
      ? {}
      : { address, family, port }
  }

  /**
   * `timeout` is emitted after so many milliseconds in which nothing came and nothing went; it closes nothing by itself.
   * The timer keeps no process alive.
   *
   * @param milliseconds 0 for never, at most 2147483647
   * @throws RangeError for a time that no timer can hold
   */
  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    if (!(milliseconds >= 0 && milliseconds <= 2_147_483_647))
      throw new RangeError(
        `The timeout must be 0 to 2147483647 milliseconds, not ${milliseconds}; 0 means never`,
      )
    clearTimeout(this.#idle)
    this.#idle = undefined
    this.timeout = milliseconds
    if (milliseconds === 0) {
      if (onTimeout !== undefined) this.removeListener('timeout', onTimeout)
      return this
    }
    if (onTimeout !== undefined) this.once('timeout', onTimeout)
    if (!this.destroyed) this.#idle = setTimeout(() => void this.emit('timeout'), milliseconds).unref()
    return this
  }

  /**
   * TCP_NODELAY, where there is a TCP socket of Portolan below; else nothing.
   *
   * @throws SocketError where the kernel refuses
   */
  setNoDelay(on = true): this {
    const options = this.#tcpOptions()
    if (options !== undefined) options.noDelay = on
    return this
  }

  /**
   * SO_KEEPALIVE, and TCP_KEEPIDLE where a delay is given: milliseconds, of which the kernel takes whole seconds.
   *
   * @throws SocketError where the kernel refuses; RangeError for a delay of more than 32767 s
   */
  setKeepAlive(on = false, initialDelay = 0): this {
    const options = this.#tcpOptions()
    if (options === undefined) return this
    options.keepAlive = on
    const seconds = Math.floor(initialDelay / 1000)
    if (on && seconds > 0) options.keepAliveIdleSeconds = seconds
    return this
  }

  /** A read that waits keeps the process alive again. Never throws. */
  ref(): this {
    this.#stream.socket?.ref()
    return this
  }

  /** Lets the process end while a read waits: agents do so with connections that they keep for later. Never throws. */
  unref(): this {
    this.#stream.socket?.unref()
    return this
  }

  /** Closes when everything that was written is handed on; a server does so after its last response. Never throws. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => void this.destroy())
  }

  /** Closes so that the peer sees ECONNRESET. Never throws. */
  resetAndDestroy(): this {
    this.#stream.reset()
    return this.destroy()
  }

  /** @internal */
  override _read(): void {
    this.#stream.read().then(
      (chunk) => {
        if (chunk !== null) this.#bytesRead += chunk.byteLength
        this.#idle?.refresh()
        this.push(chunk)
      },
      (error: unknown) => this.destroy(closedBelow(error) ? undefined : asError(error)),
    )
  }

  /** @internal */
  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.#hand(chunk, chunk.byteLength, done)
  }

  /** @internal */
  override _writev(chunks: readonly { readonly chunk: Uint8Array }[], done: Done): void {
    let length = 0
    const pieces = chunks.map(({ chunk }) => {
      length += chunk.byteLength
      return chunk
    })
    this.#hand(pieces, length, done)
  }

  /** @internal */
  override _final(done: Done): void {
    void this.#settle(this.#stream.closeWrite(), done)
  }

  /** @internal */
  override _destroy(reason: Error | null, done: Done): void {
    clearTimeout(this.#idle)
    // What ends from now on would wake the timer by its refresh.
    this.#idle = undefined
    // Not by a reset, also after an error: what was written before, as a TLS alert, is to arrive.
    // An error from closing is one of grace only: the connection is gone.
    const closed = this.#stream.close().catch(() => undefined)
    void this.#settle(closed, () => done(reason ?? undefined))
  }

  #hand(data: Uint8Array | readonly Uint8Array[], length: number, done: Done): void {
    const taken =
      this.#idle === undefined || length <= STEP ? this.#stream.write(data) : this.#handInSteps(data)
    this.#idle?.refresh()
    void this.#settle(taken, (error) => {
      this.#idle?.refresh()
      if (error === undefined) this.#bytesTaken += length
      else if (error instanceof SocketError) this.#bytesTaken += error.bytesSent ?? 0
      done(error)
    })
  }

  /** Calls back outside of the promise, so that what a listener throws is the listener's own uncaught exception. */
  async #settle(work: Promise<void>, done: Done): Promise<void> {
    let failure: Error | undefined
    try {
      await work
    } catch (error) {
      failure = asError(error)
      // Before the stream hears of it, which would make an `error` event of it.
      if (closedBelow(error)) this.destroy()
    }
    process.nextTick(done, failure)
  }

  async #handInSteps(data: Uint8Array | readonly Uint8Array[]): Promise<void> {
    for (const piece of ArrayBuffer.isView(data) ? [data] : data) {
      for (let at = 0; at < piece.byteLength; at += STEP) {
        await this.#stream.write(piece.subarray(at, at + STEP))
        this.#idle?.refresh()
      }
    }
  }

  #tcpOptions(): NonNullable<ByteStream['socket']>['options'] | undefined {
    const { socket, closed } = this.#stream
    return socket !== undefined && !closed && (socket.family === AF_INET || socket.family === AF_INET6)
      ? socket.options
      : undefined
  }
}

function inet(address: SocketAddress | undefined): InetSocketAddress | undefined {
  return address !== undefined && 'host' in address ? address : undefined
}

/** With the zone of a link-local address, as net.Socket has it. */
function hostOf(address: SocketAddress | undefined): string | undefined {
  const { host, scope = 0 } = inet(address) ?? {}
  return host === undefined || scope === 0 || host.includes('%') ? host : `${host}%${scope}`
}

function familyOf(address: SocketAddress | undefined): 'IPv4' | 'IPv6' | undefined {
  const host = inet(address)?.host
  if (host === undefined) return undefined
  return host.includes(':') ? 'IPv6' : 'IPv4'
}

/** Our own close() is no failure. */
function closedBelow(error: unknown): boolean {
  return error instanceof SocketError && error.code === 'ERR_SOCKET_CLOSED'
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
