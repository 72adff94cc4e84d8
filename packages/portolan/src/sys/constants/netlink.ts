/**
 * Netlink families and options, level SOL_NETLINK: netlink(7) (linux/netlink.h).
 */

// Options
export const NETLINK_ADD_MEMBERSHIP = 1
export const NETLINK_DROP_MEMBERSHIP = 2
export const NETLINK_PKTINFO = 3
export const NETLINK_BROADCAST_ERROR = 4
export const NETLINK_NO_ENOBUFS = 5
export const NETLINK_RX_RING = 6
export const NETLINK_TX_RING = 7
export const NETLINK_LISTEN_ALL_NSID = 8
export const NETLINK_LIST_MEMBERSHIPS = 9
export const NETLINK_CAP_ACK = 10
export const NETLINK_EXT_ACK = 11
export const NETLINK_GET_STRICT_CHK = 12

// Families: the protocol of a netlink socket
export const NETLINK_ROUTE = 0
export const NETLINK_USERSOCK = 2
export const NETLINK_FIREWALL = 3
export const NETLINK_INET_DIAG = 4
export const NETLINK_SOCK_DIAG = 4
export const NETLINK_NFLOG = 5
export const NETLINK_XFRM = 6
export const NETLINK_SELINUX = 7
export const NETLINK_ISCSI = 8
export const NETLINK_AUDIT = 9
export const NETLINK_FIB_LOOKUP = 10
export const NETLINK_CONNECTOR = 11
export const NETLINK_NETFILTER = 12
export const NETLINK_IP6_FW = 13
export const NETLINK_DNRTMSG = 14
export const NETLINK_KOBJECT_UEVENT = 15
export const NETLINK_GENERIC = 16
export const NETLINK_SCSITRANSPORT = 18
export const NETLINK_ECRYPTFS = 19
export const NETLINK_RDMA = 20
export const NETLINK_CRYPTO = 21
export const NETLINK_SMC = 22
