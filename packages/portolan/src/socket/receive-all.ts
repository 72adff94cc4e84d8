/**
 * MSG_WAITALL of recv(2). The kernel ignores it on a non-blocking descriptor, so the wait for the rest is made here, with
 * the kernel's own exceptions: the end of the stream, a signal or a timeout gives what has come by then.
 */
import { MSG_PEEK, MSG_WAITALL } from '../sys/constants.ts'
import { libc } from '../sys/libc.ts'
import type { CallOptions } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'
import { viewOf } from './outgoing-bytes.ts'
import { CLOSED, WOULD_BLOCK } from './outcome.ts'

/** System calls before the event loop turns, however fast the peer sends. */
const CALLS_PER_TURN = 16

/** Only a stream has a rest to wait for; a peek would see the same bytes again. */
export function waitsForAll(socket: Descriptor, flags: number): boolean {
  return (flags & (MSG_WAITALL | MSG_PEEK)) === MSG_WAITALL && socket.isStream
}

/** @returns bytes received; fewer than `into` has room for only at the end of the stream, by signal, timeout or close */
export async function recvAll(socket: Descriptor, buffer: Uint8Array, options: CallOptions): Promise<number> {
  const into = viewOf(buffer, 'into')
  const flags = options.flags ?? 0
  const length = into.byteLength
  let taken = 0
  const run = socket.reads.run(
    () => {
      for (let calls = 0; calls < CALLS_PER_TURN; calls++) {
        if (taken >= length) return taken
        const rest = taken === 0 ? into : into.subarray(taken)
        const count = libc.recv(socket.fd, rest, rest.byteLength, flags)
        if (count < 0) return count
        if (count === 0) return taken
        taken += count
      }
      socket.reads.flushSoon()
      return WOULD_BLOCK
    },
    options,
    length > 0,
  )
  const outcome = typeof run === 'number' ? run : await run
  // Not the kernel's refusals: a reset is told once only, and hiding it would make it look like the end.
  const ended = outcome <= CLOSED
  return ended && taken > 0 ? taken : socket.settle(outcome, 'recv', options)
}
