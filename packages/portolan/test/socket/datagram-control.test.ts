/** TTL, TOS, UDP segments and drops: what the headers of a datagram said, and what ours are to say. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_HOPLIMIT,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  IPV6_V6ONLY,
  IP_TOS,
  IP_TTL,
  SOCK_DGRAM,
  SOL_SOCKET,
  SOL_UDP,
  SO_RCVBUF,
  SO_RXQ_OVFL,
} from '../../src/sys/constants.ts'
import { IP_RECVTOS, IP_RECVTTL } from '../../src/sys/constants-messages.ts'
import { UDP_GRO } from '../../src/sys/constants-udp.ts'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

const LONG = 10_000

function bound(family = AF_INET, host = '127.0.0.1'): Socket {
  const udp = socket(family, SOCK_DGRAM)
  udp.bind({ host, port: 0 })
  return udp
}

for (const { name, family, host, options, theirs } of [
  {
    name: 'IPv4',
    family: AF_INET,
    host: '127.0.0.1',
    options: [
      [IPPROTO_IP, IP_RECVTTL],
      [IPPROTO_IP, IP_RECVTOS],
    ],
    theirs: [
      [IPPROTO_IP, IP_TTL],
      [IPPROTO_IP, IP_TOS],
    ],
  },
  {
    name: 'IPv6',
    family: AF_INET6,
    host: '::1',
    options: [
      [IPPROTO_IPV6, IPV6_RECVHOPLIMIT],
      [IPPROTO_IPV6, IPV6_RECVTCLASS],
    ],
    theirs: [
      [IPPROTO_IPV6, IPV6_HOPLIMIT],
      [IPPROTO_IPV6, IPV6_TCLASS],
    ],
  },
] as const) {
  test(`${name}: TTL, DSCP and ECN of one message, between Python and us in both directions`, async () => {
    using udp = bound(family, host)
    for (const [level, option] of options) udp.setsockopt(level, option, 1)
    const port = await python.number(
      `u = socket.socket(family, socket.SOCK_DGRAM); u.bind((host, 0)); out = u.getsockname()[1]
for level, option in options: u.setsockopt(level, option, 1)
u.sendmsg([b'x'], [(*theirs[0], struct.pack('i', 7)), (*theirs[1], struct.pack('i', 0xb9))], 0, (host, port))`,
      { family, host, port: portOf(udp), options, theirs },
    )
    using message = await udp.recvmsg(10)
    assert.deepEqual(
      [...(message?.control ?? [])].sort((a, b) => (a.kind < b.kind ? -1 : 1)),
      [
        // RFC 3246: expedited forwarding is codepoint 46; RFC 3168: ECT(1) is 1.
        { kind: 'traffic-class', value: 0xb9, dscp: 46, ecn: 1 },
        { kind: 'ttl', hops: 7 },
      ],
    )
    await udp.sendmsg('y', {
      address: { host, port },
      control: [
        { kind: 'ttl', hops: 200 },
        { kind: 'traffic-class', value: 0x2a },
      ],
    })
    assert.deepEqual(
      await python.run(
        `_, control, _, _ = u.recvmsg(10, 200)
out = sorted([level, kind, int.from_bytes(data, 'little')] for level, kind, data in control); u.close()`,
      ),
      [
        [...theirs[0], 200],
        [...theirs[1], 0x2a],
      ].sort((a, b) => (a[1] ?? 0) - (b[1] ?? 0)),
    )
  })
}

for (const mapped of ['::ffff:127.0.0.1', '::FFFF:7f00:1'])
  test(`an IPv6 socket sends TTL and traffic class to ${mapped}, connected or not`, async () => {
    using udp = bound()
    udp.setsockopt(IPPROTO_IP, IP_RECVTTL, 1)
    udp.setsockopt(IPPROTO_IP, IP_RECVTOS, 1)
    using six = socket(AF_INET6, SOCK_DGRAM)
    six.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)
    const address = { host: mapped, port: portOf(udp) }
    const control = [
      { kind: 'ttl', hops: 9 },
      { kind: 'traffic-class', value: 4 },
      { kind: 'packet-info' },
    ] as const
    await six.sendmsg('x', { address, control })
    await six.connect(address)
    await six.sendmsg('y', { control })
    for (let i = 0; i < 2; i++) {
      using message = await udp.recvmsg(10)
      assert.deepEqual(message?.control, [
        { kind: 'ttl', hops: 9 },
        { kind: 'traffic-class', value: 4, dscp: 1, ecn: 0 },
      ])
    }
  })

test('values that no header holds are refused', async () => {
  using udp = bound()
  const address = udp.getsockname()
  for (const hops of [0, -1, 256, 1.5, NaN])
    await assert.rejects(udp.sendmsg('x', { address, control: [{ kind: 'ttl', hops }] }), RangeError)
  for (const value of [-1, 256, 1.5])
    await assert.rejects(
      udp.sendmsg('x', { address, control: [{ kind: 'traffic-class', value }] }),
      RangeError,
    )
  for (const bytes of [0, -1, 65_536, 1.5])
    await assert.rejects(
      udp.sendmsg('x', { address, control: [{ kind: 'segment-size', bytes }] }),
      RangeError,
    )
  assert.equal(udp.tryRecvmsg(1), undefined)
})

test('segment-size cuts what is sent into datagrams, and with UDP_GRO says how what arrives was joined', async () => {
  using plain = bound()
  using joined = bound()
  joined.setsockopt(SOL_UDP, UDP_GRO, 1)
  using sender = bound()
  const data = Uint8Array.from({ length: 350 }, (_, index) => index & 255)
  const control = [{ kind: 'segment-size', bytes: 100 }] as const
  assert.equal(await sender.sendmsg(data, { address: plain.getsockname(), control }), 350)
  for (const [start, end] of [
    [0, 100],
    [100, 200],
    [200, 300],
    [300, 350],
  ]) {
    using message = await plain.recvmsg(1000)
    assert.deepEqual(message?.data, data.slice(start, end))
  }
  await sender.sendmsg(data, { address: joined.getsockname(), control })
  using message = await joined.recvmsg(1000)
  assert.deepEqual(message?.data, data)
  assert.deepEqual(message.control, [{ kind: 'segment-size', bytes: 100 }])
})

test('with SO_RXQ_OVFL a message says how many were dropped before it', async () => {
  using udp = bound()
  udp.setsockopt(SOL_SOCKET, SO_RXQ_OVFL, 1)
  udp.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
  using sender = bound()
  const address = udp.getsockname()
  const sent = 100
  for (let i = 0; i < sent; i++) await sender.sendto(new Uint8Array(1000), address)
  let received = 0
  for (; udp.tryRecv(1000) !== undefined; received++);
  await sender.sendto('afterwards', address)
  using message = await udp.recvmsg(1000, { timeout: LONG })
  assert.ok(received < sent)
  assert.deepEqual(message?.control, [{ kind: 'drop-count', count: sent - received }])
})
