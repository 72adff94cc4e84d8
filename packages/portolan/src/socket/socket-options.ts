/** setsockopt(2), getsockopt(2). */
import { libc } from '../sys/libc.ts'
import { checkWhole } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'

const INT_SIZE = 4
/** Longest option read at once; the longest the kernel has are a few kilobytes (struct tcp_info is under 300 bytes). */
const LONGEST = 65_536

export function setsockopt(
  socket: Descriptor,
  level: number,
  name: number,
  value: number | ArrayBufferView,
): void {
  // Options are int or unsigned int (SO_MARK); the bits are the same.
  const memory =
    typeof value === 'number'
      ? Int32Array.of(checkWhole('The value of an option', value, -0x80000000, 0xffffffff))
      : bytesOf(value)
  const fd = socket.opened('setsockopt')
  socket.settle(libc.setsockopt(fd, level, name, memory, memory.byteLength), 'setsockopt')
}

export function getsockopt(
  socket: Descriptor,
  level: number,
  name: number,
  length: number | undefined,
): number | Uint8Array {
  const room = length === undefined ? INT_SIZE : checkWhole('length', length, 0, LONGEST)
  const bytes = new Uint8Array(room)
  const size = Int32Array.of(room)
  const fd = socket.opened('getsockopt')
  socket.settle(libc.getsockopt(fd, level, name, bytes, size), 'getsockopt')
  return length === undefined ? new DataView(bytes.buffer).getInt32(0, true) : bytes.subarray(0, size[0])
}

function bytesOf(value: ArrayBufferView): Uint8Array {
  if (!ArrayBuffer.isView(value))
    throw new TypeError(`The value of an option is a number or bytes, not ${typeof value}`)
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}
