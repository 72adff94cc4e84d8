/**
 * Options, states and modes of TCP, level IPPROTO_TCP: tcp(7) (linux/tcp.h, netinet/tcp.h).
 */

// States, as in the first byte of TCP_INFO
export const TCP_ESTABLISHED = 1
export const TCP_SYN_SENT = 2
export const TCP_SYN_RECV = 3
export const TCP_FIN_WAIT1 = 4
export const TCP_FIN_WAIT2 = 5
export const TCP_TIME_WAIT = 6
export const TCP_CLOSE = 7
export const TCP_CLOSE_WAIT = 8
export const TCP_LAST_ACK = 9
export const TCP_LISTEN = 10
export const TCP_CLOSING = 11

// TCP_REPAIR, and the queues of TCP_REPAIR_QUEUE
export const TCP_REPAIR_ON = 1
export const TCP_REPAIR_OFF = 0
export const TCP_REPAIR_OFF_NO_WP = -1
export const TCP_NO_QUEUE = 0
export const TCP_RECV_QUEUE = 1
export const TCP_SEND_QUEUE = 2

// TCP_MD5SIG_EXT and TCP_ZEROCOPY_RECEIVE
export const TCP_MD5SIG_MAXKEYLEN = 80
export const TCP_MD5SIG_FLAG_PREFIX = 1
export const TCP_MD5SIG_FLAG_IFINDEX = 2
export const TCP_RECEIVE_ZEROCOPY_FLAG_TLB_CLEAN_HINT = 1

// Segment sizes that are assumed where none is told (RFC 1122, RFC 3226)
export const TCP_MSS_DEFAULT = 536
export const TCP_MSS_DESIRED = 1220

// tcp(7)
export const TCP_NODELAY = 1
export const TCP_MAXSEG = 2
export const TCP_CORK = 3
export const TCP_KEEPIDLE = 4
export const TCP_KEEPINTVL = 5
export const TCP_KEEPCNT = 6
export const TCP_SYNCNT = 7
export const TCP_LINGER2 = 8
export const TCP_DEFER_ACCEPT = 9
export const TCP_WINDOW_CLAMP = 10
export const TCP_INFO = 11
export const TCP_QUICKACK = 12
export const TCP_CONGESTION = 13
export const TCP_MD5SIG = 14
export const TCP_THIN_LINEAR_TIMEOUTS = 16
export const TCP_THIN_DUPACK = 17
export const TCP_USER_TIMEOUT = 18
export const TCP_REPAIR = 19
export const TCP_REPAIR_QUEUE = 20
export const TCP_QUEUE_SEQ = 21
export const TCP_REPAIR_OPTIONS = 22
export const TCP_FASTOPEN = 23
export const TCP_TIMESTAMP = 24
export const TCP_NOTSENT_LOWAT = 25
export const TCP_CC_INFO = 26
export const TCP_SAVE_SYN = 27
export const TCP_SAVED_SYN = 28
export const TCP_REPAIR_WINDOW = 29
export const TCP_FASTOPEN_CONNECT = 30
export const TCP_ULP = 31
export const TCP_MD5SIG_EXT = 32
export const TCP_FASTOPEN_KEY = 33
export const TCP_FASTOPEN_NO_COOKIE = 34
export const TCP_ZEROCOPY_RECEIVE = 35
export const TCP_CM_INQ = 36
export const TCP_INQ = 36
export const TCP_TX_DELAY = 37
export const TCP_AO_ADD_KEY = 38
export const TCP_AO_DEL_KEY = 39
export const TCP_AO_INFO = 40
export const TCP_AO_GET_KEYS = 41
export const TCP_AO_REPAIR = 42
export const TCP_IS_MPTCP = 43
export const TCP_RTO_MAX_MS = 44
export const TCP_RTO_MIN_US = 45
export const TCP_DELACK_MAX_US = 46
