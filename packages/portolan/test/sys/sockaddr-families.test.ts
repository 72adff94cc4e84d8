import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  AF_ALG,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
} from '../../src/sys/constants.ts'
import { libc } from '../../src/sys/libc.ts'
import { decodeSockaddr, encodeSockaddr } from '../../src/sys/sockaddr.ts'
import { formatSocketAddress, type SocketAddress } from '../../src/sys/socket-address.ts'
import { evaluateInC, noCompiler } from './c-program.ts'

const noIndex = (): number => 0
const uint16 = fc.integer({ min: 0, max: 0xffff })
const uint32 = fc.integer({ min: 0, max: 0xffffffff })
const hardwareAddress = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 32 })
  .map((bytes) =>
    Buffer.from(bytes)
      .toString('hex')
      .replaceAll(/..(?=.)/g, '$&:'),
  )

function bytesOf(family: number, address: SocketAddress): Buffer {
  return Buffer.from(encodeSockaddr(family, address, noIndex))
}

const HEADERS = [
  'stdio.h',
  'stddef.h',
  'sys/socket.h',
  'linux/if_packet.h',
  'linux/netlink.h',
  'linux/vm_sockets.h',
]

test(
  'every field of AF_PACKET, AF_NETLINK and AF_VSOCK stands where the C headers have it',
  { skip: noCompiler },
  () => {
    const fields = (struct: string, names: readonly string[]): number[] =>
      evaluateInC(
        [`sizeof(struct ${struct})`, ...names.map((name) => `offsetof(struct ${struct}, ${name})`)],
        HEADERS,
      )
    const ll = ['sll_protocol', 'sll_ifindex', 'sll_hatype', 'sll_pkttype', 'sll_halen', 'sll_addr']
    const [size = 0, protocol = 0, index = 0, kind = 0, packet = 0, length = 0, address = 0] = fields(
      'sockaddr_ll',
      ll,
    )
    const packed = bytesOf(AF_PACKET, {
      interface: 0x01020304,
      protocol: 0x0806,
      hardwareType: 0x0506,
      packetType: 7,
      hardwareAddress: '0a:0b:0c:0d:0e:0f',
    })
    assert.deepEqual(
      [
        packed.length,
        packed.readUInt16LE(0),
        packed.readUInt16BE(protocol),
        packed.readInt32LE(index),
        packed.readUInt16LE(kind),
        packed[packet],
        packed[length],
        packed.subarray(address, address + 6).toString('hex'),
      ],
      [size, AF_PACKET, 0x0806, 0x01020304, 0x0506, 7, 6, '0a0b0c0d0e0f'],
    )
    const [nlSize = 0, pid = 0, groups = 0] = fields('sockaddr_nl', ['nl_pid', 'nl_groups'])
    const netlink = bytesOf(AF_NETLINK, { pid: 0x01020304, groups: 0x85060708 })
    assert.deepEqual(
      [netlink.length, netlink.readUInt16LE(0), netlink.readUInt32LE(pid), netlink.readUInt32LE(groups)],
      [nlSize, AF_NETLINK, 0x01020304, 0x85060708],
    )
    const [vmSize = 0, port = 0, cid = 0] = fields('sockaddr_vm', ['svm_port', 'svm_cid'])
    const vsock = bytesOf(AF_VSOCK, { cid: 0xffffffff, port: 0x01020304 })
    assert.deepEqual(
      [vsock.length, vsock.readUInt16LE(0), vsock.readUInt32LE(port), vsock.readUInt32LE(cid)],
      [vmSize, AF_VSOCK, 0x01020304, 0xffffffff],
    )
  },
)

test('an address of AF_PACKET, AF_NETLINK or AF_VSOCK comes back as it was', () => {
  const packet = fc.record({
    interface: fc.integer({ min: 0, max: 0x7fffffff }),
    protocol: uint16,
    hardwareAddress,
    packetType: fc.integer({ min: 0, max: 255 }),
    hardwareType: uint16,
  })
  for (const [family, arbitrary] of [
    [AF_PACKET, packet],
    [AF_NETLINK, fc.record({ pid: uint32, groups: uint32 })],
    [AF_VSOCK, fc.record({ cid: uint32, port: uint32 })],
  ] as const)
    fc.assert(
      fc.property<[SocketAddress]>(arbitrary, (address) => {
        const bytes = bytesOf(family, address)
        assert.deepEqual({ ...decodeSockaddr(bytes, bytes.length) }, { ...address })
      }),
    )
})

