/** IP_PKTINFO and IPV6_PKTINFO: where a datagram went to, and where its answer comes from. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { AF_INET, AF_INET6, IPPROTO_IP, IPPROTO_IPV6, SOCK_DGRAM } from '../../src/sys/constants.ts'
import { IPV6_PKTINFO, IPV6_RECVPKTINFO, IP_PKTINFO } from '../../src/sys/constants-messages.ts'
import { encodeCmsgs } from '../../src/sys/cmsg.ts'
import { parseControl } from '../../src/socket/control-message.ts'
import { socket } from '../../src/socket/open.ts'
import { replyFrom } from '../../src/socket/outgoing-control.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection } from './rejection.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

function bound(family = AF_INET, host = '127.0.0.1'): Socket {
  const udp = socket(family, SOCK_DGRAM)
  udp.bind({ host, port: 0 })
  return udp
}

function packetInfo(address: string, local: string): unknown {
  // Loopback is interface 1 of every network namespace.
  return [{ kind: 'packet-info', interface: 1, address, local }]
}

test('73. a server on the wildcard address answers from the address that was hit', async () => {
  const script = fileURLToPath(new URL('packet-info-dialogue.ts', import.meta.url))
  const namespace = `ip link set lo up && ip -6 addr add 2001:2::1/128 dev lo nodad &&
ip -6 addr add 2001:2::2/128 dev lo nodad && exec "$0" --conditions=source "$1"`
  const [program, ...words] = ['unshare', '--net', 'sh', '-c', namespace, process.execPath, script]
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => void (stdout += chunk))
  assert.deepEqual(await once(child, 'close'), [0, null])
  const outcome: unknown = JSON.parse(stdout)
  const same = (destination: string, plain = destination, local = destination): unknown => ({
    destination,
    info: packetInfo(local, local),
    answer: 'answer',
    plain,
  })
  assert.deepEqual(outcome, {
    seen: [
      same('127.0.0.1'),
      // Without packet info the kernel answers from its first loopback address: what this is all about.
      same('127.0.0.2', '127.0.0.1'),
      same('127.1.2.3', '127.0.0.1'),
      same('::1'),
      { ...Object(same('2001:2::1')), plain: '2001:2::1' },
      { ...Object(same('2001:2::2')), plain: '2001:2::2' },
      same('127.0.0.2', '127.0.0.1', '::ffff:127.0.0.2'),
    ],
    chosen: ['127.7.7.7', '127.7.7.7'],
  })
})

for (const { name, family, host, option, level } of [
  { name: 'IPv4', family: AF_INET, host: '127.0.0.1', option: IP_PKTINFO, level: IPPROTO_IP },
  { name: 'IPv6', family: AF_INET6, host: '::1', option: IPV6_RECVPKTINFO, level: IPPROTO_IPV6 },
])
  test(`73. ${name}: packet info of a datagram from Python`, async () => {
    using udp = bound(family, host)
    udp.setsockopt(level, option, 1)
    await python.run(
      `u = socket.socket(family, socket.SOCK_DGRAM); u.sendto(b'x', (host, port)); u.close()`,
      { family, host, port: portOf(udp) },
    )
    using message = await udp.recvmsg(10)
    assert.ok(message)
    assert.deepEqual(message.control, packetInfo(host, host))
    assert.deepEqual(replyFrom(message.control), [{ kind: 'packet-info', local: host }])
  })

test('73. an answer to a group comes from no address of the group, a link-local one by its own interface', () => {
  const info = (address: number[], index: number): ReturnType<typeof parseControl> =>
    parseControl(
      encodeCmsgs([
        { level: IPPROTO_IPV6, type: IPV6_PKTINFO, data: Uint8Array.from([...address, index, 0, 0, 0]) },
      ]),
    )
  const group = info([0xff, 0x02, ...Array<number>(13).fill(0), 1], 7)
  assert.deepEqual(group, [{ kind: 'packet-info', interface: 7, address: 'ff02::1', local: undefined }])
  assert.deepEqual(replyFrom(group), [{ kind: 'packet-info', local: undefined, interface: 7 }])
  const linkLocal = info([0xfe, 0x80, ...Array<number>(13).fill(0), 2], 3)
  assert.deepEqual(replyFrom(linkLocal), [{ kind: 'packet-info', local: 'fe80::2', interface: 3 }])
  assert.deepEqual(replyFrom([]), [])
})

test('a source that is not ours, or no address at all, is an error and nothing is sent', async () => {
  using udp = bound()
  using sender = socket(AF_INET, SOCK_DGRAM)
  using six = socket(AF_INET6, SOCK_DGRAM)
  const address = udp.getsockname()
  const from = (
    local: string,
  ): { address: typeof address; control: [{ kind: 'packet-info'; local: string }] } => ({
    address,
    control: [{ kind: 'packet-info', local }],
  })
  const foreign = await rejection(sender.sendmsg('x', from('198.18.0.1')))
  assert.ok(['EINVAL', 'ENETUNREACH'].includes(foreign.code), foreign.code)
  for (const text of ['localhost', '::1', '127.1', ''])
    await assert.rejects(sender.sendmsg('x', from(text)), RangeError)
  await assert.rejects(
    six.sendmsg('x', { address: { host: '::1', port: 1 }, control: [{ kind: 'packet-info', local: 'x' }] }),
    RangeError,
  )
  for (const index of [-1, 1.5, 2 ** 31])
    await assert.rejects(
      sender.sendmsg('x', { address, control: [{ kind: 'packet-info', interface: index }] }),
      RangeError,
    )
  assert.equal(udp.tryRecvmsg(1), undefined)
})
