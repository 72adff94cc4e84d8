/**
 * Waits of messages whose end no event tells.
 *
 * ENOBUFS says that the queue of a network device is full (send(2)): it empties by itself, but a socket is not told.
 * And a full receiver of UNIX datagrams wakes only senders that are connected to it, while every refused attempt frees its
 * own buffer and so tells an edge that means nothing (unix_dgram_sendmsg in net/unix/af_unix.c): following it would spin.
 */
import { AF_UNIX, MSG_DONTWAIT } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import type { Descriptor } from './descriptor.ts'
import { WOULD_BLOCK } from './outcome.ts'
import type { Attempt } from './wait-queue.ts'

/** First and longest pause before a message is tried again, in milliseconds. */
export const FIRST_PAUSE = 1
export const LONGEST_PAUSE = 32

/** @param addressed whether the attempt sends to an address, and not to the peer of a connected socket */
export function pausing(
  socket: Descriptor,
  attempt: Attempt,
  addressed: boolean,
  flags: number | undefined,
): Attempt {
  if (socket.isStream || ((flags ?? 0) & MSG_DONTWAIT) !== 0) return attempt
  const untold = addressed && socket.family === AF_UNIX
  let pause = FIRST_PAUSE
  return () => {
    const outcome = attempt()
    if (outcome !== -ERRNO.ENOBUFS && !(untold && outcome === WOULD_BLOCK)) return outcome
    socket.writes.pause(pause)
    pause = Math.min(pause * 2, LONGEST_PAUSE)
    return WOULD_BLOCK
  }
}
