/** Memory for receiving calls that bring none. */
import { MSG_TRUNC } from '../sys/constants.ts'
import { checkWhole } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'

// One a thread; what is kept is copied out in its own length. Node and libuv read 64 KiB at once.
const scratch = new Uint8Array(65_536)

/** MAX_RW_COUNT: no call moves more (read(2), "Notes"). */
export const LONGEST = 0x7ffff000

/**
 * Memory of `length` bytes at least: the thread's buffer where that is enough. With MSG_TRUNC a stream counts bytes that
 * it never wrote (tcp(7)); those must be zeros and not what another socket received before.
 *
 * @throws RangeError: a negative length would reach the kernel as a huge one and overrun the buffer
 */
export function bufferFor(socket: Descriptor, length: number, flags: number): Uint8Array {
  checkWhole('length', length, 0, LONGEST)
  const shared = length <= scratch.length && !(socket.isStream && (flags & MSG_TRUNC) !== 0)
  return shared ? scratch : new Uint8Array(length)
}

/** What of `into` is the caller's. With MSG_TRUNC the size may be more than what was written. */
export function kept(into: Uint8Array, size: number, length: number): Uint8Array {
  const count = Math.min(size, length)
  return into.buffer !== scratch.buffer && count === into.length ? into : into.slice(0, count)
}