test('an interface may be named; one that does not exist is refused', () => {
  const lo = libc.ifNameToIndex('lo')
  const named = encodeSockaddr(AF_PACKET, { interface: 'lo', protocol: 3 }, libc.ifNameToIndex)
  assert.deepEqual(named, encodeSockaddr(AF_PACKET, { interface: lo, protocol: 3 }, libc.ifNameToIndex))
  for (const name of ['no-such-if', '', 'lo\0'])
    assert.throws(
      () => encodeSockaddr(AF_PACKET, { interface: name, protocol: 3 }, libc.ifNameToIndex),
      new RangeError(`No network interface has the name ${JSON.stringify(name)}`),
    )
})

test('84. what a field cannot hold is refused, not cut', () => {
  const bad: readonly (readonly [number, SocketAddress])[] = [
    [AF_PACKET, { interface: -1, protocol: 3 }],
    [AF_PACKET, { interface: 0x80000000, protocol: 3 }],
    [AF_PACKET, { interface: 1.5, protocol: 3 }],
    [AF_PACKET, { interface: 1, protocol: 65_536 }],
    [AF_PACKET, { interface: 1, protocol: 3, packetType: 256 }],
    [AF_PACKET, { interface: 1, protocol: 3, hardwareType: 65_536 }],
    [AF_PACKET, { interface: 1, protocol: 3, hardwareAddress: '2:0' }],
    [AF_PACKET, { interface: 1, protocol: 3, hardwareAddress: '02-00' }],
    [AF_PACKET, { interface: 1, protocol: 3, hardwareAddress: '02:' }],
    [
      AF_PACKET,
      { interface: 1, protocol: 3, hardwareAddress: Array.from({ length: 33 }, () => '00').join(':') },
    ],
    [AF_NETLINK, { pid: -1, groups: 0 }],
    [AF_NETLINK, { pid: 0, groups: 0x100000000 }],
    [AF_VSOCK, { cid: 0x100000000, port: 1 }],
    [AF_VSOCK, { cid: 1, port: -1 }],
    [AF_VSOCK, { cid: 1, port: Number.NaN }],
  ]
  for (const [family, address] of bad)
    assert.throws(() => encodeSockaddr(family, address, noIndex), RangeError, JSON.stringify(address))
})

test('an address of another family is refused and says which form is wanted', () => {
  const forms: readonly (readonly [number, SocketAddress])[] = [
    [AF_INET, { host: '127.0.0.1', port: 1 }],
    [AF_INET6, { host: '::1', port: 1 }],
    [AF_UNIX, { path: '/x' }],
    [AF_PACKET, { interface: 1, protocol: 3 }],
    [AF_NETLINK, { pid: 1, groups: 2 }],
    [AF_VSOCK, { cid: 1, port: 2 }],
  ]
  for (const [family] of forms)
    for (const [other, address] of forms) {
      if (family === other || (family === AF_INET && other === AF_INET6)) continue
      assert.throws(() => encodeSockaddr(family, address, noIndex), RangeError, `${family} ${other}`)
    }
  assert.throws(
    () => encodeSockaddr(AF_UNIX, { cid: 1, port: 2 }, noIndex),
    new RangeError('An address of AF_UNIX is { path }, not { cid, port }'),
  )
  assert.throws(() => encodeSockaddr(AF_ALG, { path: 'x' }, noIndex), RangeError)
})

test('an address that the kernel cut short is none, and a length it claims is not believed', () => {
  const packet = bytesOf(AF_PACKET, { interface: 1, protocol: 3, hardwareAddress: '01:02:03:04:05:06' })
  assert.equal(decodeSockaddr(packet, 11), undefined)
  packet[11] = 255
  const decoded = decodeSockaddr(packet, 16)
  assert.ok(decoded !== undefined && 'interface' in decoded)
  assert.equal(decoded.hardwareAddress, '01:02:03:04')
  assert.equal(decodeSockaddr(bytesOf(AF_NETLINK, { pid: 1, groups: 0 }), 11), undefined)
  assert.equal(decodeSockaddr(bytesOf(AF_VSOCK, { cid: 1, port: 0 }), 15), undefined)
})

test('for people', () => {
  assert.equal(formatSocketAddress({ interface: 'eth0', protocol: 0x800 }), 'packet eth0 0x0800')
  assert.equal(
    formatSocketAddress({ interface: 2, protocol: 3, hardwareAddress: '02:00:00:00:00:01' }),
    'packet interface 2 0x0003 02:00:00:00:00:01',
  )
  assert.equal(formatSocketAddress({ interface: '\u001b[2J', protocol: 3 }), 'packet \\x1b[2J 0x0003')
  assert.equal(formatSocketAddress({ pid: 17, groups: 5 }), 'netlink 17/5')
  assert.equal(formatSocketAddress({ cid: 2, port: 1234 }), 'vsock 2:1234')
})
