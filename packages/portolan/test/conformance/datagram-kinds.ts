/** Every kind of socket that keeps messages apart, each as two ends in this process. */
import { join } from 'node:path'
import { datagram } from '../../src/net/datagram.ts'
import type { WaitOptions } from '../../src/socket/call-options.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Datagram } from '../../src/socket/receiving.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET } from '../../src/sys/constants.ts'
import type { SocketAddress } from '../../src/sys/socket-address.ts'

/** One end, which sends to the other. */
export interface MessageEnd {
  readonly socket: Socket
  readonly address: SocketAddress
  send(data: Uint8Array | string, options?: WaitOptions): Promise<unknown>
  receive(options?: WaitOptions): Promise<Datagram>
  close(): void | Promise<void>
}

export interface DatagramKind {
  readonly name: string
  readonly make: () => Promise<readonly [MessageEnd, MessageEnd]>
  /** Bytes of the longest message. */
  readonly longest: number
  /** The call that takes a message to the kernel. */
  readonly sendCall: 'send' | 'sendto' | 'sendmmsg'
  /** Connected ends, as of SOCK_SEQPACKET: an empty message reads as the end, which the kernel tells no other way. */
  readonly ends: boolean
  /** Whether a message to nobody is an error of the sender at once. */
  readonly refuses: boolean
}

/** Longer than any message of these tests. */
const ROOM = 70_000

function plainEnd(own: Socket, address: SocketAddress, peer: SocketAddress | undefined): MessageEnd {
  return {
    socket: own,
    address,
    send: (data, options) => (peer === undefined ? own.send(data, options) : own.sendto(data, peer, options)),
    receive: (options) => own.recvfrom(ROOM, options),
    close: () => own.close(),
  }
}

let names = 0

async function boundPair(
  family: number,
  address: () => SocketAddress,
): Promise<readonly [MessageEnd, MessageEnd]> {
  const one = socket(family, SOCK_DGRAM)
  const other = socket(family, SOCK_DGRAM)
  try {
    for (const each of [one, other]) each.bind(address())
  } catch (error) {
    one.close()
    other.close()
    throw error
  }
  const [first, second] = [one.getsockname(), other.getsockname()]
  return [plainEnd(one, first, second), plainEnd(other, second, first)]
}

function sequenced(): Promise<readonly [MessageEnd, MessageEnd]> {
  const [one, other] = socketpair(AF_UNIX, SOCK_SEQPACKET)
  const address = { path: '' }
  return Promise.resolve([plainEnd(one, address, undefined), plainEnd(other, address, undefined)])
}

async function opened(at: () => Parameters<typeof datagram>[0]): Promise<readonly [MessageEnd, MessageEnd]> {
  const one = await datagram(at())
  try {
    const other = await datagram(at())
    const end = (own: typeof one, peer: typeof one): MessageEnd => ({
      socket: own.socket,
      address: own.localAddress,
      send: (data, options) => own.send(data, peer.localAddress, options),
      receive: (options) => own.receive(options),
      close: () => own.close(),
    })
    return [end(one, other), end(other, one)]
  } catch (error) {
    await one.close()
    throw error
  }
}

/** 65535 bytes of the length field, less 8 of the UDP header and 20 of the IPv4 one (RFC 768, RFC 791). */
const LONGEST = { 4: 65_507, 6: 65_527 } as const

const abstractName = (): SocketAddress => ({ path: `\0portolan-${process.pid}-d${++names}` })

export const DATAGRAMS: readonly DatagramKind[] = [
  {
    name: 'UDP over IPv4',
    make: () => boundPair(AF_INET, () => ({ host: '127.0.0.1', port: 0 })),
    longest: LONGEST[4],
    sendCall: 'sendto',
    ends: false,
    refuses: false,
  },
  {
    name: 'UDP over IPv6',
    make: () => boundPair(AF_INET6, () => ({ host: '::1', port: 0 })),
    longest: LONGEST[6],
    sendCall: 'sendto',
    ends: false,
    refuses: false,
  },
  {
    name: 'UNIX datagrams with autobound names',
    make: () => boundPair(AF_UNIX, () => ({ path: '' })),
    longest: 60_000,
    sendCall: 'sendto',
    ends: false,
    refuses: true,
  },
  {
    name: 'UNIX datagrams with abstract names',
    make: () => boundPair(AF_UNIX, abstractName),
    longest: 60_000,
    sendCall: 'sendto',
    ends: false,
    refuses: true,
  },
  {
    name: 'UNIX sequenced packets',
    make: sequenced,
    longest: 60_000,
    sendCall: 'send',
    ends: true,
    refuses: true,
  },
  {
    name: 'datagram() over IPv4',
    make: () => opened(() => ({ host: '127.0.0.1' })),
    longest: LONGEST[4],
    sendCall: 'sendmmsg',
    ends: false,
    refuses: false,
  },
  {
    name: 'datagram() over IPv6',
    make: () => opened(() => ({ host: '::1' })),
    longest: LONGEST[6],
    sendCall: 'sendmmsg',
    ends: false,
    refuses: false,
  },
  {
    name: 'datagram() at UNIX paths',
    make: () => opened(() => ({ path: join('/tmp', `portolan-${process.pid}-d${++names}`) })),
    longest: 60_000,
    sendCall: 'sendmmsg',
    ends: false,
    refuses: true,
  },
]
