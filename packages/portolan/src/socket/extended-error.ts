/** What the error queue says of a datagram: struct sock_extended_err of ip(7), IP_RECVERR. */
import { AF_INET, AF_INET6 } from '../sys/constants.ts'
import {
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
  SO_EE_ORIGIN_LOCAL,
  SO_EE_ORIGIN_NONE,
  SO_EE_ORIGIN_TIMESTAMPING,
  SO_EE_ORIGIN_TXTIME,
  SO_EE_ORIGIN_ZEROCOPY,
} from '../sys/constants-messages.ts'
import { errnoName } from '../sys/errno.ts'
import { decodeSockaddr, SOCKADDR_IN6_SIZE, SOCKADDR_IN_SIZE } from '../sys/sockaddr.ts'
import type { SocketAddress } from '../sys/socket-address.ts'

/** Who reports: this machine, a router or the peer by ICMP, or the kernel about a message that was sent well. */
export type ErrorOrigin =
  | 'none'
  | 'local'
  | 'icmp'
  | 'icmp6'
  | 'timestamping'
  | 'zerocopy'
  | 'txtime'
  | 'unknown'

/** An entry of the error queue. The message it comes with is the datagram that failed, as far as ICMP quotes it. */
export interface ExtendedError {
  readonly kind: 'error'
  readonly origin: ErrorOrigin
  /** Error number of errno(3); 0 for a notice of zerocopy, ENOMSG for a timestamp. */
  readonly errno: number
  /** Its name, as in `ECONNREFUSED`; `E0` for none. */
  readonly name: string
  /** Type and code of the ICMP message, where the origin is one. */
  readonly type: number
  readonly code: number
  /** The MTU of the path with EMSGSIZE; which timestamp it is; the first of a range with zerocopy. */
  readonly info: number
  /** Number of the message for a timestamp; the last of a range with zerocopy. */
  readonly data: number
  /** Who sent the ICMP message; the port says nothing. Undefined where nobody did. */
  readonly offender: SocketAddress | undefined
}

/** sizeof(struct sock_extended_err) */
export const EXTENDED_ERROR_SIZE = 16

const ORIGINS: ReadonlyMap<number, ErrorOrigin> = new Map<number, ErrorOrigin>([
  [SO_EE_ORIGIN_NONE, 'none'],
  [SO_EE_ORIGIN_LOCAL, 'local'],
  [SO_EE_ORIGIN_ICMP, 'icmp'],
  [SO_EE_ORIGIN_ICMP6, 'icmp6'],
  [SO_EE_ORIGIN_TIMESTAMPING, 'timestamping'],
  [SO_EE_ORIGIN_ZEROCOPY, 'zerocopy'],
  [SO_EE_ORIGIN_TXTIME, 'txtime'],
])

/** @param bytes at least {@link EXTENDED_ERROR_SIZE}; behind that stands the offender's address (SO_EE_OFFENDER) */
export function decodeExtendedError(bytes: Uint8Array): ExtendedError {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const errno = view.getUint32(0, true)
  return {
    kind: 'error',
    origin: ORIGINS.get(view.getUint8(4)) ?? 'unknown',
    errno,
    name: errnoName(errno),
    type: view.getUint8(5),
    code: view.getUint8(6),
    info: view.getUint32(8, true),
    data: view.getUint32(12, true),
    offender: offenderOf(bytes.subarray(EXTENDED_ERROR_SIZE)),
  }
}

/** A control message may have been cut in the middle of the address. */
function offenderOf(bytes: Uint8Array): SocketAddress | undefined {
  const whole =
    (bytes[0] === AF_INET && bytes.length >= SOCKADDR_IN_SIZE) ||
    (bytes[0] === AF_INET6 && bytes.length >= SOCKADDR_IN6_SIZE)
  return whole ? decodeSockaddr(bytes, bytes.length) : undefined
}
