import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { if_nametoindex } from '../../src/socket/interfaces.ts'
import { socket } from '../../src/socket/open.ts'
import {
  AF_PACKET,
  ARPHRD_ETHER,
  ETH_P_802_EX1,
  ETH_P_ALL,
  PACKET_ADD_MEMBERSHIP,
  PACKET_BROADCAST,
  PACKET_HOST,
  PACKET_OTHERHOST,
  PACKET_OUTGOING,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_PACKET,
} from '../../src/sys/constants.ts'
import { checkLeaks } from './leak-check.ts'
import { enterOwnNamespace, ip, noNamespace } from './own-namespace.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection, thrown } from './rejection.ts'

// Local experimental EtherType 1 (IEEE 802): the only frames these tests send, on a veth pair of their own.
const PROTOCOL = ETH_P_802_EX1
const NEAR = '02:00:00:00:00:01'
const FAR = '02:00:00:00:00:02'
const EVERYBODY = 'ff:ff:ff:ff:ff:ff'

function frame(to: string, from: string, payload: string): Buffer {
  const header = Buffer.from(`${to}${from}${PROTOCOL.toString(16)}`.replaceAll(':', ''), 'hex')
  return Buffer.concat([header, Buffer.from(payload)])
}

if (noNamespace === false) {
  enterOwnNamespace()
  ip(`link add near address ${NEAR} type veth peer name far address ${FAR}`)
  ip('link set near up')
  ip('link set far up')
}

