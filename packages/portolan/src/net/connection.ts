/** A stream of bytes each way between two programs: what `connect`, `listen`, `pipe` and TLS all give. */
import type { ReadableStream, WritableStream } from 'node:stream/web'
import type { Deadline, Direction, WaitOptions } from '../socket/call-options.ts'
import type { Socket } from '../socket/socket.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import type { ByteStream } from './byte-stream.ts'
import { toDuplex, type SocketDuplex } from './duplex.ts'
import { readUntil, type DelimiterOptions } from './framing-delimiter.ts'
import { lines, readLine, type LineOptions } from './framing-lines.ts'
import { Frames, readExactly, type FrameCodec } from './framing.ts'
import { InboxReader } from './inbox-reader.ts'
import type { TlsSession } from './tls-session.ts'
import type { TlsUpgradeOptions } from './tls-options.ts'
import type { Transport } from './transport.ts'
import { takeForUpgrade } from './upgraded-transport.ts'
import { WebStreams } from './web-streams.ts'

const encoder = new TextEncoder()

/** Most bytes that a read without a buffer gives at once; Node and libuv read as much. */
const CHUNK = 65_536

/**
 * A connection. TCP, UNIX, TLS and in-process pipes behave alike here; what differs is in {@link socket}.
 *
 * The two directions are independent: the peer's end of stream (`read` gives null) closes nothing here, and after
 * {@link closeWrite} one can still read. Calls in one direction are served in the order they were made. Every waiting
 * call takes `{ signal, timeout }`, and {@link setDeadline} bounds all calls of a direction.
 *
 * Iterating gives chunks until the peer's end; leaving the loop early closes nothing, so that another loop can go on
 * with what follows. Close by `close()` or `await using`. The calls are Portolan's own; Berkeley's are those of `socket`.
 *
 * @example
 * ```ts
 * await using conn = await connect({ host: 'localhost', port: 9999, timeout: 3000 })
 * await conn.write('hello\n')
 * for await (const chunk of conn) console.log(chunk)
 * ```
 */
export class Connection implements ByteStream, AsyncDisposable, AsyncIterable<Uint8Array> {
  #transport: Transport
  /** From the first framed read on: a connection that only passes bytes needs none. */
  #framed: InboxReader | undefined
  #webStreams: WebStreams | undefined

  /** Programs get one from `connect`, `listen` or `pipe`. */
  constructor(transport: Transport) {
    this.#transport = transport
  }

  get localAddress(): SocketAddress | undefined {
    return this.#transport.localAddress
  }

  get remoteAddress(): SocketAddress | undefined {
    return this.#transport.remoteAddress
  }

  /** The socket below, for options and everything else Berkeley has; undefined where there is none (pipes, node:net). */
  get socket(): Socket | undefined {
    return this.#transport.socket
  }

  /** What the TLS handshake agreed on, and the peer's certificate; undefined without TLS. Also after {@link close}. */
  get tls(): TlsSession | undefined {
    return this.#transport.tls
  }

  /** True from {@link close} or {@link reset} on. The peer's end of stream does not close. */
  get closed(): boolean {
    return !this.#transport.open
  }

  /**
   * Reads what is there, waiting until something is. Abort-safe: an aborted read has taken nothing.
   *
   * @param into memory to read into; without it the bytes come in memory of their own, 64 KiB at most
   * @returns bytes, or with `into` how many; null at the end of the stream. An empty `into` gives 0 at once.
   * @throws SocketError, as in ECONNRESET, ERR_SOCKET_CLOSED, ERR_SOCKET_TIMEOUT, ABORT_ERR
   */
  read(options?: WaitOptions): Promise<Uint8Array | null>
  read(into: Uint8Array, options?: WaitOptions): Promise<number | null>
  read(into?: Uint8Array | WaitOptions, options?: WaitOptions): Promise<Uint8Array | number | null> {
    const framed = this.#framed
    if (!ArrayBuffer.isView(into))
      return framed === undefined || framed.idle ? this.#transport.read(CHUNK, into) : framed.read(into)
    return framed === undefined || framed.idle
      ? this.#transport.readInto(into, options)
      : framed.readInto(into, options)
  }

  get #source(): InboxReader {
    return (this.#framed ??= new InboxReader(this.#transport))
  }

