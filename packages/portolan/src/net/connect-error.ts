/** The one error of a `connect` that reached nobody: what each address said. */
import { SocketError } from '../sys/socket-error.ts'
import { formatSocketAddress } from '../sys/socket-address.ts'
import type { OverCode } from './call-limit.ts'

/** What a `connect` had come to when it gave up. */
export interface FailedConnect {
  /** What was asked for, as in `localhost:80`; escaped. */
  readonly target: string
  /** One for each attempt that failed, in the order of the addresses; at least one. */
  readonly errors: readonly [SocketError, ...SocketError[]]
  /** Addresses that had no turn before it was over. */
  readonly untried: number
  /** Set where not the attempts ended it. */
  readonly over: OverCode | undefined
  /** The signal's reason. */
  readonly cause: unknown
}

/**
 * No address could be connected to. `errors` holds the failure of every attempt, in the order they were started; the
 * message names each address with its code, in one line.
 *
 * `code` is `ERR_SOCKET_TIMEOUT` or `ABORT_ERR` (with the reason in `cause`) where the timeout or the signal ended it.
 * Else it is, with `errno`, `syscall`, `local` and `remote`, that of the most telling attempt, the first of its kind:
 * a refusal on this side (as EMFILE, EACCES, EADDRINUSE), which concerns every address; then the word of the host
 * itself, ECONNREFUSED or ECONNRESET; then silence, ETIMEDOUT; then EHOSTUNREACH; and last ENETUNREACH, EADDRNOTAVAIL
 * and EAFNOSUPPORT, which often say no more than that this machine has no IPv6.
 */
export class ConnectError extends SocketError {
  override readonly name: string = this.code === 'ABORT_ERR' ? 'AbortError' : 'ConnectError'
  readonly errors: readonly SocketError[]

  constructor({ target, errors, untried, over, cause }: FailedConnect) {
    const telling = mostTelling(errors)
    super(over ?? reasonOf(telling), over === undefined ? telling.syscall : 'connect', {
      local: telling.local,
      remote: telling.remote,
      cause,
    })
    this.errors = errors
    const [first, ...others] = errors
    const alone = others.length === 0 && untried === 0
    if (!alone || first.remote === undefined || formatSocketAddress(first.remote) !== target) {
      const rest = untried === 0 ? [] : [`${untried} more not tried`]
      this.message = `${this.syscall} ${this.code} ${target}: ${[...errors.map(lineOf), ...rest].join(', ')}`
      // The stack begins with the message as it was when the stack was taken.
      Error.captureStackTrace(this, ConnectError)
    }
  }
}

function reasonOf({ errno, code }: SocketError): number | string {
  return errno === 0 ? code : errno
}

/** From the least telling on; what is not listed tells most. */
const TELLING: readonly string[] = [
  'EAFNOSUPPORT',
  'EADDRNOTAVAIL',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'ECONNRESET',
  'ECONNREFUSED',
]

function mostTelling(errors: readonly [SocketError, ...SocketError[]]): SocketError {
  return errors.reduce((best, error) => (rankOf(error) > rankOf(best) ? error : best))
}

function rankOf({ code }: SocketError): number {
  const rank = TELLING.indexOf(code)
  return rank < 0 ? TELLING.length : rank
}

/** `127.0.0.1:80 ECONNREFUSED`; with the call where it was not connect(2). */
function lineOf({ remote, syscall, code }: SocketError): string {
  const what = syscall === 'connect' ? code : `${syscall} ${code}`
  return remote === undefined ? what : `${formatSocketAddress(remote)} ${what}`
}
