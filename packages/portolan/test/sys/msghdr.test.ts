import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { AF_UNIX, MSG_DONTWAIT, SOCK_DGRAM, SOCK_STREAM } from '../../src/sys/constants.ts'
import { encodeCmsgs } from '../../src/sys/cmsg.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import {
  IOV_MAX,
  IOVEC_SIZE,
  MessageHeader,
  MSG_CONTROL,
  MSG_CONTROLLEN,
  MSG_FLAGS,
  MSG_IOV,
  MSG_IOVLEN,
  MSG_NAME,
  MSG_NAMELEN,
  MSGHDR_SIZE,
} from '../../src/sys/msghdr.ts'
import { evaluateInC, noCompiler } from './c-program.ts'

test('struct msghdr and struct iovec are laid out as in the C headers', { skip: noCompiler }, () => {
  const ours: Readonly<Record<string, number>> = {
    'sizeof(struct msghdr)': MSGHDR_SIZE,
    'offsetof(struct msghdr, msg_name)': MSG_NAME,
    'offsetof(struct msghdr, msg_namelen)': MSG_NAMELEN,
    'offsetof(struct msghdr, msg_iov)': MSG_IOV,
    'offsetof(struct msghdr, msg_iovlen)': MSG_IOVLEN,
    'offsetof(struct msghdr, msg_control)': MSG_CONTROL,
    'offsetof(struct msghdr, msg_controllen)': MSG_CONTROLLEN,
    'offsetof(struct msghdr, msg_flags)': MSG_FLAGS,
    'sizeof(struct iovec)': IOVEC_SIZE,
    'offsetof(struct iovec, iov_base)': 0,
    'offsetof(struct iovec, iov_len)': 8,
    IOV_MAX,
  }
  const truth = evaluateInC(Object.keys(ours), [
    'stdio.h',
    'stddef.h',
    'limits.h',
    'sys/uio.h',
    'sys/socket.h',
  ])
  assert.deepEqual(ours, Object.fromEntries(Object.keys(ours).map((name, index) => [name, truth[index]])))
})

/** Two descriptors of a socketpair, closed in the end. */
class Pair implements Disposable {
  readonly one: number
  readonly other: number

  constructor(type: number) {
    const pair = new Int32Array(2)
    assert.equal(libc.socketpair(AF_UNIX, type, 0, pair), 0)
    const [one = -1, other = -1] = pair
    this.one = one
    this.other = other
  }

  [Symbol.dispose](): void {
    libc.close(this.one)
    libc.close(this.other)
  }
}

const NONE = new Uint8Array(0)

/** Moves every array that can be moved. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc()')
}

test('1024 buffers of a byte or two are gathered and scattered, and nothing beside them is written', () => {
  using pair = new Pair(SOCK_STREAM)
  const header = new MessageHeader()
  const from = Array.from({ length: IOV_MAX }, (_, index) => Uint8Array.of(index & 255))
  const rooms = Array.from({ length: IOV_MAX }, () => new Uint8Array(4).fill(0xee))
  const into = rooms.map((room, index) => room.subarray(1, 2 + (index & 1)))
  assert.equal(header.vectors(from), IOV_MAX)
  collectGarbage()
  assert.equal(header.send(pair.one, NONE, NONE, MSG_DONTWAIT), IOV_MAX)
  assert.equal(header.vectors(into), IOV_MAX * 1.5)
  collectGarbage()
  assert.equal(header.receive(pair.other, NONE, MSG_DONTWAIT), IOV_MAX)
  const expected = Buffer.alloc(IOV_MAX * 1.5, 0xee)
  Buffer.concat(from).copy(expected)
  assert.deepEqual(Buffer.concat(into), expected)
  for (const [index, room] of rooms.entries()) {
    assert.equal(room[0], 0xee)
    assert.deepEqual([...room.subarray(2 + (index & 1))], Array(2 - (index & 1)).fill(0xee))
  }
})

test('one buffer more than the kernel takes is refused before it is written behind the table', () => {
  const header = new MessageHeader()
  const buffers = Array.from({ length: IOV_MAX + 1 }, () => new Uint8Array(1))
  assert.throws(() => header.vectors(buffers), RangeError)
})

test('the lengths, the flags and the name are those of the last call, in shared and resizable memory too', () => {
  using pair = new Pair(SOCK_DGRAM)
  const header = new MessageHeader()
  header.vectors([
    new Uint8Array(new SharedArrayBuffer(3)).fill(0x61),
    new Uint8Array(new ArrayBuffer(2, { maxByteLength: 10 })).fill(0x62),
  ])
  const control = encodeCmsgs([{ level: 1, type: 1, data: new Uint8Array(Int32Array.of(pair.one).buffer) }])
  assert.equal(header.send(pair.one, NONE, control, 0), 5)
  const room = new Uint8Array(100)
  const bytes = new Uint8Array(5)
  header.vectors([bytes.subarray(0, 4)])
  assert.equal(header.receive(pair.other, room, 0), 4)
  assert.deepEqual([header.nameLength, header.controlLength, header.flags], [0, 24, 0x20])
  assert.equal(Buffer.from(bytes).toString(), 'aaab\0')
  libc.close(new DataView(room.buffer).getInt32(16, true))
  header.vectors([bytes])
  assert.equal(header.receive(pair.other, room, MSG_DONTWAIT), -ERRNO.EAGAIN)
})

test('the buffers of one call are not those of the next', () => {
  const header = new MessageHeader()
  const real = libc.sendmsg
  let length = -1
  libc.sendmsg = (_fd, bytes) => {
    length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MSG_IOVLEN, true)
    return 0
  }
  try {
    header.vectors([new Uint8Array(1), new Uint8Array(1)])
    header.send(0, NONE, NONE, 0)
    assert.equal(length, 2)
    header.send(0, NONE, NONE, 0)
    assert.equal(length, 0)
  } finally {
    libc.sendmsg = real
  }
})
