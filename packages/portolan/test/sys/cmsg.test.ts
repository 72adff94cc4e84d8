import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CMSG_ALIGN,
  CMSG_LEN,
  CMSG_SPACE,
  CMSGHDR_SIZE,
  decodeCmsgs,
  encodeCmsgs,
  type Cmsg,
} from '../../src/sys/cmsg.ts'
import * as constants from '../../src/sys/constants-messages.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { evaluateInC, macrosOf, noCompiler } from './c-program.ts'

const HEADERS = [
  'stdio.h',
  'stddef.h',
  'string.h',
  'time.h',
  'sys/socket.h',
  'asm/socket.h',
  'netinet/in.h',
  'linux/errqueue.h',
  'linux/net_tstamp.h',
]

// In the kernel's own headers only, or younger than the headers of Linux 6.1. Where the headers of this machine have one
// it is compared like every other.
const MAY_BE_MISSING = new Set(['SCM_SECURITY', 'SCM_PIDFD', 'SOF_TIMESTAMPING_OPT_ID_TCP'])

test('every constant of control messages has the value of the C headers', { skip: noCompiler }, () => {
  const macros = new Set(macrosOf(HEADERS))
  const known = Object.entries(constants).filter(([name]) => macros.has(name) || !MAY_BE_MISSING.has(name))
  const truth = evaluateInC(
    known.map(([name]) => name),
    HEADERS,
  )
  assert.deepEqual(
    Object.fromEntries(known),
    Object.fromEntries(known.map(([name], index) => [name, truth[index]])),
  )
})

const LENGTHS = [0, 1, 3, 4, 7, 8, 9, 12, 16, 20, 48, 1011, 1012, 1013, 65_536, 1_000_000]

test('88. CMSG_ALIGN, CMSG_SPACE and CMSG_LEN are those of the C headers', { skip: noCompiler }, () => {
  const macros = { CMSG_ALIGN, CMSG_SPACE, CMSG_LEN }
  for (const [name, ours] of Object.entries(macros))
    assert.deepEqual(LENGTHS.map(ours), evaluateInC(LENGTHS.map((length) => `${name}(${length})`)), name)
  assert.deepEqual(
    [CMSGHDR_SIZE, 0, 8, 12],
    evaluateInC([
      'sizeof(struct cmsghdr)',
      'offsetof(struct cmsghdr, cmsg_len)',
      'offsetof(struct cmsghdr, cmsg_level)',
      'offsetof(struct cmsghdr, cmsg_type)',
    ]),
  )
})

test("88. CMSG_SPACE and CMSG_LEN are Python's, also where Python says that the sum is too long", async () => {
  await using python = new PythonPeer()
  for (const [name, ours, most] of [
    ['CMSG_LEN', CMSG_LEN, 0x7fffffff - 16],
    ['CMSG_SPACE', CMSG_SPACE, 0x7fffffff - 24],
  ] as const) {
    const theirs = await python.run(`out = [socket.${name}(n) for n in lengths]`, { lengths: LENGTHS })
    assert.deepEqual(LENGTHS.map(ours), theirs)
    const limit = await python.number(
      `low, high = 0, 2**31
while high - low > 1:
  try: socket.${name}((low + high) // 2); low = (low + high) // 2
  except OverflowError: high = (low + high) // 2
out = low`,
    )
    assert.ok(ours(most) > 0)
    assert.throws(() => ours(most + 1), RangeError)
    assert.ok(Math.abs(limit - most) < 16, `Python takes up to ${limit}`)
  }
})

test('88. what is no length is refused', () => {
  for (const macro of [CMSG_ALIGN, CMSG_SPACE, CMSG_LEN])
    for (const length of [-1, 1.5, NaN, Infinity, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])
      assert.throws(() => macro(length), RangeError, `${macro.name}(${length})`)
})

const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff })
const cmsg: fc.Arbitrary<Cmsg> = fc.record(
  { level: int32, type: int32, data: fc.uint8Array({ maxLength: 70 }) },
  { noNullPrototype: true },
)

