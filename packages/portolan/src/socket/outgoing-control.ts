/** Control messages to send along: sendmsg(2), cmsg(3), unix(7), ip(7), ipv6(7), udp(7). */
import {
  AF_INET6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_HOPLIMIT,
  IPV6_TCLASS,
  IP_TOS,
  IP_TTL,
  SOL_SOCKET,
  SOL_UDP,
} from '../sys/constants.ts'
import { IPV6_PKTINFO, IP_PKTINFO, SCM_CREDENTIALS, SCM_RIGHTS } from '../sys/constants-messages.ts'
import { UDP_SEGMENT } from '../sys/constants-udp.ts'
import { encodeCmsgs, type Cmsg } from '../sys/cmsg.ts'
import { ERRNO } from '../sys/errno.ts'
import { parseIPv6 } from '../sys/inet.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import { checkWhole } from './call-options.ts'
import type { ControlMessage, UnknownControl } from './control-message.ts'
import { encodeIn6Pktinfo, encodeInPktinfo, type OutgoingPacketInfo } from './packet-info.ts'
import { encodeUcred } from './peer-credentials.ts'

/** An open descriptor: its number, or whatever holds it, as a Socket or a FileHandle of node:fs does. */
export type DescriptorSource = number | { readonly fd: number }

/** Descriptors to share with the peer (SCM_RIGHTS), up to 253. They stay open here, and have to until they are sent. */
export interface OutgoingRights {
  readonly kind: 'rights'
  readonly descriptors: readonly DescriptorSource[]
}

/** Who this process says it is (SCM_CREDENTIALS). What is left out is true; only root may say otherwise. */
export interface OutgoingCredentials {
  readonly kind: 'credentials'
  readonly pid?: number
  readonly uid?: number
  readonly gid?: number
}

/** TTL or hop limit of this one message, 1 to 255. */
export interface OutgoingTimeToLive {
  readonly kind: 'ttl'
  readonly hops: number
}

/** The octet of DSCP and ECN of this one message. */
export interface OutgoingTrafficClass {
  readonly kind: 'traffic-class'
  readonly value: number
}

/** UDP_SEGMENT: lets the kernel cut the data into datagrams of so many bytes, the last one being what remains. */
export interface OutgoingSegmentSize {
  readonly kind: 'segment-size'
  readonly bytes: number
}

/** What a control message of sendmsg is given as; {@link UnknownControl} is any other, as its bytes. */
export type OutgoingControl =
  | OutgoingRights
  | OutgoingCredentials
  | OutgoingPacketInfo
  | OutgoingTimeToLive
  | OutgoingTrafficClass
  | OutgoingSegmentSize
  | UnknownControl

const NONE = new Uint8Array(0)

/**
 * @param address where the message goes: an IPv4-mapped one takes the options of IPv4 on an IPv6 socket too
 * @throws RangeError for a number that the kernel would cut, SocketError with EBADF for a holder that is closed
 */
export function encodeControl(
  control: readonly OutgoingControl[] | undefined,
  family: number,
  address: SocketAddress | undefined,
): Uint8Array {
  if (control === undefined || control.length === 0) return NONE
  const mapped = isMapped(address)
  return encodeCmsgs(control.map((message) => cmsgOf(message, family, mapped)))
}

/** IPv4-mapped IPv6 address: RFC 4291 section 2.5.5.2. */
function isMapped(address: SocketAddress | undefined): boolean {
  if (address === undefined || !('host' in address)) return false
  const value = parseIPv6(address.host)
  return value !== undefined && value >> 32n === 0xffffn
}

function cmsgOf(message: OutgoingControl, family: number, mapped: boolean): Cmsg {
  const six = family === AF_INET6
  switch (message.kind) {
    case 'rights':
      return { level: SOL_SOCKET, type: SCM_RIGHTS, data: descriptorBytes(message.descriptors) }
    case 'credentials':
      return { level: SOL_SOCKET, type: SCM_CREDENTIALS, data: ucredBytes(message) }
    case 'packet-info':
      // The one option that IPv4 takes from an IPv6 socket as it is (ip_cmsg_send in net/ipv4/ip_sockglue.c).
      return six
        ? { level: IPPROTO_IPV6, type: IPV6_PKTINFO, data: encodeIn6Pktinfo(message, mapped) }
        : { level: IPPROTO_IP, type: IP_PKTINFO, data: encodeInPktinfo(message) }
    case 'ttl': {
      const data = intBytes(checkWhole('hops', message.hops, 1, 255))
      return six && !mapped
        ? { level: IPPROTO_IPV6, type: IPV6_HOPLIMIT, data }
        : { level: IPPROTO_IP, type: IP_TTL, data }
    }
    case 'traffic-class': {
      const data = intBytes(checkWhole('value', message.value, 0, 255))
      return six && !mapped
        ? { level: IPPROTO_IPV6, type: IPV6_TCLASS, data }
        : { level: IPPROTO_IP, type: IP_TOS, data }
    }
    case 'segment-size': {
      // A 16-bit number on its way out, an int on its way in (udp(7)).
      const bytes = checkWhole('bytes', message.bytes, 1, 0xffff)
      return { level: SOL_UDP, type: UDP_SEGMENT, data: Uint8Array.of(bytes & 0xff, bytes >>> 8) }
    }
    case 'unknown':
    default:
      return checkedCmsg(message)
  }
}

function checkedCmsg({ level, type, data }: UnknownControl): Cmsg {
  if (!ArrayBuffer.isView(data))
    throw new TypeError('A control message of no known kind needs its data as bytes')
  checkWhole('level', level, -0x80000000, 0x7fffffff)
  checkWhole('type', type, -0x80000000, 0x7fffffff)
  return { level, type, data }
}

function descriptorBytes(descriptors: readonly DescriptorSource[]): Uint8Array {
  const numbers = descriptors.map((source) => {
    const fd = typeof source === 'number' ? source : source.fd
    // -1 is what a closed socket holds; the kernel would say the same, but of every negative number.
    if (fd === -1) throw new SocketError(ERRNO.EBADF, 'sendmsg')
    return checkWhole('A descriptor', fd, 0, 0x7fffffff)
  })
  return new Uint8Array(Int32Array.from(numbers).buffer)
}

function ucredBytes({ pid, uid, gid }: OutgoingCredentials): Uint8Array {
  return encodeUcred({
    pid: checkWhole('pid', pid ?? process.pid, 0, 0x7fffffff),
    uid: checkWhole('uid', uid ?? process.getuid?.() ?? 0, 0, 0xffffffff),
    gid: checkWhole('gid', gid ?? process.getgid?.() ?? 0, 0, 0xffffffff),
  })
}

function intBytes(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer)
}

/**
 * What an answer is to be sent with, so that it leaves from the address that was hit: `control` of sendmsg, from `control`
 * of the message: IP_PKTINFO of ip(7), IPV6_PKTINFO of RFC 3542. Empty where the message does not tell, because IP_PKTINFO
 * or IPV6_RECVPKTINFO is not on. Never throws.
 *
 * The interface is left to the routes, because the way back may be another one, unless the address means nothing
 * elsewhere: a link-local one (RFC 4291 section 2.5.6), or the group that an IPv6 message went to.
 */
export function replyFrom(control: readonly ControlMessage[]): OutgoingPacketInfo[] {
  const info = control.find((message) => message.kind === 'packet-info')
  if (info === undefined) return []
  const { local } = info
  const bound = local === undefined || /^fe[89ab]/.test(local)
  return [{ kind: 'packet-info', local, ...(bound ? { interface: info.interface } : {}) }]
}