const needs = { skip: noNamespace }
let python: PythonPeer
before(async () => {
  python = new PythonPeer()
  await python.run(
    `p = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol)); p.bind(('far', protocol))`,
    { protocol: PROTOCOL },
  )
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

test('a frame from Python is read whole, with its sender, its kind and its interface', needs, async () => {
  using raw = socket(AF_PACKET, SOCK_RAW)
  raw.bind({ interface: 'near', protocol: PROTOCOL })
  for (const [to, packetType] of [
    [NEAR, PACKET_HOST],
    [EVERYBODY, PACKET_BROADCAST],
  ] as const) {
    const sent = frame(to, FAR, `to ${to}`)
    const receiving = raw.recvfrom(2000, { timeout: 20_000 })
    await python.run('p.send(bytes.fromhex(frame))', { frame: sent.toString('hex') })
    const { data, address, size, truncated } = await receiving
    assert.deepEqual([Buffer.from(data), size, truncated], [sent, sent.length, false])
    assert.deepEqual(address, {
      interface: if_nametoindex('near'),
      protocol: PROTOCOL,
      packetType,
      hardwareType: ARPHRD_ETHER,
      hardwareAddress: FAR,
    })
  }
})

test("a frame is sent to Python's AF_PACKET socket, from where it sees the same address", needs, async () => {
  using raw = socket(AF_PACKET, SOCK_RAW)
  raw.bind({ interface: 'near', protocol: PROTOCOL })
  const sent = frame(FAR, NEAR, 'from us')
  for (const how of ['send', 'sendto'] as const) {
    const count =
      how === 'send'
        ? await raw.send(sent)
        : await raw.sendto(sent, { interface: 'near', protocol: PROTOCOL })
    assert.equal(count, sent.length)
    assert.deepEqual(await python.run('d, a = p.recvfrom(2000); out = [d, a[0], a[1], a[2], a[3], a[4]]'), [
      sent.toString('hex'),
      'far',
      PROTOCOL,
      PACKET_HOST,
      ARPHRD_ETHER,
      NEAR.replaceAll(':', ''),
    ])
  }
})

test('a SOCK_DGRAM packet socket leaves the header to the kernel, both ways', needs, async () => {
  using cooked = socket(AF_PACKET, SOCK_DGRAM)
  cooked.bind({ interface: if_nametoindex('near'), protocol: PROTOCOL })
  await cooked.sendto('payload', { interface: 'near', protocol: PROTOCOL, hardwareAddress: FAR })
  assert.equal(await python.run('out = p.recv(2000)'), frame(FAR, NEAR, 'payload').toString('hex'))
  const receiving = cooked.recvfrom(2000, { timeout: 20_000 })
  await python.run('p.send(bytes.fromhex(frame))', { frame: frame(NEAR, FAR, 'back').toString('hex') })
  const { data, address } = await receiving
  assert.equal(Buffer.from(data).toString(), 'back')
  assert.ok(address !== undefined && 'interface' in address)
  assert.equal(address.hardwareAddress, FAR)
})

test('getsockname is what was bound; without bind nothing comes in', needs, async () => {
  using raw = socket(AF_PACKET, SOCK_RAW)
  await python.run('p.send(bytes.fromhex(frame))', { frame: frame(NEAR, FAR, 'early').toString('hex') })
  assert.equal(raw.tryRecv(2000), undefined, 'protocol 0 receives nothing (packet(7))')
  raw.bind({ interface: 'near', protocol: ETH_P_ALL })
  assert.deepEqual(raw.getsockname(), {
    interface: if_nametoindex('near'),
    protocol: ETH_P_ALL,
    packetType: 0,
    hardwareType: ARPHRD_ETHER,
    hardwareAddress: NEAR,
  })
})

test('ETH_P_ALL sees what leaves too; promiscuous mode what is for others', needs, async () => {
  using raw = socket(AF_PACKET, SOCK_RAW)
  raw.bind({ interface: 'near', protocol: ETH_P_ALL })
  // struct packet_mreq of packet(7): index, PACKET_MR_PROMISC, no address
  const request = Buffer.alloc(16)
  request.writeInt32LE(if_nametoindex('near'), 0)
  request.writeUInt16LE(1, 4)
  raw.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request)
  using sender = socket(AF_PACKET, SOCK_RAW)
  sender.bind({ interface: 'near', protocol: 0 })
  const ours = frame(FAR, NEAR, 'leaves')
  const stranger = frame('02:00:00:00:00:99', FAR, 'for somebody else')
  await sender.send(ours)
  await python.run('p.recv(2000); p.send(bytes.fromhex(frame))', { frame: stranger.toString('hex') })
  const seen = new Map<string, number | undefined>()
  while (seen.size < 2) {
    const { data, address } = await raw.recvfrom(2000, { timeout: 20_000 })
    const bytes = Buffer.from(data)
    // The kernel's own frames (IPv6 neighbour discovery) pass here as well.
    if (!bytes.equals(ours) && !bytes.equals(stranger)) continue
    assert.ok(address !== undefined && 'interface' in address)
    seen.set(bytes.subarray(14).toString(), address.packetType)
  }
  assert.deepEqual(Object.fromEntries(seen), {
    leaves: PACKET_OUTGOING,
    'for somebody else': PACKET_OTHERHOST,
  })
})

test('an interface that is not there, or is down, is an error of the call', needs, async () => {
  using raw = socket(AF_PACKET, SOCK_RAW)
  assert.throws(() => raw.bind({ interface: 'no-such-if', protocol: PROTOCOL }), RangeError)
  const error = thrown(() => raw.bind({ interface: 9999, protocol: PROTOCOL }))
  assert.equal(error.code, 'ENODEV')
  assert.ok(error.message.includes('packet interface 9999 0x88b5'), error.message)
  ip('link add idle type veth peer name other')
  const down = await rejection(raw.sendto(frame(FAR, NEAR, 'x'), { interface: 'idle', protocol: PROTOCOL }))
  assert.equal(down.code, 'ENETDOWN')
  assert.throws(() => raw.bind({ host: '127.0.0.1', port: 1 }), RangeError)
})

test('a frame longer than asked for is cut and its true size told', needs, async () => {
  using raw = socket(AF_PACKET, SOCK_RAW)
  raw.bind({ interface: 'near', protocol: PROTOCOL })
  const receiving = raw.recvfrom(20, { timeout: 20_000 })
  const sent = frame(NEAR, FAR, 'x'.repeat(500))
  await python.run('p.send(bytes.fromhex(frame))', { frame: sent.toString('hex') })
  const { data, size, truncated } = await receiving
  assert.deepEqual([data.length, size, truncated], [20, sent.length, true])
})
