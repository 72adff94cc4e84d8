/** What is made of control messages that no kernel writes, or that were cut anywhere. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CMSG_SPACE, decodeCmsgs, encodeCmsgs, type Cmsg } from '../../src/sys/cmsg.ts'
import * as constants from '../../src/sys/constants.ts'
import * as messages from '../../src/sys/constants-messages.ts'
import { UDP_GRO, UDP_SEGMENT } from '../../src/sys/constants-udp.ts'
import { parseControl, type ControlMessage } from '../../src/socket/control-message.ts'
import { encodeControl } from '../../src/socket/outgoing-control.ts'

const KNOWN = [
  [constants.SOL_SOCKET, messages.SCM_RIGHTS],
  [constants.SOL_SOCKET, messages.SCM_CREDENTIALS],
  [constants.SOL_SOCKET, messages.SCM_PIDFD],
  [constants.SOL_SOCKET, messages.SO_TIMESTAMP],
  [constants.SOL_SOCKET, messages.SO_TIMESTAMPNS],
  [constants.SOL_SOCKET, messages.SO_TIMESTAMPING],
  [constants.SOL_SOCKET, constants.SO_RXQ_OVFL],
  [constants.IPPROTO_IP, messages.IP_PKTINFO],
  [constants.IPPROTO_IP, constants.IP_TTL],
  [constants.IPPROTO_IP, constants.IP_TOS],
  [constants.IPPROTO_IP, messages.IP_RECVERR],
  [constants.IPPROTO_IPV6, messages.IPV6_PKTINFO],
  [constants.IPPROTO_IPV6, constants.IPV6_HOPLIMIT],
  [constants.IPPROTO_IPV6, constants.IPV6_TCLASS],
  [constants.IPPROTO_IPV6, messages.IPV6_RECVERR],
  [constants.SOL_UDP, UDP_GRO],
] as const

const known = fc.tuple(fc.constantFrom(...KNOWN), fc.uint8Array({ maxLength: 64 }))
const anyCmsg: fc.Arbitrary<Cmsg> = fc.oneof(
  known.map(([[level, type], data]) => ({ level, type, data })),
  fc.record({ level: fc.nat(300), type: fc.nat(100), data: fc.uint8Array({ maxLength: 64 }) }),
)

/** Every descriptor number that was given an owner. They are none of ours, so nobody may dispose of them. */
function numbersOf(control: readonly ControlMessage[]): number[] {
  return control.flatMap((message) =>
    message.kind === 'rights'
      ? message.descriptors.map(({ fd }) => fd)
      : message.kind === 'process'
        ? [message.descriptor.fd]
        : [],
  )
}

test('88. whatever the bytes, parsing ends, throws nothing and gives an owner to every whole descriptor', () => {
  fc.assert(
    fc.property(fc.array(anyCmsg, { maxLength: 8 }), fc.nat(600), (list, cut) => {
      const bytes = encodeCmsgs(list).subarray(0, cut)
      const expected = decodeCmsgs(bytes).flatMap(({ level, type, data }) => {
        const count =
          level !== constants.SOL_SOCKET
            ? 0
            : type === messages.SCM_RIGHTS
              ? Math.floor(data.length / 4)
              : type === messages.SCM_PIDFD && data.length >= 4
                ? 1
                : 0
        const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
        return Array.from({ length: count }, (_, index) => view.getInt32(4 * index, true)).filter(
          (fd) => fd >= 0,
        )
      })
      const parsed = parseControl(bytes)
      if (!list.some(({ type }) => type === messages.SCM_PIDFD)) assert.deepEqual(numbersOf(parsed), expected)
      assert.ok(parsed.every(({ kind }) => kind.length > 0))
    }),
    { numRuns: 2000 },
  )
})

test('noise is parsed too', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.ok(Array.isArray(parseControl(bytes)))
    }),
    { numRuns: 2000 },
  )
})

test('every message that is known is unknown when cut, and keeps the bytes that are left', () => {
  for (const [level, type] of KNOWN) {
    if (type === messages.SCM_RIGHTS && level === constants.SOL_SOCKET) continue
    const data = new Uint8Array(0)
    assert.deepEqual(parseControl(encodeCmsgs([{ level, type, data }])), [
      { kind: 'unknown', level, type, data },
    ])
  }
  const data = Uint8Array.of(1, 2, 3)
  const control = encodeCmsgs([{ level: constants.IPPROTO_IP, type: constants.IP_TTL, data }])
  const parsed = parseControl(control)
  control.fill(0xff)
  assert.deepEqual(parsed, [{ kind: 'unknown', level: constants.IPPROTO_IP, type: constants.IP_TTL, data }])
})

test('an error number in place of a process descriptor is not taken for a descriptor', () => {
  const data = new Uint8Array(Int32Array.of(-3).buffer)
  assert.deepEqual(parseControl(encodeCmsgs([{ level: 1, type: messages.SCM_PIDFD, data }])), [
    { kind: 'unknown', level: 1, type: messages.SCM_PIDFD, data },
  ])
})

test('what came as unknown can be sent as it came', () => {
  fc.assert(
    fc.property(fc.array(anyCmsg, { maxLength: 5 }), (list) => {
      const outgoing = list.map((message) => ({ kind: 'unknown', ...message }) as const)
      assert.deepEqual(encodeControl(outgoing, constants.AF_UNIX, undefined), encodeCmsgs(list))
    }),
  )
})

test('a control message that is none is refused', () => {
  for (const wrong of [{ kind: 'whatever' }, { kind: 'unknown', level: 1, type: 1, data: 'text' }]) {
    const encode: () => unknown = () => Reflect.apply(encodeControl, null, [[wrong], constants.AF_UNIX])
    assert.throws(encode, TypeError)
  }
  for (const level of [NaN, 1.5, 2 ** 31])
    assert.throws(
      () =>
        encodeControl(
          [{ kind: 'unknown', level, type: 1, data: new Uint8Array(0) }],
          constants.AF_UNIX,
          undefined,
        ),
      RangeError,
    )
})

test('no control is no bytes; a segment size is sixteen bits', () => {
  assert.equal(encodeControl(undefined, constants.AF_INET, undefined).length, 0)
  assert.equal(encodeControl([], constants.AF_INET, undefined).length, 0)
  const [segment] = decodeCmsgs(
    encodeControl([{ kind: 'segment-size', bytes: 0x1234 }], constants.AF_INET, undefined),
  )
  assert.deepEqual(segment, { level: constants.SOL_UDP, type: UDP_SEGMENT, data: Uint8Array.of(0x34, 0x12) })
})

test('the usual room holds 253 descriptors and one of every other kind', () => {
  const sizes = [4 * 253, 12, 4, 16, 16, 48, 4, 12, 4, 1, 16 + 16, 20, 4, 4, 16 + 28, 4]
  assert.ok(sizes.reduce((sum, size) => sum + CMSG_SPACE(size), 0) <= 2048)
})
