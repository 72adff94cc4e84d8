/**
 * A server on the wildcard address and clients that ask it under several addresses; prints what was seen as JSON. To be
 * run in a network namespace of its own, whose loopback also has 2001:2::1 and 2001:2::2.
 */
import { replyFrom } from '../../src/socket/outgoing-control.ts'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SOCK_DGRAM,
} from '../../src/sys/constants.ts'
import { IPV6_RECVPKTINFO, IP_PKTINFO } from '../../src/sys/constants-messages.ts'
import { portOf } from './inet-address.ts'

const LIMIT = 5000

interface Seen {
  readonly destination: string
  /** Packet info of the request. */
  readonly info: unknown
  /** What a connected client received, which takes datagrams of its peer's address only. */
  readonly answer: string
  /** Where a plain answer comes from. */
  readonly plain: unknown
}

async function ask(server: Socket, family: number, destination: string): Promise<Seen> {
  const address = { host: destination, port: portOf(server) }
  using client = socket(family, SOCK_DGRAM)
  await client.connect(address)
  await client.send('question')
  using question = await server.recvmsg(100, { timeout: LIMIT })
  if (question?.address === undefined) throw new Error('no question')
  await server.sendmsg('answer', { address: question.address, control: replyFrom(question.control) })
  const answer = await client.recv(100, { timeout: LIMIT })

  // Not connected: hears from everywhere.
  using other = socket(family, SOCK_DGRAM)
  await other.sendto('question', address)
  using second = await server.recvmsg(100, { timeout: LIMIT })
  if (second?.address === undefined) throw new Error('no question')
  await server.sendmsg('answer', { address: second.address })
  const plain = await other.recvfrom(100, { timeout: LIMIT })
  return {
    destination,
    info: question.control,
    answer: Buffer.from(answer ?? []).toString(),
    plain: plain.address !== undefined && 'host' in plain.address ? plain.address.host : undefined,
  }
}

using four = socket(AF_INET, SOCK_DGRAM)
four.setsockopt(IPPROTO_IP, IP_PKTINFO, 1)
four.bind({ host: '0.0.0.0', port: 0 })

using six = socket(AF_INET6, SOCK_DGRAM)
six.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)
six.setsockopt(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
six.bind({ host: '::', port: 0 })

const seen = [
  await ask(four, AF_INET, '127.0.0.1'),
  await ask(four, AF_INET, '127.0.0.2'),
  await ask(four, AF_INET, '127.1.2.3'),
  await ask(six, AF_INET6, '::1'),
  await ask(six, AF_INET6, '2001:2::1'),
  await ask(six, AF_INET6, '2001:2::2'),
  await ask(six, AF_INET, '127.0.0.2'),
]

// A source chosen without a question, as text of either family.
using listener = socket(AF_INET, SOCK_DGRAM)
listener.bind({ host: '127.0.0.1', port: 0 })
const chosen: unknown[] = []
for (const [sender, family] of [
  [four, '127.0.0.1'],
  [six, '::ffff:127.0.0.1'],
] as const) {
  await sender.sendmsg('x', {
    address: { host: family, port: portOf(listener) },
    control: [{ kind: 'packet-info', local: '127.7.7.7' }],
  })
  const { address } = await listener.recvfrom(9, { timeout: LIMIT })
  chosen.push(address !== undefined && 'host' in address ? address.host : address)
}
process.stdout.write(JSON.stringify({ seen, chosen }))
