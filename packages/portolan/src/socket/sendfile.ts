/** sendfile(2). */
import { libc } from '../sys/libc.ts'
import { checkWhole, NO_OPTIONS, type WaitOptions } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'
import { WOULD_BLOCK } from './outcome.ts'

/** Anything that has the number of an open file: a FileHandle of node:fs/promises, for one. */
export interface OpenFile {
  /** -1 once it is closed */
  readonly fd: number
}

export interface SendfileOptions extends WaitOptions {
  /**
   * First byte to send; the file's own position is neither used nor moved then.
   *
   * @default the file's own position, which moves on
   */
  readonly offset?: number | undefined
  /** How many bytes to send at most. @default all there are */
  readonly count?: number | undefined
}

/** A peer that reads as fast as we send would otherwise keep the thread in one call for as long as the file lasts. */
const BYTES_PER_CALL = 1 << 20
/** System calls before the event loop turns, however fast the peer reads. */
const CALLS_PER_TURN = 4

export async function sendfile(
  socket: Descriptor,
  file: number | OpenFile,
  options: SendfileOptions = NO_OPTIONS,
): Promise<number> {
  const { offset, count } = options
  if (!socket.isStream) throw new RangeError('sendfile needs a SOCK_STREAM socket: a file has no messages')
  if (typeof file === 'number') checkWhole('file', file, 0, 0x7fffffff)
  const at =
    offset === undefined
      ? null
      : BigInt64Array.of(BigInt(checkWhole('offset', offset, 0, Number.MAX_SAFE_INTEGER)))
  const wanted = count === undefined ? Infinity : checkWhole('count', count, 0, Number.MAX_SAFE_INTEGER)
  let sent = 0
  const run = socket.writes.run(() => {
    for (let calls = 0; calls < CALLS_PER_TURN; calls++) {
      if (sent >= wanted) return 0
      // Asked for anew each time: once a FileHandle is closed, its number may be another file's.
      const from = typeof file === 'number' ? file : file.fd
      const taken = libc.sendfile(socket.fd, from, at, Math.min(wanted - sent, BYTES_PER_CALL))
      if (taken <= 0) return taken
      sent += taken
    }
    socket.writes.flushSoon()
    return WOULD_BLOCK
  }, options)
  const outcome = typeof run === 'number' ? run : await run
  if (outcome < 0) throw socket.failure(outcome, 'sendfile', options, { bytesSent: sent })
  return sent
}
