/** What the multicast scenarios of both families share: addresses, Python as the sender, the end of what it sent. */
import { readFileSync } from 'node:fs'
import { AF_INET, AF_INET6, SOCK_DGRAM } from '../../src/sys/constants.ts'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import type { PythonPeer } from './python-peer.ts'

export interface Family {
  readonly family: number
  readonly any: string
  readonly own: string
  readonly sources: readonly [string, string]
  readonly group: string
  readonly otherGroup: string
  /** In the range of source-specific multicast: RFC 4607 section 1. */
  readonly specific: string
}

export const V4: Family = {
  family: AF_INET,
  any: '0.0.0.0',
  own: '198.18.0.1',
  sources: ['198.18.0.2', '198.18.0.3'],
  group: '239.1.2.3',
  otherGroup: '239.1.2.4',
  specific: '232.1.2.3',
}
export const V6: Family = {
  family: AF_INET6,
  any: '::',
  own: '2001:2::1',
  sources: ['2001:2::2', '2001:2::3'],
  group: 'ff0e::1:2:3',
  otherGroup: 'ff0e::1:2:4',
  specific: 'ff3e::8000:1',
}
const END = 'end'

export function bound({ family, any }: Family, port = 0): Socket {
  const udp = socket(family, SOCK_DGRAM)
  udp.options.reuseAddress = true
  udp.bind({ host: any, port })
  return udp
}

/** Python sends texts to addresses, and then to `ends` what says that nothing of them is still under way. */
export async function pythonSends(
  python: PythonPeer,
  at: Family,
  port: number,
  texts: readonly (readonly [group: string, text: string, from?: string])[],
  ends: readonly string[] = [at.own],
): Promise<void> {
  const [source] = at.sources
  const sends = texts.map(([to, text, from = source]) => [from, to, text])
  await python.run(
    `
for source, to, text in sends:
    six = ':' in source
    u = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM); u.bind((source, 0))
    if six: u.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex('far'))
    else: u.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
    u.sendto(text.encode(), (to, port)); u.close()`,
    { port, sends: [...sends, ...ends.map((to) => [source, to, END])] },
  )
}

/** What came until so many ends had come. */
export async function heard(udp: Socket, ends = 1): Promise<string[]> {
  const texts: string[] = []
  for (let left = ends; left > 0;) {
    const text = await nextText(udp)
    if (text === END) left--
    else texts.push(text)
  }
  return texts
}

export async function nextText(udp: Socket): Promise<string> {
  const data = await udp.recv(100, { timeout: 10_000 })
  return Buffer.from(data ?? []).toString()
}

/** The kernel's own list: /proc/net/igmp has groups as words in host order, igmp6 as the bytes of the address. */
export function isJoined({ family }: Family, group: string): boolean {
  if (family === AF_INET) {
    const word = Buffer.from(group.split('.').map(Number)).reverse().toString('hex').toUpperCase()
    return readFileSync('/proc/net/igmp', 'utf8').includes(word)
  }
  const [head = '', tail = ''] = group.split('::')
  const words = tail.split(':').map((word) => word.padStart(4, '0'))
  const bytes = `${head}${'0'.repeat(28 - words.length * 4)}${words.join('')}`
  return readFileSync('/proc/net/igmp6', 'utf8').includes(bytes)
}
