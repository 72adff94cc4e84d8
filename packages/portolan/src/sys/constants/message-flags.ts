/**
 * Flags of send(2), recv(2), sendmmsg(2) and recvmmsg(2) (bits/socket.h, linux/socket.h).
 */

export const MSG_OOB = 0x1
export const MSG_PEEK = 0x2
export const MSG_DONTROUTE = 0x4
/** An older name of {@link MSG_DONTROUTE}. */
export const MSG_TRYHARD = 0x4
export const MSG_PROXY = 0x10
export const MSG_TRUNC = 0x20
export const MSG_DONTWAIT = 0x40
export const MSG_EOR = 0x80
export const MSG_WAITALL = 0x100
export const MSG_FIN = 0x200
export const MSG_SYN = 0x400
export const MSG_CONFIRM = 0x800
export const MSG_RST = 0x1000
/** Set on every send: a closed peer is an error of the call, not a signal to the process. */
export const MSG_NOSIGNAL = 0x4000
export const MSG_MORE = 0x8000
export const MSG_WAITFORONE = 0x10000
export const MSG_BATCH = 0x40000
export const MSG_SOCK_DEVMEM = 0x2000000
export const MSG_ZEROCOPY = 0x4000000
export const MSG_FASTOPEN = 0x20000000
