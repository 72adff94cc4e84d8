/** `connect`: a connection to a host, by name or address, or to a UNIX socket. */
import { formatSocketAddress, type SocketAddress } from '../sys/socket-address.ts'
import { SocketError, type SocketErrorDetail } from '../sys/socket-error.ts'
import { escapeText } from '../text/untrusted.ts'
import { CallLimit } from './call-limit.ts'
import { ConnectError } from './connect-error.ts'
import { checkConnectOptions, familyOf, type ConnectOptions, type CheckedOptions } from './connect-options.ts'
import { Connection } from './connection.ts'
import { dialPatiently } from './dialling.ts'
import { driverNamed } from './driver-choice.ts'
import type { Driver } from './driver.ts'
import { raceAttempts } from './happy-eyeballs.ts'
import { addressesOf } from './host-addresses.ts'
import type { TlsOptions } from './tls-options.ts'
import type { Transport } from './transport.ts'

/**
 * Connects to a host over TCP, or to a UNIX socket.
 *
 * A name may have many addresses: they are tried in the order of RFC 6724, IPv6 and IPv4 in turn, the next one as soon
 * as one has failed or has been silent for `attemptDelay`. An attempt that was overtaken goes on and may still win; the
 * first success closes all others (RFC 8305). A UNIX listener whose queue is full is waited for, as connect(2) of a
 * blocking socket does.
 *
 * Abort-safe: a call that ends by its signal or timeout leaves nothing open. After it has resolved neither concerns the
 * connection. How long the kernel waits for one silent address is its own affair (some two minutes, tcp_syn_retries in
 * tcp(7)); give a `timeout`.
 *
 * @throws ConnectError, a SocketError with the failure of each attempt in `errors`, as in ECONNREFUSED, ETIMEDOUT,
 * ENOENT, and ERR_SOCKET_TIMEOUT or ABORT_ERR where there was an attempt by then; SocketError of getaddrinfo with an
 * EAI_ code where the name leads nowhere; RangeError or TypeError for options that cannot be
 *
 * @example
 * ```ts
 * await using conn = await connect({ host: 'localhost', port: 9999, timeout: 3000 })
 * await using local = await connect({ path: '/run/app.sock' })
 * ```
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const checked = checkConnectOptions(options)
  // The first time this loads code, which is no waiting for anybody: the clock starts after it.
  const driver = await driverNamed(options.driver)
  using limit = new CallLimit(options)
  limit.check('connect', aboutTarget(options))
  const addresses =
    options.path === undefined ? await addressesOf(options, driver, limit) : [{ path: options.path }]
  const transport = await reach(addresses, options, checked, driver, limit)
  const connection = new Connection(transport)
  const { tls = false } = options
  if (tls === false) return connection
  return await secured(connection, tls === true ? {} : tls, options, limit)
}

/** TLS on top, within the same limit. Where it fails the connection is closed. */
async function secured(
  connection: Connection,
  tls: TlsOptions,
  options: ConnectOptions,
  limit: CallLimit,
): Promise<Connection> {
  try {
    const servername = tls.servername ?? options.host
    return await connection.upgradeTls({ ...tls, servername, signal: limit.signal })
  } catch (error) {
    if (limit.over === undefined) throw error
    throw limit.failure('handshake', { remote: connection.remoteAddress })
  }
}

async function reach(
  addresses: readonly SocketAddress[],
  options: ConnectOptions,
  { attemptDelay, ...dialOptions }: CheckedOptions,
  driver: Driver,
  limit: CallLimit,
): Promise<Transport> {
  const attempt = async (address: SocketAddress, signal: AbortSignal): Promise<Transport> => {
    try {
      return await dialPatiently(driver, address, { ...dialOptions, signal })
    } catch (error) {
      throw attributed(error, address, limit)
    }
  }
  const race = await raceAttempts(addresses, attempt, { attemptDelay, signal: limit.signal })
  // Aborted in the very turn in which an attempt succeeded: who aborts does not look for a connection any more.
  if (race.won && limit.over === undefined) return race.winner
  if (race.won) await race.winner.close()
  const [first, ...others] = race.won ? [] : race.errors.map(socketError)
  if (first === undefined) throw limit.failure('connect', aboutTarget(options))
  const untried = race.won ? 0 : race.untried
  const cause: unknown = limit.over === 'ABORT_ERR' ? limit.failure('connect').cause : undefined
  const errors = [first, ...others] as const
  throw new ConnectError({ target: targetText(options), errors, untried, over: limit.over, cause })
}

/** The error with the address it is about; what the timeout ended says so, though it came as a signal. */
function attributed(error: unknown, address: SocketAddress, limit: CallLimit): unknown {
  if (!(error instanceof SocketError)) return error
  const { code, errno, syscall, local, remote = address } = error
  const timedOut = limit.over === 'ERR_SOCKET_TIMEOUT' && code === 'ABORT_ERR'
  if (!timedOut && error.remote !== undefined) return error
  return new SocketError(timedOut ? limit.over : errno || code, syscall, { local, remote, cause: error })
}

/** What is no SocketError, or an AddressError, is a mistake of the caller, as an interface that does not exist, and not a failed attempt. */
function socketError(error: unknown): SocketError {
  if (error instanceof SocketError && !(error instanceof RangeError)) return error
  throw error
}

/** For the error of a call that was over before there was an attempt. */
function aboutTarget(options: ConnectOptions): SocketErrorDetail {
  if (options.path !== undefined) return { remote: { path: options.path } }
  const { host, port } = options
  return familyOf(host) === undefined ? { subject: `${host}:${port}` } : { remote: { host, port } }
}

/** For messages: what was asked for. */
function targetText(options: ConnectOptions): string {
  if (options.path !== undefined) return formatSocketAddress({ path: options.path })
  return formatSocketAddress({ host: escapeText(options.host), port: options.port })
}
