/**
 * Control messages: their types, the options that switch them on and the flags of recvmsg(2) (bits/socket.h,
 * asm-generic/socket.h, linux/in.h, linux/in6.h, linux/errqueue.h, linux/net_tstamp.h).
 */

// recvmsg(2)
/** Control messages were cut: there was no room for all of them, or no descriptor was free. */
export const MSG_CTRUNC = 0x8
/** Reads the error queue instead of the data: ip(7), IP_RECVERR. */
export const MSG_ERRQUEUE = 0x2000
/** Set on every recvmsg, so that child processes do not inherit what a peer sends. */
export const MSG_CMSG_CLOEXEC = 0x40000000

// unix(7): types at level SOL_SOCKET
export const SCM_RIGHTS = 0x1
export const SCM_CREDENTIALS = 0x2
export const SCM_SECURITY = 0x3
export const SCM_PIDFD = 0x4

// socket(7), the kernel's networking/timestamping document: options, and types at level SOL_SOCKET
export const SO_TIMESTAMP = 29
export const SO_TIMESTAMPNS = 35
export const SO_TIMESTAMPING = 37
export const SO_TIMESTAMP_NEW = 63
export const SO_TIMESTAMPNS_NEW = 64
export const SO_TIMESTAMPING_NEW = 65
export const SCM_TIMESTAMP = 29
export const SCM_TIMESTAMPNS = 35
export const SCM_TIMESTAMPING = 37
export const SCM_TIMESTAMPING_OPT_STATS = 54
export const SCM_TIMESTAMPING_PKTINFO = 58
export const SCM_WIFI_STATUS = 41
export const SCM_TXTIME = 61

// Bits of SO_TIMESTAMPING
export const SOF_TIMESTAMPING_TX_HARDWARE = 0x1
export const SOF_TIMESTAMPING_TX_SOFTWARE = 0x2
export const SOF_TIMESTAMPING_RX_HARDWARE = 0x4
export const SOF_TIMESTAMPING_RX_SOFTWARE = 0x8
export const SOF_TIMESTAMPING_SOFTWARE = 0x10
export const SOF_TIMESTAMPING_SYS_HARDWARE = 0x20
export const SOF_TIMESTAMPING_RAW_HARDWARE = 0x40
export const SOF_TIMESTAMPING_OPT_ID = 0x80
export const SOF_TIMESTAMPING_TX_SCHED = 0x100
export const SOF_TIMESTAMPING_TX_ACK = 0x200
export const SOF_TIMESTAMPING_OPT_CMSG = 0x400
export const SOF_TIMESTAMPING_OPT_TSONLY = 0x800
export const SOF_TIMESTAMPING_OPT_STATS = 0x1000
export const SOF_TIMESTAMPING_OPT_PKTINFO = 0x2000
export const SOF_TIMESTAMPING_OPT_TX_SWHW = 0x4000
export const SOF_TIMESTAMPING_BIND_PHC = 0x8000
export const SOF_TIMESTAMPING_OPT_ID_TCP = 0x10000

// ip(7): IP_PKTINFO, IP_TTL and IP_TOS are types at level IPPROTO_IP too
export const IP_PKTINFO = 8
export const IP_RECVERR = 11
export const IP_RECVTTL = 12
export const IP_RECVTOS = 13
export const IP_RECVERR_RFC4884 = 26

// ipv6(7), RFC 3542: IPV6_PKTINFO, IPV6_HOPLIMIT and IPV6_TCLASS are types at level IPPROTO_IPV6 too
export const IPV6_2292PKTINFO = 2
export const IPV6_RECVERR = 25
export const IPV6_RECVERR_RFC4884 = 31
export const IPV6_RECVPKTINFO = 49
export const IPV6_PKTINFO = 50

// sock_extended_err, ip(7): where an error of the queue comes from
export const SO_EE_ORIGIN_NONE = 0
export const SO_EE_ORIGIN_LOCAL = 1
export const SO_EE_ORIGIN_ICMP = 2
export const SO_EE_ORIGIN_ICMP6 = 3
export const SO_EE_ORIGIN_TXSTATUS = 4
export const SO_EE_ORIGIN_TIMESTAMPING = 4
export const SO_EE_ORIGIN_ZEROCOPY = 5
export const SO_EE_ORIGIN_TXTIME = 6
export const SO_EE_CODE_ZEROCOPY_COPIED = 1
