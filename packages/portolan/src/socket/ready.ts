/** Waiting for a socket to be ready, without a call that moves data: poll(2). */
import { libc } from '../sys/libc.ts'
import { NO_OPTIONS, type WaitOptions } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'
import { WOULD_BLOCK } from './outcome.ts'

// poll(2), bits/poll.h
const POLLIN = 0x1
const POLLOUT = 0x4

/** struct pollfd { int fd; short events; short revents } */
const pollfd = new Uint8Array(8)
const view = new DataView(pollfd.buffer)

/** An end, an error and a hang-up are readiness too: a call would not wait, but tell them. */
export async function waitReady(
  socket: Descriptor,
  direction: 'read' | 'write',
  options: WaitOptions = NO_OPTIONS,
): Promise<void> {
  const line = direction === 'read' ? socket.reads : socket.writes
  const run = line.run(() => {
    view.setInt32(0, socket.fd, true)
    view.setInt32(4, direction === 'read' ? POLLIN : POLLOUT, true)
    const outcome = libc.poll(pollfd, 1, 0)
    return outcome === 0 ? WOULD_BLOCK : outcome
  }, options)
  socket.settle(typeof run === 'number' ? run : await run, 'poll', options)
}
