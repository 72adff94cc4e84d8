/** Control messages that came with a message, by what they mean: cmsg(3), unix(7), ip(7), ipv6(7), socket(7). */
import {
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_HOPLIMIT,
  IPV6_TCLASS,
  IP_TOS,
  IP_TTL,
  SOL_SOCKET,
  SOL_UDP,
  SO_RXQ_OVFL,
} from '../sys/constants.ts'
import {
  IPV6_PKTINFO,
  IPV6_RECVERR,
  IP_PKTINFO,
  IP_RECVERR,
  SCM_CREDENTIALS,
  SCM_PIDFD,
  SCM_RIGHTS,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPING_NEW,
  SO_TIMESTAMPNS,
  SO_TIMESTAMPNS_NEW,
  SO_TIMESTAMP_NEW,
} from '../sys/constants-messages.ts'
import { UDP_GRO } from '../sys/constants-udp.ts'
import { decodeCmsgs, type Cmsg } from '../sys/cmsg.ts'
import { decodeExtendedError, EXTENDED_ERROR_SIZE, type ExtendedError } from './extended-error.ts'
import {
  decodeScmTimestamping,
  decodeTimespec,
  decodeTimeval,
  type MessageTimestamp,
} from './message-timestamp.ts'
import { OwnedDescriptor } from './owned-descriptor.ts'
import {
  decodeIn6Pktinfo,
  decodeInPktinfo,
  IN6_PKTINFO_SIZE,
  IN_PKTINFO_SIZE,
  type PacketInfo,
} from './packet-info.ts'
import { decodeUcred, UCRED_SIZE, type Credentials } from './peer-credentials.ts'

/** Descriptors that the peer sent (SCM_RIGHTS): open files of this process now, owned by these objects. */
export interface Rights {
  readonly kind: 'rights'
  readonly descriptors: readonly OwnedDescriptor[]
}

/** The sender as it was when it sent (SCM_CREDENTIALS), with SO_PASSCRED on. The kernel vouches for it. */
export interface SenderCredentials extends Credentials {
  readonly kind: 'credentials'
}

/** A descriptor of the sender's process (SCM_PIDFD, pidfd_open(2)), with SO_PASSPIDFD on. */
export interface SenderProcess {
  readonly kind: 'process'
  readonly descriptor: OwnedDescriptor
}

/** With IP_RECVTTL or IPV6_RECVHOPLIMIT on. */
export interface TimeToLive {
  readonly kind: 'ttl'
  /** TTL or hop limit of the header, 0 to 255. */
  readonly hops: number
}

/** With IP_RECVTOS or IPV6_RECVTCLASS on. */
export interface TrafficClass {
  readonly kind: 'traffic-class'
  /** The whole octet. */
  readonly value: number
  /** Its upper six bits: the codepoint of RFC 2474. */
  readonly dscp: number
  /** Its lower two: 0 not capable, 1 ECT(1), 2 ECT(0), 3 congestion was experienced (RFC 3168 section 5). */
  readonly ecn: number
}

/** With UDP_GRO on: the data are several datagrams of one sender, each this long, the last one at most. */
export interface SegmentSize {
  readonly kind: 'segment-size'
  readonly bytes: number
}

/** With SO_RXQ_OVFL on. */
export interface DropCount {
  readonly kind: 'drop-count'
  /** Messages this socket has lost since it was opened because its buffer was full, modulo 2^32. */
  readonly count: number
}

/** Everything else, and what was cut too short to be read. */
export interface UnknownControl {
  readonly kind: 'unknown'
  readonly level: number
  readonly type: number
  readonly data: Uint8Array
}

export type ControlMessage =
  | Rights
  | SenderCredentials
  | SenderProcess
  | PacketInfo
  | TimeToLive
  | TrafficClass
  | MessageTimestamp
  | ExtendedError
  | SegmentSize
  | DropCount
  | UnknownControl

/**
 * Reads what the kernel wrote. Total: bytes that say nothing known become {@link UnknownControl}, and no descriptor is
 * passed over.
 *
 * @param control not kept: what is needed of it is copied
 */
