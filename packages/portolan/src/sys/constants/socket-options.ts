/**
 * Options of every socket, level SOL_SOCKET: socket(7), unix(7) (asm-generic/socket.h).
 */

// socket(7)
export const SO_DEBUG = 1
export const SO_REUSEADDR = 2
export const SO_TYPE = 3
export const SO_ERROR = 4
export const SO_DONTROUTE = 5
export const SO_BROADCAST = 6
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8
export const SO_KEEPALIVE = 9
export const SO_OOBINLINE = 10
export const SO_NO_CHECK = 11
export const SO_PRIORITY = 12
export const SO_LINGER = 13
export const SO_BSDCOMPAT = 14
export const SO_REUSEPORT = 15
export const SO_PASSCRED = 16
export const SO_PEERCRED = 17
export const SO_RCVLOWAT = 18
export const SO_SNDLOWAT = 19
/** Of no effect here: descriptors are non-blocking. Use the option `timeout` of the call. */
export const SO_RCVTIMEO = 20
/** Of no effect here: descriptors are non-blocking. Use the option `timeout` of the call. */
export const SO_SNDTIMEO = 21
export const SO_SECURITY_AUTHENTICATION = 22
export const SO_SECURITY_ENCRYPTION_TRANSPORT = 23
export const SO_SECURITY_ENCRYPTION_NETWORK = 24
export const SO_BINDTODEVICE = 25
export const SO_ATTACH_FILTER = 26
export const SO_GET_FILTER = 26
export const SO_DETACH_BPF = 27
export const SO_DETACH_FILTER = 27
export const SO_PEERNAME = 28
export const SO_ACCEPTCONN = 30
export const SO_PEERSEC = 31
export const SO_SNDBUFFORCE = 32
export const SO_RCVBUFFORCE = 33
export const SO_PASSSEC = 34
export const SO_MARK = 36
export const SO_PROTOCOL = 38
export const SO_DOMAIN = 39
export const SO_RXQ_OVFL = 40
export const SO_WIFI_STATUS = 41
export const SO_PEEK_OFF = 42
export const SO_NOFCS = 43
export const SO_LOCK_FILTER = 44
export const SO_SELECT_ERR_QUEUE = 45
export const SO_BUSY_POLL = 46
export const SO_MAX_PACING_RATE = 47
export const SO_BPF_EXTENSIONS = 48
export const SO_INCOMING_CPU = 49
export const SO_ATTACH_BPF = 50
export const SO_ATTACH_REUSEPORT_CBPF = 51
export const SO_ATTACH_REUSEPORT_EBPF = 52
export const SO_CNX_ADVICE = 53
export const SO_MEMINFO = 55
export const SO_INCOMING_NAPI_ID = 56
export const SO_COOKIE = 57
export const SO_PEERGROUPS = 59
export const SO_ZEROCOPY = 60
export const SO_TXTIME = 61
export const SO_BINDTOIFINDEX = 62
export const SO_DETACH_REUSEPORT_BPF = 68
export const SO_PREFER_BUSY_POLL = 69
export const SO_BUSY_POLL_BUDGET = 70
export const SO_NETNS_COOKIE = 71
export const SO_BUF_LOCK = 72
export const SO_RESERVE_MEM = 73
export const SO_TXREHASH = 74
export const SO_RCVMARK = 75
export const SO_PASSPIDFD = 76
export const SO_PEERPIDFD = 77
export const SO_DEVMEM_LINEAR = 78
export const SO_DEVMEM_DMABUF = 79
export const SO_DEVMEM_DONTNEED = 80
export const SO_RCVPRIORITY = 82
export const SO_PASSRIGHTS = 83
export const SO_INQ = 84

// Values of SO_BUF_LOCK and SO_TXREHASH (linux/socket.h)
export const SOCK_TXREHASH_DISABLED = 0
export const SOCK_SNDBUF_LOCK = 1
export const SOCK_TXREHASH_ENABLED = 1
export const SOCK_RCVBUF_LOCK = 2
export const SOCK_BUF_LOCK_MASK = 3
export const SOCK_TXREHASH_DEFAULT = 255

// listen(2)
/** Highest useful backlog; the kernel takes the lower of this and net.core.somaxconn. */
export const SOMAXCONN = 4096
