/**
 * The wait for a full receiver of UNIX datagrams. It wakes only senders that are connected to it, while every refused
 * attempt frees its own buffer and so tells an edge that means nothing (unix_dgram_sendmsg in net/unix/af_unix.c):
 * following it would spin.
 */
import { AF_UNIX } from '../sys/constants.ts'
import type { Descriptor } from './descriptor.ts'
import { WOULD_BLOCK } from './outcome.ts'
import type { Attempt } from './wait-queue.ts'

/** First and longest pause before a datagram is tried again, in milliseconds. */
const FIRST_PAUSE = 1
const LONGEST_PAUSE = 32

/** @param attempt sends to an address and may wait */
export function pausing(socket: Descriptor, attempt: Attempt): Attempt {
  if (socket.family !== AF_UNIX) return attempt
  let pause = FIRST_PAUSE
  return () => {
    const outcome = attempt()
    if (outcome === WOULD_BLOCK) {
      socket.writes.pause(pause)
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    }
    return outcome
  }
}
