/**
 * How a typed option is read and set: the socket must be of the kind that has it, the value in its range, and a refusal
 * of the kernel names the option and says what to do.
 */
import { AF_INET, AF_INET6, SOCK_RAW, SOCK_STREAM } from '../sys/constants.ts'
import { ERRNO, errnoName } from '../sys/errno.ts'
import { libc, type Memory } from '../sys/libc.ts'
import type { SocketError } from '../sys/socket-error.ts'
import { checkWhole, NO_OPTIONS } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'

const INT_SIZE = 4

/** Sockets that have an option. The kernel lets some be set where they do nothing; here they are refused. */
export interface SocketKind {
  /** As in "only TCP sockets have it". */
  readonly text: string
  includes(socket: Descriptor): boolean
}

const isInet = ({ family }: Descriptor): boolean => family === AF_INET || family === AF_INET6

export const ANY: SocketKind = { text: 'sockets', includes: () => true }
export const INET: SocketKind = { text: 'AF_INET and AF_INET6 sockets', includes: isInet }
export const IPV6: SocketKind = { text: 'AF_INET6 sockets', includes: ({ family }) => family === AF_INET6 }
export const TCP: SocketKind = {
  text: 'TCP sockets',
  includes: (socket) => isInet(socket) && socket.type === SOCK_STREAM,
}
export const DATAGRAM: SocketKind = {
  text: 'datagram and raw sockets of AF_INET and AF_INET6',
  includes: (socket) => isInet(socket) && socket.type !== SOCK_STREAM,
}

export interface SocketOption {
  /** As in the man page. */
  readonly name: string
  readonly level: number
  readonly number: number
  readonly of: SocketKind
  /** What an error number of the kernel means here, by its name. */
  readonly hints?: Readonly<Record<string, string>>
}

/** One meaning that IPv4 and IPv6 have an option each for. */
export interface OptionPair {
  readonly v4: SocketOption
  readonly v6: SocketOption
}

type Syscall = 'getsockopt' | 'setsockopt'

export class OptionAccess {
  readonly #socket: Descriptor

  constructor(socket: Descriptor) {
    this.#socket = socket
  }

  protected get family(): number {
    return this.#socket.family
  }

  protected get closed(): boolean {
    return this.#socket.fd < 0
  }

  protected getInt(option: SocketOption): number {
    return new DataView(this.getBytes(option, INT_SIZE).buffer).getInt32(0, true)
  }

  /** @throws RangeError for a value outside the range */
  protected setInt(option: SocketOption, value: number, lowest: number, highest: number): void {
    const whole = checkWhole(option.name, value, lowest, highest)
    this.setBytes(option, Int32Array.of(whole), ` = ${whole}`)
  }

  protected getFlag(option: SocketOption): boolean {
    return this.getInt(option) !== 0
  }

  /** @throws TypeError for anything but a boolean: `"false"` and `0` would be taken as each other's opposite */
  protected setFlag(option: SocketOption, on: boolean): void {
    if (typeof on !== 'boolean')
      throw new TypeError(`${option.name} must be true or false, not ${String(on)}`)
    this.setInt(option, on ? 1 : 0, 0, 1)
  }

  /** @returns as many bytes as the kernel wrote, `room` at most */
  protected getBytes(option: SocketOption, room: number): Uint8Array {
    const fd = this.#opened(option, 'getsockopt')
    const bytes = new Uint8Array(room)
    const size = Int32Array.of(room)
    const outcome = libc.getsockopt(fd, option.level, option.number, bytes, size)
    if (outcome < 0) throw this.#refusal(outcome, option, 'getsockopt')
    return bytes.subarray(0, size[0])
  }

  /** @param shown the value for an error message, as in ` = 5` */
  protected setBytes(option: SocketOption, value: Memory, shown = ''): void {
    const fd = this.#opened(option, 'setsockopt')
    const outcome = libc.setsockopt(fd, option.level, option.number, value, value.byteLength)
    if (outcome < 0) throw this.#refusal(outcome, option, 'setsockopt', shown)
  }

  /** The option of the pair that this socket's own family has. */
  protected own({ v4, v6 }: OptionPair): SocketOption {
    return this.family === AF_INET6 ? v6 : v4
  }

  /**
   * Both options of the pair where an AF_INET6 socket may carry IPv4 too (RFC 3493 section 3.7): there the kernel takes
   * IPv4's own. Raw IPv6 sockets carry none.
   */
  protected each(pair: OptionPair): SocketOption[] {
    return this.family === AF_INET6 && this.#socket.type !== SOCK_RAW ? [pair.v6, pair.v4] : [this.own(pair)]
  }

  /** The descriptor, if the socket is of the kind that has the option. */
  #opened(option: SocketOption, syscall: Syscall): number {
    const fd = this.#socket.opened(syscall)
    if (!option.of.includes(this.#socket))
      throw this.#failure(-ERRNO.ENOPROTOOPT, `${option.name}: only ${option.of.text} have it`, syscall)
    return fd
  }

  #refusal(outcome: number, option: SocketOption, syscall: Syscall, shown = ''): SocketError {
    const hint = option.hints?.[errnoName(-outcome)] ?? COMMON_HINTS[errnoName(-outcome)]
    const why = hint === undefined ? '' : `: ${hint}`
    return this.#failure(outcome, `${option.name}${shown}${why}`, syscall)
  }

  #failure(outcome: number, subject: string, syscall: Syscall): SocketError {
    return this.#socket.failure(outcome, syscall, NO_OPTIONS, { subject })
  }
}

/** What an error number means for every option that does not say otherwise. */
const COMMON_HINTS: Readonly<Record<string, string>> = {
  ENOPROTOOPT: 'this kernel has no such option for this kind of socket',
  EOPNOTSUPP: 'this kernel has no such option for this kind of socket',
}
