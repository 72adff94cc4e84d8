/** Servers: names to addresses, addresses to one listener. */
import { checkWhole } from '../socket/call-options.ts'
import { SOMAXCONN } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { parseIPv4, parseIPv6 } from '../sys/inet.ts'
import type { InetSocketAddress, SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import { LONGEST_KEEP_ALIVE } from './connect-options.ts'
import { driverNamed } from './driver-choice.ts'
import { type BindOptions, type Driver, type DriverName, type TransportListener } from './driver.ts'
import { JoinedListeners } from './joined-listeners.ts'
import type { TlsServerOptions } from './tls-options.ts'
import { bindAnew } from './unix-path.ts'
import { checkLimit, Listener, type ListenerOptions } from './listener.ts'

export interface ListenOptions extends ListenerOptions {
  /** Name or numeric address to listen at; a name is bound at all its addresses. @default every address, IPv6 and IPv4 */
  readonly host?: string | undefined
  /** Port, 0 to 65535; 0 lets the kernel choose one. @default 0 */
  readonly port?: number | undefined
  /** Path of a UNIX socket instead, or an abstract name that begins with NUL. */
  readonly path?: string | Uint8Array | undefined
  /** Connections that may wait to be accepted; the kernel caps it at net.core.somaxconn. @default 4096 */
  readonly backlog?: number | undefined
  /** Share the port with other sockets of the same user, as in one for each worker thread. @default false */
  readonly reusePort?: boolean | undefined
  /** Do not take IPv4 connections at an IPv6 address. @default false */
  readonly v6Only?: boolean | undefined
  /** Send small writes at once (TCP_NODELAY) on accepted connections. @default true */
  readonly noDelay?: boolean | undefined
  /** Seconds of silence after which a peer is probed; 0 for never. @default 0 */
  readonly keepAliveSeconds?: number | undefined
  /** Every connection is TLS; it is accepted once it has shaken hands, for which it has 10 s. */
  readonly tls?: TlsServerOptions | undefined
  /** @default the kernel's sockets where they work, else node:net */
  readonly driver?: DriverName | undefined
}

/** Port 0 on several addresses: so often another program may have the chosen port on the second one. */
const ATTEMPTS = 10

/**
 * Listens for connections at a TCP port or a UNIX path: bind(2), listen(2).
 *
 * The address of a server that ended is free at once (SO_REUSEADDR); a UNIX path on which nobody listens any more is
 * taken over, and removed on close. IPv4 clients of an IPv6 listener appear as `::ffff:192.0.2.1`.
 *
 * Abort-safe: the signal ends the look-up of the name and leaves nothing open; later it closes the listener.
 *
 * @throws SocketError, as in EADDRINUSE, EACCES, EADDRNOTAVAIL, EAI_NONAME; RangeError for a wrong port or path
 * @example
 * ```ts
 * await using server = await listen({ host: '127.0.0.1', port: 9999 })
 * await server.serve(async (conn) => {
 *   for await (const line of conn.lines()) await conn.write(`${line}\n`)
 * })
 * ```
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { signal } = options
  if (isAborted(signal)) throw new SocketError('ABORT_ERR', 'listen', { cause: signal?.reason })
  checkLimit(options.maxConnections ?? Infinity)
  const secure = options.tls === undefined ? undefined : await securing(options.tls, options)
  const driver = await driverNamed(options.driver)
  const source = await bindAll(driver, options)
  if (isAborted(signal)) {
    await source.close()
    throw new SocketError('ABORT_ERR', 'listen', { cause: signal?.reason })
  }
  return new Listener(secure?.(source) ?? source, options)
}

/** Certificate and key are read before anything is bound. Loaded when asked for: most servers have no TLS. */
async function securing(
  tls: TlsServerOptions,
  { onError }: ListenerOptions,
): Promise<(source: TransportListener) => TransportListener> {
  const [{ TlsAcceptor }, { TlsListener }] = await Promise.all([
    import('./tls.ts'),
    import('./tls-listener.ts'),
  ])
  const acceptor = new TlsAcceptor(tls)
  return (source) => new TlsListener(source, acceptor, (error) => onError?.(error))
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

async function bindAll(driver: Driver, options: ListenOptions): Promise<TransportListener> {
  const how: BindOptions = {
    backlog: checkWhole('backlog', options.backlog ?? SOMAXCONN, -0x80000000, 0x7fffffff),
    reusePort: options.reusePort ?? false,
    v6Only: options.v6Only ?? false,
    noDelay: options.noDelay ?? true,
    keepAliveSeconds: checkWhole('keepAliveSeconds', options.keepAliveSeconds ?? 0, 0, LONGEST_KEEP_ALIVE),
  }
  if (options.path !== undefined) {
    if (options.host !== undefined || options.port !== undefined)
      throw new TypeError('listen takes { host, port } or { path }, not both')
    return listenAtPath(driver, options.path, how)
  }
  const port = options.port ?? 0
  if (options.host === undefined) return listenEverywhere(driver, port, how)
  const literal = isLiteral(options.host)
  const hosts = literal
    ? [{ host: options.host }]
    : await driver.lookUp(options.host, { signal: options.signal })
  return listenAtAll(
    driver,
    hosts.map((address) => ({ ...address, port })),
    how,
  )
}

/** Milliseconds. A UNIX connect is answered at once or waits for a full backlog: then somebody is there. */
const PROBE_TIMEOUT = 200

function listenAtPath(
  driver: Driver,
  path: string | Uint8Array,
  how: BindOptions,
): Promise<TransportListener> {
  const probe = async (): Promise<void> => {
    const there = await driver.dial({ path }, { noDelay: false, keepAliveSeconds: 0, timeout: PROBE_TIMEOUT })
    await there.close()
  }
  return bindAnew(path, () => driver.listen({ path }, how), probe)
}

/** `::` takes IPv4 too unless told otherwise; a kernel without IPv6 has only `0.0.0.0`. */
async function listenEverywhere(driver: Driver, port: number, how: BindOptions): Promise<TransportListener> {
  try {
    return await driver.listen({ host: '::', port }, how)
  } catch (error) {
    const noIPv6 =
      error instanceof SocketError &&
      (error.errno === ERRNO.EAFNOSUPPORT || error.errno === ERRNO.EADDRNOTAVAIL)
    if (!noIPv6) throw error
    return driver.listen({ host: '0.0.0.0', port }, how)
  }
}

/** All addresses of a name at one port; all or none. */
async function listenAtAll(
  driver: Driver,
  addresses: readonly InetSocketAddress[],
  how: BindOptions,
): Promise<TransportListener> {
  for (let attempt = 1; ; attempt++) {
    const bound: TransportListener[] = []
    try {
      for (const address of addresses) {
        const first: SocketAddress | undefined = bound[0]?.localAddress
        const port = first !== undefined && 'host' in first ? first.port : address.port
        bound.push(await driver.listen({ ...address, port }, how))
      }
      const [only, another] = bound
      return only !== undefined && another === undefined ? only : new JoinedListeners(bound)
    } catch (error) {
      await Promise.all(bound.map((listener) => listener.close()))
      const unlucky = error instanceof SocketError && error.errno === ERRNO.EADDRINUSE && bound.length > 0
      if (!unlucky || addresses[0]?.port !== 0 || attempt >= ATTEMPTS) throw error
    }
  }
}

function isLiteral(host: string): boolean {
  const percent = host.indexOf('%')
  return parseIPv4(host) !== undefined || parseIPv6(percent < 0 ? host : host.slice(0, percent)) !== undefined
}