  /**
   * Waits for a line, ended by `\n` or `\r\n`, and gives it without its end. What stands at the end of the stream without
   * a `\n` is the last line; a `\r` that no `\n` follows belongs to the line. Abort-safe: what came of the line is kept.
   *
   * @param options `timeout` is for the whole line
   * @returns null at the end of the stream
   * @throws SocketError with ERR_FRAME_TOO_LONG for a line of more than `maxLength` bytes, without reading on; and as
   * {@link read}. After any of them everything that came is still there to be read. RangeError for a bad `maxLength`
   */
  readLine(options: LineOptions & WaitOptions = {}): Promise<string | null> {
    return readLine(this.#source, options)
  }

  /**
   * Lines until the peer's end, each as {@link readLine} gives it. Leaving the loop early closes nothing: what follows is
   * there for another loop, or any other read. Abort-safe, as that is.
   *
   * @param options `timeout` is for each line
   * @throws RangeError for a bad `maxLength`; in the loop, SocketError as {@link readLine}
   */
  lines(options: LineOptions & WaitOptions = {}): AsyncIterable<string> {
    return lines(this.#source, options)
  }

  /**
   * Waits for exactly `count` bytes. Abort-safe: what came of them is kept.
   *
   * @returns null where the stream ends before the first one; 0 bytes are there at once
   * @throws SocketError with ERR_FRAME_TRUNCATED where it ends after it: what came is still there to be read; and as
   * {@link read}. RangeError for a count that is no whole number
   */
  readExactly(count: number, options: WaitOptions = {}): Promise<Uint8Array | null> {
    return readExactly(this.#source, count, options)
  }

  /**
   * Waits for a delimiter and gives the bytes before it; the delimiter is taken with them. Abort-safe: what came is kept.
   *
   * @param delimiter one byte or more; text is taken as UTF-8
   * @returns null where the stream ends before the first byte
   * @throws SocketError with ERR_FRAME_TOO_LONG where no delimiter comes within `maxLength` bytes, without reading on;
   * ERR_FRAME_TRUNCATED where the stream ends before it; and as {@link read}. After any of them everything that came is
   * still there to be read. RangeError for an empty delimiter or a bad `maxLength`
   */
  readUntil(
    delimiter: Uint8Array | string,
    options: DelimiterOptions & WaitOptions = {},
  ): Promise<Uint8Array | null> {
    return readUntil(this.#source, delimiter, options)
  }

  /**
   * The stream as messages, each way. Never throws: what is wrong is told by the calls of what it gives.
   *
   * @param codec `lengthPrefixed(…)`, `delimited(…)` or one of your own
   * @example
   * ```ts
   * const frames = conn.frames(lengthPrefixed({ bytes: 4 }))
   * await frames.send('hello')
   * for await (const payload of frames) console.log(payload)
   * ```
   */
  frames(codec: FrameCodec): Frames {
    return new Frames(this.#source, this, codec)
  }

  /**
   * Writes all of it; writes at the same time do not mix. Resolves when the kernel (TLS, the pipe) has taken everything,
   * which is the backpressure: await it. Not abort-safe: after an abort part of it may have been sent: `bytesSent` of
   * the error tells how much, over TLS and node:net how much at least. The stream cannot be continued with sense.
   *
   * @param data bytes, which must not change until then; text, sent as UTF-8; or several pieces, sent as one
   * @throws SocketError, as in EPIPE, ECONNRESET, ERR_SOCKET_CLOSED, ERR_SOCKET_WRITE_AFTER_END
   */
  write(data: Uint8Array | string | readonly Uint8Array[], options?: WaitOptions): Promise<void> {
    return this.#transport.write(typeof data === 'string' ? encoder.encode(data) : data, options)
  }

  /**
   * Ends the own direction, after what was written before: the peer reads the end of the stream, and may still write
   * (half-close). A second time does nothing. After a reset by the peer there is nothing to end, which is no error.
   *
   * @throws SocketError with ERR_SOCKET_CLOSED; ERR_SOCKET_TIMEOUT where a deadline passes before the writes have ended
   */
  closeWrite(): Promise<void> {
    return this.#transport.closeWrite()
  }

  /**
   * Closes both directions. Writes that have resolved are still delivered; calls that wait end with ERR_SOCKET_CLOSED.
   * Where bytes that came were not read, TCP tells the peer by a reset (RFC 1122, section 4.2.2.13). Resolves when the
   * descriptor is given back. A second time does nothing. Never rejects.
   */
  close(): Promise<void> {
    return this.#transport.close()
  }

  /**
   * Closes at once and throws away what is queued: the peer sees ECONNRESET (RST; RFC 9293, section 3.5.2). Never throws.
   */
  reset(): void {
    this.#transport.reset()
  }

  /**
   * Ends calls at a point in time with ERR_SOCKET_TIMEOUT: those that wait then and all later ones, also where data is
   * ready, until another deadline is set. Nothing is lost: a later deadline revives the connection.
   *
   * @param deadline milliseconds from now (0 has passed), a date, or null for none
   * @throws RangeError for a deadline more than 2147483647 ms ahead
   */
  setDeadline(deadline: Deadline, direction?: Direction): void {
    this.#transport.setDeadline(deadline, direction)
  }

  /**
   * The reading direction as a byte stream for the web's APIs, the same one each time. It reads only when asked, into
   * the reader's own memory where the reader is a BYOB one. `cancel` ends a read that waits, and reading by this stream.
   *
   * The connection closes by itself when both web streams have ended: this one at the peer's end or by `cancel`, the
   * other by `close`.
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return (this.#webStreams ??= new WebStreams(this)).readable
  }

  /**
   * The writing direction as a stream for the web's APIs, the same one each time. A chunk counts as written when
   * {@link write} has resolved; `close` is {@link closeWrite}, and `abort` is {@link reset}, at once.
   */
  get writable(): WritableStream<Uint8Array> {
    return (this.#webStreams ??= new WebStreams(this)).writable
  }

  /**
   * The connection as a stream of Node, for libraries that want a net.Socket. Read and write only through that from then
   * on. It is half-open: the connection closes when both directions have ended, or by `destroy()`. Never throws.
   *
   * @example
   * ```ts
   * http.get('http://localhost/', { createConnection: () => conn.toDuplex() })
   * ```
   */
  toDuplex(): SocketDuplex {
    return toDuplex(this)
  }

  /**
   * Goes on in TLS, 1.2 or 1.3, after a STARTTLS or the like. What was written before is sent before. This connection is
   * not to be used any more: its calls end with ERR_SOCKET_UPGRADED, and a read that still waits on it with
   * ERR_SOCKET_TIMEOUT; only `close` and `reset` go on to the encrypted one. Deadlines do not go over to it.
   *
   * The certificate is checked, and must be for `servername`; without one, for the peer's IP address. An end of the
   * encrypted stream that the peer did not announce (close_notify) is no end: `read` ends with ERR_TLS_TRUNCATED there,
   * as anybody on the way can cut a TCP connection off (RFC 8446, section 6.1). `close` and `closeWrite` announce it.
   *
   * Not abort-safe: whatever fails, the signal and the timeout included, the connection is closed. The server's side has
   * 10 s for the handshake unless `timeout` says otherwise.
   *
   * @returns the encrypted connection
   * @throws SocketError with the code of Node or OpenSSL, as in ERR_TLS_CERT_ALTNAME_INVALID, CERT_HAS_EXPIRED,
   * DEPTH_ZERO_SELF_SIGNED_CERT, ERR_SSL_WRONG_VERSION_NUMBER (no TLS at the other end); ERR_TLS_EARLY_BYTES where bytes
   * came in plain text behind the command that was read last, which may be somebody else's (CVE-2011-0411; RFC 3207,
   * section 4.2): then nothing is done and the connection stays as it was; ERR_TLS_TRUNCATED where the other end closes;
   * TypeError for options that cannot be
   *
   * @example
   * ```ts
   * await conn.write('STARTTLS\r\n')
   * if ((await conn.readLine())?.startsWith('220') !== true) throw new Error('The server has no TLS')
   * await using secure = await conn.upgradeTls({ servername: 'mail.example.org', timeout: 5000 })
   * ```
   */
  async upgradeTls(options: TlsUpgradeOptions): Promise<Connection> {
    const below = this.#transport
    const upgraded = takeForUpgrade(below, this.#framed?.inbox.length ?? 0)
    this.#transport = upgraded
    this.#framed?.redirect(upgraded)
    const { upgradeTls } = await import('./tls.ts')
    const secure = await upgradeTls(new Connection(below), options)
    upgraded.successor = secure
    return new Connection(secure)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) yield chunk
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