export function parseControl(control: Uint8Array): ControlMessage[] {
  return decodeCmsgs(control).flatMap((message) => meaningOf(message) ?? unknown(message))
}

function unknown({ level, type, data }: Cmsg): UnknownControl {
  return { kind: 'unknown', level, type, data: data.slice() }
}

type Meaning = ControlMessage | ControlMessage[] | undefined

function meaningOf(message: Cmsg): Meaning {
  switch (message.level) {
    case SOL_SOCKET:
      return ofSocket(message)
    case IPPROTO_IP:
      return ofIp(message)
    case IPPROTO_IPV6:
      return ofIpv6(message)
    case SOL_UDP:
      return message.type === UDP_GRO ? segmentSize(message.data) : undefined
    default:
      return undefined
  }
}

function ofSocket({ type, data }: Cmsg): Meaning {
  switch (type) {
    case SCM_RIGHTS:
      return { kind: 'rights', descriptors: descriptorsOf(data) }
    case SCM_CREDENTIALS:
      return data.length < UCRED_SIZE ? undefined : { kind: 'credentials', ...decodeUcred(data) }
    case SCM_PIDFD: {
      // Where no descriptor could be made the kernel gives an error number (scm_pidfd_recv in net/core/scm.c).
      const [descriptor] = descriptorsOf(data)
      return descriptor === undefined ? undefined : { kind: 'process', descriptor }
    }
    case SO_TIMESTAMP:
    case SO_TIMESTAMP_NEW:
      return decodeTimeval(data)
    case SO_TIMESTAMPNS:
    case SO_TIMESTAMPNS_NEW:
      return decodeTimespec(data)
    case SO_TIMESTAMPING:
    case SO_TIMESTAMPING_NEW:
      return decodeScmTimestamping(data)
    case SO_RXQ_OVFL: {
      const count = intOf(data)
      return count === undefined ? undefined : { kind: 'drop-count', count: count >>> 0 }
    }
    default:
      return undefined
  }
}

function ofIp({ type, data }: Cmsg): Meaning {
  switch (type) {
    case IP_PKTINFO:
      return data.length < IN_PKTINFO_SIZE ? undefined : decodeInPktinfo(data)
    case IP_TTL:
      return timeToLive(data)
    case IP_TOS:
      return trafficClass(data[0])
    case IP_RECVERR:
      return data.length < EXTENDED_ERROR_SIZE ? undefined : decodeExtendedError(data)
    default:
      return undefined
  }
}

function ofIpv6({ type, data }: Cmsg): Meaning {
  switch (type) {
    case IPV6_PKTINFO:
      return data.length < IN6_PKTINFO_SIZE ? undefined : decodeIn6Pktinfo(data)
    case IPV6_HOPLIMIT:
      return timeToLive(data)
    case IPV6_TCLASS:
      return trafficClass(intOf(data))
    case IPV6_RECVERR:
      return data.length < EXTENDED_ERROR_SIZE ? undefined : decodeExtendedError(data)
    default:
      return undefined
  }
}

/** Cut messages may end inside a number: what is not whole was never installed. */
function descriptorsOf(data: Uint8Array): OwnedDescriptor[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const descriptors: OwnedDescriptor[] = []
  for (let start = 0; start + 4 <= data.length; start += 4) {
    const fd = view.getInt32(start, true)
    if (fd >= 0) descriptors.push(new OwnedDescriptor(fd))
  }
  return descriptors
}

function timeToLive(data: Uint8Array): TimeToLive | undefined {
  const hops = intOf(data)
  return hops === undefined ? undefined : { kind: 'ttl', hops }
}

/** IPv4 gives one octet, IPv6 an int. */
function trafficClass(value: number | undefined): TrafficClass | undefined {
  return value === undefined
    ? undefined
    : { kind: 'traffic-class', value, dscp: (value & 0xff) >>> 2, ecn: value & 3 }
}

function segmentSize(data: Uint8Array): SegmentSize | undefined {
  const bytes = intOf(data)
  return bytes === undefined ? undefined : { kind: 'segment-size', bytes }
}

function intOf(data: Uint8Array): number | undefined {
  return data.length < 4 ? undefined : new DataView(data.buffer, data.byteOffset, 4).getInt32(0, true)
}