test('what is encoded is decoded again, wherever in memory it stands', () => {
  fc.assert(
    fc.property(fc.array(cmsg, { maxLength: 12 }), fc.nat(9), (messages, offset) => {
      const bytes = encodeCmsgs(messages)
      const elsewhere = new Uint8Array(bytes.length + 20).fill(0xff)
      elsewhere.set(bytes, offset)
      assert.deepEqual(decodeCmsgs(elsewhere.subarray(offset, offset + bytes.length)), messages)
      assert.equal(bytes.length % 8, 0)
    }),
  )
})

test('the macros of the C library walk over what is encoded and find the same', { skip: noCompiler }, () => {
  const lists = fc.sample(fc.array(cmsg, { minLength: 1, maxLength: 6 }), 20)
  // Counts, levels, types, lengths and bytes, folded into one number as ours are.
  const walk = (bytes: Uint8Array): string => `({
    static _Alignas(8) unsigned char control[] = {${bytes.join(',')}};
    struct msghdr m; memset(&m, 0, sizeof m); m.msg_control = control; m.msg_controllen = sizeof control;
    unsigned fold = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
      size_t n = c->cmsg_len - CMSG_LEN(0);
      fold = fold * 31 + (unsigned)c->cmsg_level; fold = fold * 31 + (unsigned)c->cmsg_type;
      fold = fold * 31 + (unsigned)n;
      for (size_t i = 0; i < n; i++) fold = fold * 31 + CMSG_DATA(c)[i];
    } fold; })`
  const fold = (messages: readonly Cmsg[]): number =>
    messages
      .flatMap(({ level, type, data }) => [level, type, data.length, ...data])
      .reduce((sum, value) => (Math.imul(sum, 31) + value) >>> 0, 0)
  assert.deepEqual(
    evaluateInC(
      lists.map((messages) => walk(encodeCmsgs(messages))),
      HEADERS,
    ),
    lists.map(fold),
  )
})

/** Bytes that look like control messages more often than noise does. */
const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .tuple(
      fc.array(cmsg, { maxLength: 5 }),
      fc.nat(300),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }),
    )
    .map(([messages, cut, changes]) => {
      const bytes = encodeCmsgs(messages).slice(0, cut)
      for (const [place, value] of changes) if (place < bytes.length) bytes[place] = value
      return bytes
    }),
)

test('88. any bytes at all are decoded without a fault, and nothing outside of them is seen', () => {
  fc.assert(
    fc.property(hostile, (bytes) => {
      const room = new Uint8Array(bytes.length + 64).fill(0xee)
      room.set(bytes, 32)
      const control = room.subarray(32, 32 + bytes.length)
      let taken = 0
      for (const { data } of decodeCmsgs(control)) {
        assert.equal(data.buffer, room.buffer)
        assert.ok(data.byteOffset >= 32 + CMSGHDR_SIZE)
        assert.ok(data.byteOffset + data.length <= 32 + bytes.length)
        taken += CMSGHDR_SIZE + data.length
      }
      assert.ok(taken <= bytes.length)
    }),
    { numRuns: 2000 },
  )
})

test('lengths that cannot be true end the walk; a message cut by the end comes with what is there', () => {
  const [first, second] = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8, 9)]
  const bytes = encodeCmsgs([
    { level: 1, type: 1, data: first },
    { level: 1, type: 2, data: second },
  ])
  const lengths = (length: bigint): number[] => {
    const changed = bytes.slice()
    new DataView(changed.buffer).setBigUint64(CMSG_SPACE(4), length, true)
    return decodeCmsgs(changed).map(({ data }) => data.length)
  }
  assert.deepEqual(lengths(21n), [4, 5])
  for (const length of [0n, 1n, 15n, 1n << 32n, (1n << 32n) + 21n, (1n << 64n) - 1n])
    assert.deepEqual(lengths(length), [4], String(length))
  assert.deepEqual(lengths(16n), [4, 0])
  assert.deepEqual(lengths(0xffffffffn), [4, 8], 'no more than the buffer holds')
  assert.deepEqual(
    decodeCmsgs(bytes.subarray(0, CMSG_SPACE(4) + 18)).map(({ data }) => [...data]),
    [
      [1, 2, 3, 4],
      [5, 6],
    ],
  )
  assert.equal(decodeCmsgs(bytes.subarray(0, CMSG_SPACE(4) + 15)).length, 1, 'half a header is none')
})
