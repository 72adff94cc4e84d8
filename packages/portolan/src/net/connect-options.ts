/** What `connect` is told: where to, how long, and from where. */
import { checkRange } from '../sys/sockaddr/range.ts'
import { checkWhole, type WaitOptions } from '../socket/call-options.ts'
import { parseIPv4, parseIPv6 } from '../sys/inet.ts'
import type { DriverName } from './driver.ts'
import type { TlsOptions } from './tls-options.ts'

/** The family of an IP address, as in its version. */
export type Family = 4 | 6

/**
 * Addresses of a name, numeric (`127.0.0.1`, `fe80::1%eth0`), the ones to prefer first. Those of another family than
 * `family` are passed over; an empty list is EAI_NONAME, and what it throws is what `connect` throws. Where the signal
 * aborts first, its answer is not waited for.
 */
export type Lookup = (
  host: string,
  options: { readonly family: Family | undefined; readonly signal: AbortSignal },
) => Promise<readonly string[]>

/** {@link WaitOptions} as for any call: `timeout` is for the whole of `connect`, the look-up of the name included. */
export interface ConnectLimits extends WaitOptions {
  /** @default the kernel's where it works, else `portable`: node:net */
  readonly driver?: DriverName | undefined
  /**
   * TLS on top, its handshake within `timeout`: true, or options. The certificate is checked, and must be for `host`
   * unless `servername` says otherwise; `path` needs a `servername`.
   *
   * @default false
   */
  readonly tls?: boolean | TlsOptions | undefined
}

/** TCP to a host. */
export interface TcpConnectOptions extends ConnectLimits {
  /** Name or numeric address. `localhost` and the like are looked up as any name. */
  readonly host: string
  /** 0 to 65535. */
  readonly port: number
  readonly path?: undefined
  /** Connect from this numeric address; then only addresses of its family are tried. Port 0: the kernel chooses. */
  readonly localAddress?: { readonly host: string; readonly port?: number | undefined } | undefined
  /** Only addresses of this family. @default both */
  readonly family?: Family | undefined
  /**
   * Send small writes at once (TCP_NODELAY). A write of a connection is a message as a whole, and Nagle's algorithm
   * would hold its last segment back until the peer's delayed acknowledgement, 40 ms and more (RFC 1122 section
   * 4.2.3.4).
   *
   * @default true
   */
  readonly noDelay?: boolean | undefined
  /**
   * Seconds of silence, up to 32767, after which the kernel probes the peer (TCP_KEEPIDLE, tcp(7)); 0 for never. Off
   * because of keep-alives "they MUST default to off" (RFC 1122 section 4.2.3.6): they send what nobody asked for, and
   * end connections that would have outlived a short break of the path.
   *
   * @default 0
   */
  readonly keepAliveSeconds?: number | undefined
  /**
   * Milliseconds until the next address is tried beside one that does not answer, 10 to 2000 (RFC 8305 sections 5 and 8).
   *
   * @default 250
   */
  readonly attemptDelay?: number | undefined
  /** Instead of the system's own (getaddrinfo(3)). Not asked about numeric hosts. */
  readonly lookup?: Lookup | undefined
}

/** A stream socket of AF_UNIX. */
export interface UnixConnectOptions extends ConnectLimits {
  /** Path in the file system, or with a leading NUL a name in the abstract space (unix(7)); bytes where it is not UTF-8. */
  readonly path: string | Uint8Array
  readonly host?: undefined
}

export type ConnectOptions = TcpConnectOptions | UnixConnectOptions

/** RFC 8305 section 8. */
const ATTEMPT_DELAY = { usual: 250, least: 10, most: 2000 }
/** MAX_TCP_KEEPIDLE of net/tcp.h. */
export const LONGEST_KEEP_ALIVE = 32_767

/** Options with their defaults. */
export interface CheckedOptions {
  readonly localAddress: { readonly host: string; readonly port: number } | undefined
  readonly noDelay: boolean
  readonly keepAliveSeconds: number
  readonly attemptDelay: number
}

/** @throws RangeError, TypeError for what no connection can be made with */
export function checkConnectOptions(options: ConnectOptions): CheckedOptions {
  if (options.path === undefined) checkTarget(options)
  else if (options.host !== undefined)
    throw new TypeError('connect takes { host, port } or { path }, not both')
  const tcp: Partial<TcpConnectOptions> = options.path === undefined ? options : {}
  const { noDelay = true, keepAliveSeconds = 0, attemptDelay = ATTEMPT_DELAY.usual } = tcp
  checkWhole('keepAliveSeconds', keepAliveSeconds, 0, LONGEST_KEEP_ALIVE)
  checkWhole('attemptDelay', attemptDelay, ATTEMPT_DELAY.least, ATTEMPT_DELAY.most)
  return { localAddress: localOf(tcp), noDelay, keepAliveSeconds, attemptDelay }
}

function checkTarget({ host, port, family }: TcpConnectOptions): void {
  if (typeof host !== 'string') throw new TypeError('connect needs { host, port } or { path }')
  if (host === '' || host.includes('\0'))
    throw new RangeError(`host must be a name or an address, not ${JSON.stringify(host)}`)
  checkRange('Port', port, 65_535)
  if (family !== undefined && family !== 4 && family !== 6)
    throw new RangeError(`family must be 4 or 6, not ${String(family)}`)
}

function localOf({ localAddress, family }: Partial<TcpConnectOptions>): CheckedOptions['localAddress'] {
  if (localAddress === undefined) return undefined
  const { host, port = 0 } = localAddress
  const own = familyOf(host)
  if (own === undefined)
    throw new RangeError(`localAddress.host must be a numeric address, not ${JSON.stringify(host)}`)
  if (family !== undefined && family !== own)
    throw new RangeError(`family is ${family}, but localAddress ${host} is of IPv${own}`)
  return { host, port: checkRange('Port', port, 65_535) }
}

/** Of a numeric address, with a zone or without; undefined for a name. */
export function familyOf(host: string): Family | undefined {
  if (parseIPv4(host) !== undefined) return 4
  const percent = host.indexOf('%')
  return parseIPv6(percent < 0 ? host : host.slice(0, percent)) === undefined ? undefined : 6
}
