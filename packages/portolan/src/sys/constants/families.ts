/**
 * Address families, socket types and ways to shut down: socket(2), address_families(7), shutdown(2)
 * (bits/socket.h, bits/socket_type.h).
 */

// address_families(7)
/** No family: connect(2) with it takes the peer of a datagram socket away again. */
export const AF_UNSPEC = 0
export const AF_FILE = 1
export const AF_LOCAL = 1
export const AF_UNIX = 1
export const AF_INET = 2
export const AF_AX25 = 3
export const AF_IPX = 4
export const AF_APPLETALK = 5
export const AF_NETROM = 6
export const AF_BRIDGE = 7
export const AF_ATMPVC = 8
export const AF_X25 = 9
export const AF_INET6 = 10
export const AF_ROSE = 11
export const AF_DECnet = 12
export const AF_NETBEUI = 13
export const AF_SECURITY = 14
export const AF_KEY = 15
export const AF_NETLINK = 16
export const AF_ROUTE = 16
export const AF_PACKET = 17
export const AF_ASH = 18
export const AF_ECONET = 19
export const AF_ATMSVC = 20
export const AF_RDS = 21
export const AF_SNA = 22
export const AF_IRDA = 23
export const AF_PPPOX = 24
export const AF_WANPIPE = 25
export const AF_LLC = 26
export const AF_IB = 27
export const AF_MPLS = 28
export const AF_CAN = 29
export const AF_TIPC = 30
export const AF_BLUETOOTH = 31
export const AF_IUCV = 32
export const AF_RXRPC = 33
export const AF_ISDN = 34
export const AF_PHONET = 35
export const AF_IEEE802154 = 36
export const AF_CAIF = 37
export const AF_ALG = 38
export const AF_NFC = 39
export const AF_VSOCK = 40
export const AF_KCM = 41
export const AF_QIPCRTR = 42
export const AF_SMC = 43
export const AF_XDP = 44
export const AF_MCTP = 45

// socket(2)
export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOCK_RDM = 4
export const SOCK_SEQPACKET = 5
export const SOCK_DCCP = 6
/** The packet interface of Linux 2.0; use {@link AF_PACKET}. */
export const SOCK_PACKET = 10

/** Set on every descriptor Portolan opens. */
export const SOCK_NONBLOCK = 0o4000
/** Set on every descriptor Portolan opens, so that child processes do not inherit it. */
export const SOCK_CLOEXEC = 0o2000000

// shutdown(2)
export const SHUT_RD = 0
export const SHUT_WR = 1
export const SHUT_RDWR = 2
