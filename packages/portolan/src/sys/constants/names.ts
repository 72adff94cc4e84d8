/**
 * Flags and errors of getaddrinfo(3) and getnameinfo(3) (netdb.h).
 */

// getaddrinfo(3)
export const AI_PASSIVE = 0x1
export const AI_CANONNAME = 0x2
export const AI_NUMERICHOST = 0x4
export const AI_V4MAPPED = 0x8
export const AI_ALL = 0x10
export const AI_ADDRCONFIG = 0x20
export const AI_IDN = 0x40
export const AI_CANONIDN = 0x80
export const AI_NUMERICSERV = 0x400

// getnameinfo(3)
export const NI_NUMERICHOST = 0x1
export const NI_NUMERICSERV = 0x2
export const NI_NOFQDN = 0x4
export const NI_NAMEREQD = 0x8
export const NI_DGRAM = 0x10
export const NI_IDN = 0x20

// Room for any host and service, the NUL included
export const NI_MAXHOST = 1025
export const NI_MAXSERV = 32

// gai_strerror(3): these are no error numbers of errno(3)
export const EAI_BADFLAGS = -1
export const EAI_NONAME = -2
export const EAI_AGAIN = -3
export const EAI_FAIL = -4
export const EAI_NODATA = -5
export const EAI_FAMILY = -6
export const EAI_SOCKTYPE = -7
export const EAI_SERVICE = -8
export const EAI_ADDRFAMILY = -9
export const EAI_MEMORY = -10
/** The reason is in errno. */
export const EAI_SYSTEM = -11
export const EAI_OVERFLOW = -12
