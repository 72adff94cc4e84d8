/**
 * Protocol numbers and the levels of setsockopt(2): ip(7), protocols(5), IANA's protocol registry (linux/in.h,
 * linux/in6.h, linux/socket.h).
 */

// ip(7), ipv6(7)
export const IPPROTO_HOPOPTS = 0
export const IPPROTO_IP = 0
export const IPPROTO_ICMP = 1
export const IPPROTO_IGMP = 2
export const IPPROTO_IPIP = 4
export const IPPROTO_TCP = 6
export const IPPROTO_EGP = 8
export const IPPROTO_PUP = 12
export const IPPROTO_UDP = 17
export const IPPROTO_IDP = 22
export const IPPROTO_TP = 29
export const IPPROTO_DCCP = 33
export const IPPROTO_IPV6 = 41
export const IPPROTO_ROUTING = 43
export const IPPROTO_FRAGMENT = 44
export const IPPROTO_RSVP = 46
export const IPPROTO_GRE = 47
export const IPPROTO_ESP = 50
export const IPPROTO_AH = 51
export const IPPROTO_ICMPV6 = 58
export const IPPROTO_NONE = 59
export const IPPROTO_DSTOPTS = 60
export const IPPROTO_MTP = 92
export const IPPROTO_BEETPH = 94
export const IPPROTO_ENCAP = 98
export const IPPROTO_PIM = 103
export const IPPROTO_COMP = 108
export const IPPROTO_L2TP = 115
export const IPPROTO_SCTP = 132
export const IPPROTO_MH = 135
export const IPPROTO_UDPLITE = 136
export const IPPROTO_MPLS = 137
export const IPPROTO_ETHERNET = 143
export const IPPROTO_RAW = 255
export const IPPROTO_SMC = 256
export const IPPROTO_MPTCP = 262

// setsockopt(2)
export const SOL_IP = 0
export const SOL_SOCKET = 1
export const SOL_TCP = 6
export const SOL_UDP = 17
export const SOL_IPV6 = 41
export const SOL_ICMPV6 = 58
export const SOL_RAW = 255
export const SOL_DECNET = 261
export const SOL_X25 = 262
export const SOL_PACKET = 263
export const SOL_ATM = 264
export const SOL_AAL = 265
export const SOL_IRDA = 266
export const SOL_NETBEUI = 267
export const SOL_LLC = 268
export const SOL_DCCP = 269
export const SOL_NETLINK = 270
export const SOL_TIPC = 271
export const SOL_RXRPC = 272
export const SOL_PPPOL2TP = 273
export const SOL_BLUETOOTH = 274
export const SOL_PNPIPE = 275
export const SOL_RDS = 276
export const SOL_IUCV = 277
export const SOL_CAIF = 278
export const SOL_ALG = 279
export const SOL_NFC = 280
export const SOL_KCM = 281
export const SOL_TLS = 282
export const SOL_XDP = 283
export const SOL_MPTCP = 284
export const SOL_MCTP = 285
export const SOL_SMC = 286
export const SOL_VSOCK = 287
