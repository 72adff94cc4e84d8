/**
 * What a failed accept means for a server. A shortage of the process or the machine ends by itself when something is
 * closed, and the connections stay in the backlog meanwhile; trying again at once would spin, because the listener stays
 * readable. Other failures belong to one connection that is gone.
 */
import { ERRNO } from '../sys/errno.ts'
import type { SocketError } from '../sys/socket-error.ts'

/** trio's serve_listeners waits as long; asyncio a second, in which a client notices. */
const SHORTAGE_PAUSE = 100

const SHORTAGES: ReadonlySet<number> = new Set([ERRNO.EMFILE, ERRNO.ENFILE, ERRNO.ENOBUFS, ERRNO.ENOMEM])

// accept(2), "Error handling": network errors of the new socket are passed on by accept, and firewall rules give EPERM.
const OF_ONE_CONNECTION: ReadonlySet<number> = new Set([
  ERRNO.EPERM,
  ERRNO.ECONNABORTED,
  ERRNO.EPROTO,
  ERRNO.ENETDOWN,
  ERRNO.ENOPROTOOPT,
  ERRNO.EHOSTDOWN,
  ERRNO.ENONET,
  ERRNO.EHOSTUNREACH,
  ERRNO.ENETUNREACH,
  ERRNO.ETIMEDOUT,
])

/** Milliseconds to wait before accepting again; undefined where the listener itself is broken or closed. */
export function pauseBefore({ errno }: SocketError): number | undefined {
  if (SHORTAGES.has(errno)) return SHORTAGE_PAUSE
  return OF_ONE_CONNECTION.has(errno) ? 0 : undefined
}
