/**
 * IPv4: addresses and options, level IPPROTO_IP, and the multicast options of both families: ip(7) (linux/in.h,
 * netinet/in.h).
 */

// Addresses, in host order
export const INADDR_ANY = 0x00000000
export const INADDR_LOOPBACK = 0x7f000001
export const INADDR_DUMMY = 0xc0000008
export const INADDR_UNSPEC_GROUP = 0xe0000000
export const INADDR_ALLHOSTS_GROUP = 0xe0000001
export const INADDR_ALLRTRS_GROUP = 0xe0000002
export const INADDR_ALLSNOOPERS_GROUP = 0xe000006a
export const INADDR_MAX_LOCAL_GROUP = 0xe00000ff
export const INADDR_BROADCAST = 0xffffffff
export const INADDR_NONE = 0xffffffff

// Values of IP_MTU_DISCOVER
export const IP_PMTUDISC_DONT = 0
export const IP_PMTUDISC_WANT = 1
export const IP_PMTUDISC_DO = 2
export const IP_PMTUDISC_PROBE = 3
export const IP_PMTUDISC_INTERFACE = 4
export const IP_PMTUDISC_OMIT = 5

// Values of multicast options
export const IP_DEFAULT_MULTICAST_TTL = 1
export const IP_DEFAULT_MULTICAST_LOOP = 1
export const IP_MAX_MEMBERSHIPS = 20
export const MCAST_EXCLUDE = 0
export const MCAST_INCLUDE = 1

// ip(7)
export const IP_TOS = 1
export const IP_TTL = 2
export const IP_HDRINCL = 3
export const IP_OPTIONS = 4
export const IP_ROUTER_ALERT = 5
export const IP_RECVOPTS = 6
export const IP_RECVRETOPTS = 7
export const IP_RETOPTS = 7
export const IP_PKTOPTIONS = 9
export const IP_MTU_DISCOVER = 10
export const IP_PMTUDISC = 10
export const IP_MTU = 14
export const IP_FREEBIND = 15
export const IP_IPSEC_POLICY = 16
export const IP_XFRM_POLICY = 17
export const IP_PASSSEC = 18
export const IP_TRANSPARENT = 19
export const IP_ORIGDSTADDR = 20
export const IP_RECVORIGDSTADDR = 20
export const IP_MINTTL = 21
export const IP_NODEFRAG = 22
export const IP_CHECKSUM = 23
export const IP_BIND_ADDRESS_NO_PORT = 24
export const IP_RECVFRAGSIZE = 25
export const IP_MULTICAST_IF = 32
export const IP_MULTICAST_TTL = 33
export const IP_MULTICAST_LOOP = 34
export const IP_ADD_MEMBERSHIP = 35
export const IP_DROP_MEMBERSHIP = 36
export const IP_UNBLOCK_SOURCE = 37
export const IP_BLOCK_SOURCE = 38
export const IP_ADD_SOURCE_MEMBERSHIP = 39
export const IP_DROP_SOURCE_MEMBERSHIP = 40
export const IP_MSFILTER = 41
export const IP_MULTICAST_ALL = 49
export const IP_UNICAST_IF = 50
export const IP_LOCAL_PORT_RANGE = 51
export const IP_PROTOCOL = 52

// RFC 3678: for IPv4 and IPv6
export const MCAST_JOIN_GROUP = 42
export const MCAST_BLOCK_SOURCE = 43
export const MCAST_UNBLOCK_SOURCE = 44
export const MCAST_LEAVE_GROUP = 45
export const MCAST_JOIN_SOURCE_GROUP = 46
export const MCAST_LEAVE_SOURCE_GROUP = 47
export const MCAST_MSFILTER = 48
