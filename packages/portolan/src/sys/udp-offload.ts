/**
 * Segmentation offload of UDP: many datagrams as one long message through the kernel. UDP_SEGMENT (GSO) sends them,
 * UDP_GRO receives them; udp(7).
 *
 * What a path can do shows only when a message is sent, and the kernel says so in three ways, which hold for the joined
 * message and not for the datagrams in it: EINVAL (too many, or longer than the path carries in kernels that say EINVAL
 * for that), EMSGSIZE (longer than the path carries: each would have to be fragmented) and EIO (the device cannot
 * compute their checksums, or IPsec stands in the way); udp_send_skb in net/ipv4/udp.c.
 */
import { AF_INET, AF_INET6, IPPROTO_UDP, SOCK_DGRAM, SOL_UDP } from './constants.ts'
import { UDP_GRO, UDP_SEGMENT } from './constants-udp.ts'
import { ERRNO } from './errno.ts'
import { libc } from './libc.ts'

/** Bytes of the longest UDP message over IPv4: 65,535 without the headers of IPv4 and UDP. */
export const UDP_LARGEST = 65_507

/** Bytes that one received message can have at most, joined or not: the length fields of IP and UDP have 16 bits. */
export const UDP_LONGEST_JOINED = 65_536

/** UDP_MAX_SEGMENTS of linux/udp.h: 128 since Linux 6.9, 64 before. Which it is shows in the first EINVAL. */
const MOST_SEGMENTS = 128
const FEWER_SEGMENTS = 64

/** Every path carries packets of 576 bytes (RFC 791 section 3.2): a shorter datagram was not refused for its length. */
const CARRIED_EVERYWHERE = 576 - 60 - 8

/** What one socket may join. It learns from what the kernel refuses. */
export class UdpOffload {
  #segments: number
  #segmentSize = UDP_LARGEST

  /** @param supported whether the kernel knows UDP_SEGMENT on this socket */
  constructor(supported: boolean) {
    this.#segments = supported ? MOST_SEGMENTS : 1
  }

  /** Datagrams in one message; 1 where none may be joined. */
  get segments(): number {
    return this.#segments
  }

  /** Bytes of the longest datagram that may be joined with others. */
  get segmentSize(): number {
    return this.#segmentSize
  }

  /** Whether an error may mean the joined message instead of the datagrams in it. */
  static refuses(outcome: number): boolean {
    return outcome === -ERRNO.EINVAL || outcome === -ERRNO.EMSGSIZE || outcome === -ERRNO.EIO
  }

  /**
   * A joined message was refused with an error of {@link refuses}, and its first datagram alone was not.
   *
   * @param segments datagrams that were joined
   * @param size bytes of each
   */
  refused(outcome: number, segments: number, size: number): void {
    if (outcome === -ERRNO.EINVAL && segments > FEWER_SEGMENTS) this.#segments = FEWER_SEGMENTS
    else if (outcome === -ERRNO.EIO || size <= CARRIED_EVERYWHERE) this.#segments = 1
    else this.#segmentSize = size - 1
  }
}

/** Whether a socket of these three is one of UDP. */
export function isUdp(family: number, type: number, protocol: number): boolean {
  return (
    (family === AF_INET || family === AF_INET6) &&
    type === SOCK_DGRAM &&
    (protocol === 0 || protocol === IPPROTO_UDP)
  )
}

/** Asks the kernel, without changing anything. Other kinds of sockets have no such thing. */
export function probeSegmentation(fd: number, family: number, type: number, protocol: number): boolean {
  if (!isUdp(family, type, protocol)) return false
  return libc.getsockopt(fd, SOL_UDP, UDP_SEGMENT, new Int32Array(1), Int32Array.of(4)) >= 0
}

/** Lets the kernel join what this socket receives. @returns false where it cannot */
export function enableReceiveOffload(fd: number): boolean {
  return libc.setsockopt(fd, SOL_UDP, UDP_GRO, Int32Array.of(1), 4) >= 0
}
