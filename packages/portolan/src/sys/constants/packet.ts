/**
 * AF_PACKET: packet types and options, level SOL_PACKET: packet(7) (linux/if_packet.h).
 */

// Packet types (sll_pkttype)
/** To this machine. */
export const PACKET_HOST = 0
/** To everybody on the link. */
export const PACKET_BROADCAST = 1
/** To a group. */
export const PACKET_MULTICAST = 2
/** To somebody else, seen in promiscuous mode. */
export const PACKET_OTHERHOST = 3
/** Sent by this machine. */
export const PACKET_OUTGOING = 4
export const PACKET_LOOPBACK = 5
export const PACKET_USER = 6
export const PACKET_KERNEL = 7
export const PACKET_FASTROUTE = 6

// PACKET_ADD_MEMBERSHIP (struct packet_mreq)
export const PACKET_MR_MULTICAST = 0
export const PACKET_MR_PROMISC = 1
export const PACKET_MR_ALLMULTI = 2
export const PACKET_MR_UNICAST = 3

// PACKET_FANOUT
export const PACKET_FANOUT_HASH = 0
export const PACKET_FANOUT_LB = 1
export const PACKET_FANOUT_CPU = 2
export const PACKET_FANOUT_ROLLOVER = 3
export const PACKET_FANOUT_RND = 4
export const PACKET_FANOUT_QM = 5
export const PACKET_FANOUT_CBPF = 6
export const PACKET_FANOUT_EBPF = 7

export const PACKET_FANOUT_FLAG_ROLLOVER = 0x1000
export const PACKET_FANOUT_FLAG_UNIQUEID = 0x2000
export const PACKET_FANOUT_FLAG_IGNORE_OUTGOING = 0x4000
export const PACKET_FANOUT_FLAG_DEFRAG = 0x8000

// packet(7)
export const PACKET_ADD_MEMBERSHIP = 1
export const PACKET_DROP_MEMBERSHIP = 2
export const PACKET_RECV_OUTPUT = 3
export const PACKET_RX_RING = 5
export const PACKET_STATISTICS = 6
export const PACKET_COPY_THRESH = 7
export const PACKET_AUXDATA = 8
export const PACKET_ORIGDEV = 9
export const PACKET_VERSION = 10
export const PACKET_HDRLEN = 11
export const PACKET_RESERVE = 12
export const PACKET_TX_RING = 13
export const PACKET_LOSS = 14
export const PACKET_VNET_HDR = 15
export const PACKET_TX_TIMESTAMP = 16
export const PACKET_TIMESTAMP = 17
export const PACKET_FANOUT = 18
export const PACKET_TX_HAS_OFF = 19
export const PACKET_QDISC_BYPASS = 20
export const PACKET_ROLLOVER_STATS = 21
export const PACKET_FANOUT_DATA = 22
export const PACKET_IGNORE_OUTGOING = 23
