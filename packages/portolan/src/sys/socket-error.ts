/** The error that every call of the socket floors rejects with. */
import { escapeText } from '../text/untrusted.ts'
import { errnoName } from './errno.ts'
import { formatSocketAddress, type SocketAddress } from './socket-address.ts'

export interface SocketErrorDetail {
  readonly local?: SocketAddress | undefined
  readonly remote?: SocketAddress | undefined
  /** Bytes that were handed to the kernel before a sending call failed. */
  readonly bytesSent?: number | undefined
  /** What was asked for, where it is no address: a name to look up. For the message only. */
  readonly subject?: string | undefined
  readonly cause?: unknown
}

// A brand on the global symbol registry keeps `instanceof` true across two copies of the package in one program.
const BRAND = Symbol.for('portolan.SocketError')

/**
 * A failed socket call: which call, the kernel's reason and both addresses as far as they are known.
 *
 * `code` is the errno name (`'ECONNREFUSED'`). Some codes are Portolan's own and have `errno` 0:
 * `'ERR_SOCKET_CLOSED'` (the socket was closed here, before or during the call), `'ERR_SOCKET_TIMEOUT'`
 * (the call's own `timeout` passed; the kernel's is `ETIMEDOUT`), `'ABORT_ERR'` (its `signal`; the reason is
 * in `cause`), of `fromfd` `'ERR_SOCKET_OWNED'` and `'ERR_SOCKET_UNEXPECTED'`, and of
 * framing `'ERR_FRAME_TOO_LONG'` (over `maxLength`), `'ERR_FRAME_TRUNCATED'` (the stream ended within a frame) and
 * `'ERR_FRAME_HAS_DELIMITER'` (a payload to send that the reader would cut). Connections have
 * `'ERR_SOCKET_WRITE_AFTER_END'`, `'ERR_SOCKET_UPGRADED'` (it became a TLS connection), `'ERR_TLS_EARLY_BYTES'` (plain
 * text behind a STARTTLS), `'ERR_TLS_TRUNCATED'` (an end without close_notify, or within the handshake), and over streams
 * of Node `'ERR_STREAM_FAILED'` (an error without a code) and `'ERR_STREAM_PREMATURE_CLOSE'` (destroyed without a reason);
 * every other code of TLS is that of Node or OpenSSL. Name look-ups fail with the `EAI_` codes of getaddrinfo(3), and
 * addresses that cannot be one with an `AddressError`.
 */
export class SocketError extends Error {
  override readonly name: string = 'SocketError'
  readonly code: string
  /** Error number of errno(3); 0 where the kernel was not the one that refused. */
  readonly errno: number
  /** The call that failed, as in connect(2). */
  readonly syscall: string
  readonly local: SocketAddress | undefined
  readonly remote: SocketAddress | undefined
  readonly bytesSent: number | undefined

  constructor(reason: number | string, syscall: string, detail: SocketErrorDetail = {}) {
    const code = typeof reason === 'number' ? errnoName(reason) : reason
    super(describe(code, syscall, detail), detail.cause === undefined ? undefined : { cause: detail.cause })
    this.code = code
    this.errno = typeof reason === 'number' ? reason : 0
    this.syscall = syscall
    this.local = detail.local
    this.remote = detail.remote
    this.bytesSent = detail.bytesSent
    if (code === 'ABORT_ERR') this.name = 'AbortError'
  }

  /** @internal */
  get [BRAND](): true {
    return true
  }

  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // A subclass asks for its own instances, not for every socket error.
    if (this !== SocketError) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && BRAND in value
  }
}

/** `connect ECONNREFUSED 127.0.0.1:1 (from 127.0.0.1:40000)`: the shape Node's own network errors have. */
function describe(code: string, syscall: string, { local, remote, subject }: SocketErrorDetail): string {
  const at = remote === undefined ? '' : ` ${formatSocketAddress(remote)}`
  const from =
    local === undefined ? '' : ` (${remote === undefined ? 'at' : 'from'} ${formatSocketAddress(local)})`
  const about = subject === undefined ? '' : ` ${escapeText(subject, 300)}`
  return `${syscall} ${code}${about}${at}${from}`
}
