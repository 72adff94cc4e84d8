/** Descriptors that others opened: fromfd, as in Python's socket(fileno=…). */
import * as families from '../sys/constants/families.ts'
import { SO_ACCEPTCONN, SO_DOMAIN, SO_PROTOCOL, SO_TYPE, SOL_SOCKET } from '../sys/constants.ts'
import { prepareDescriptor } from '../sys/descriptor-flags.ts'
import { libc } from '../sys/libc.ts'
import { SocketError } from '../sys/socket-error.ts'
import { remoteAddressOf } from './address-of.ts'
import { checkWhole } from './call-options.ts'
import { isOwned } from './readiness.ts'
import { Socket } from './socket.ts'

/** What a descriptor must be to be taken; what is left out may be anything. */
export interface Expectations {
  /** AF_INET … */
  readonly family?: number | undefined
  /** SOCK_STREAM … */
  readonly type?: number | undefined
  /** Whether it has a peer. */
  readonly connected?: boolean | undefined
  /** Whether connections can wait at it. */
  readonly listening?: boolean | undefined
}

/**
 * Takes over an open socket: one that was inherited, received from another process, or given up by `detach`. From here
 * on it is closed with the Socket. Family, type and protocol are the kernel's answers; the descriptor becomes
 * non-blocking, which everybody notices who shares it, and closed on exec. One that is refused is left as it is.
 *
 * A socket of node:net cannot be taken: libuv would go on watching and close it.
 *
 * @throws RangeError for what is no descriptor's number; SocketError with EBADF, ENOTSOCK, ERR_SOCKET_UNEXPECTED where
 * it is not as expected, ERR_SOCKET_OWNED where a Socket of this thread has it already
 */
export function fromfd(fd: number, expected: Expectations = {}): Socket {
  checkWhole('fd', fd, 0, 0x7fffffff)
  // First: what the kernel says of a socket that has an owner does not matter.
  if (isOwned(fd)) throw refusal('ERR_SOCKET_OWNED', fd, 'belongs to an open Socket; detach it there')
  const family = sniff(fd, SO_DOMAIN)
  const type = sniff(fd, SO_TYPE)
  const listening = sniff(fd, SO_ACCEPTCONN) !== 0
  const remote = remoteAddressOf(fd)
  const complaint =
    differs(family, expected.family, (value) => nameOf('AF_', value)) ??
    differs(type, expected.type, (value) => nameOf('SOCK_', value)) ??
    differs(remote !== undefined, expected.connected, (value) => (value ? 'connected' : 'not connected')) ??
    differs(listening, expected.listening, (value) => (value ? 'listening' : 'not listening'))
  if (complaint !== undefined) throw refusal('ERR_SOCKET_UNEXPECTED', fd, complaint)
  const protocol = sniff(fd, SO_PROTOCOL)
  const outcome = prepareDescriptor(fd)
  if (outcome < 0) throw refusal(-outcome, fd)
  return new Socket(fd, family, type, protocol, remote, 'fromfd')
}

function sniff(fd: number, name: number): number {
  const value = new Int32Array(1)
  const outcome = libc.getsockopt(fd, SOL_SOCKET, name, value, Int32Array.of(value.byteLength))
  if (outcome < 0) throw refusal(-outcome, fd)
  return value[0] ?? 0
}

function refusal(reason: number | string, fd: number, why = ''): SocketError {
  return new SocketError(reason, 'fromfd', { subject: `descriptor ${fd} ${why}`.trimEnd() })
}

function differs<T>(is: T, expected: T | undefined, name: (value: T) => string): string | undefined {
  return expected === undefined || is === expected ? undefined : `is ${name(is)}, not ${name(expected)}`
}

/** The first name a constant of the family has: AF_UNIX has three. */
function nameOf(prefix: 'AF_' | 'SOCK_', value: number): string {
  if (prefix === 'AF_' && value === families.AF_UNIX) return 'AF_UNIX'
  const found = Object.entries(families).find(([name, number]) => name.startsWith(prefix) && number === value)
  return found?.[0] ?? `${prefix}${value}`
}
