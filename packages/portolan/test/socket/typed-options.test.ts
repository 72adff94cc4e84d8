/** Every typed option: what it sets is what Python reads of the same descriptor, and what it reads is what was set. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as constants from '../../src/sys/constants.ts'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import type { SocketOptions } from '../../src/socket/typed-options.ts'
import { readByPython, type ConstantName } from './foreign-options.ts'
import { checkLeaks } from './leak-check.ts'
import { thrown } from './rejection.ts'

const { AF_INET, AF_INET6, AF_UNIX, SOCK_STREAM, SOCK_DGRAM } = constants

checkLeaks()

type Case = readonly [
  property: keyof SocketOptions,
  value: unknown,
  option: ConstantName,
  /** What the kernel then has, as an int; or as bytes. */
  kernel: number | Uint8Array,
  /** What the property gives then, where that is not the value. */
  reads?: unknown,
]

const ints = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)
const text = (value: string, room: number): Uint8Array => new TextEncoder().encode(value.padEnd(room, '\0'))

const EVERYWHERE: readonly Case[] = [
  ['reuseAddress', true, 'SO_REUSEADDR', 1],
  ['reusePort', true, 'SO_REUSEPORT', 1],
  // socket(7): the kernel doubles the value.
  ['receiveBuffer', 40_000, 'SO_RCVBUF', 80_000, 80_000],
  ['sendBuffer', 30_000, 'SO_SNDBUF', 60_000, 60_000],
  ['priority', 3, 'SO_PRIORITY', 3],
  ['mark', 0xfedcba98, 'SO_MARK', 0xfedcba98 | 0],
  ['bindToDevice', 'lo', 'SO_BINDTODEVICE', text('lo', 3)],
  ['incomingCpu', 1, 'SO_INCOMING_CPU', 1],
  ['trafficClass', 0xb8, 'IP_TOS', 0xb8],
  ['hopLimit', 42, 'IP_TTL', 42],
  ['mtuDiscovery', 'dont', 'IP_MTU_DISCOVER', constants.IP_PMTUDISC_DONT],
  ['mtuDiscovery', 'want', 'IP_MTU_DISCOVER', constants.IP_PMTUDISC_WANT],
  ['mtuDiscovery', 'do', 'IP_MTU_DISCOVER', constants.IP_PMTUDISC_DO],
  ['mtuDiscovery', 'probe', 'IP_MTU_DISCOVER', constants.IP_PMTUDISC_PROBE],
  ['mtuDiscovery', 'interface', 'IP_MTU_DISCOVER', constants.IP_PMTUDISC_INTERFACE],
  ['mtuDiscovery', 'omit', 'IP_MTU_DISCOVER', constants.IP_PMTUDISC_OMIT],
  ['dontFragment', true, 'IP_MTU_DISCOVER', constants.IP_PMTUDISC_DO],
  ['dontFragment', false, 'IP_MTU_DISCOVER', constants.IP_PMTUDISC_DONT],
  ['freeBind', true, 'IP_FREEBIND', 1],
  ['transparent', true, 'IP_TRANSPARENT', 1],
  ['bindAddressNoPort', true, 'IP_BIND_ADDRESS_NO_PORT', 1],
  ['localPortRange', [40_000, 50_000], 'IP_LOCAL_PORT_RANGE', 40_000 | (50_000 << 16)],
]

const STREAMS: readonly Case[] = [
  ['keepAlive', true, 'SO_KEEPALIVE', 1],
  ['linger', 9, 'SO_LINGER', ints(1, 9)],
  ['linger', 0, 'SO_LINGER', ints(1, 0)],
  ['receiveLowat', 7, 'SO_RCVLOWAT', 7],
  ['noDelay', true, 'TCP_NODELAY', 1],
  ['cork', true, 'TCP_CORK', 1],
  ['quickAck', false, 'TCP_QUICKACK', 0],
  ['keepAliveIdleSeconds', 77, 'TCP_KEEPIDLE', 77],
  ['keepAliveIntervalSeconds', 11, 'TCP_KEEPINTVL', 11],
  ['keepAliveCount', 5, 'TCP_KEEPCNT', 5],
  ['synRetries', 2, 'TCP_SYNCNT', 2],
  ['userTimeout', 12_345, 'TCP_USER_TIMEOUT', 12_345],
  ['notSentLowat', 0xffffffff, 'TCP_NOTSENT_LOWAT', -1],
  ['congestion', 'reno', 'TCP_CONGESTION', text('reno', 16)],
  ['fastOpen', 16, 'TCP_FASTOPEN', 16],
  ['fastOpenConnect', true, 'TCP_FASTOPEN_CONNECT', 1],
  // tcp(7): a whole number of SYN-ACKs, which are 1, 2, 4, … seconds apart.
  ['deferAcceptSeconds', 2, 'TCP_DEFER_ACCEPT', 3, 3],
]

const DATAGRAMS: readonly Case[] = [['broadcast', true, 'SO_BROADCAST', 1]]

const IPV6_ONLY: readonly Case[] = [
  ['v6Only', true, 'IPV6_V6ONLY', 1],
  ['autoFlowLabel', false, 'IPV6_AUTOFLOWLABEL', 0],
  ['trafficClass', 0xb8, 'IPV6_TCLASS', 0xb8],
  ['hopLimit', 42, 'IPV6_UNICAST_HOPS', 42],
  ['mtuDiscovery', 'interface', 'IPV6_MTU_DISCOVER', constants.IPV6_PMTUDISC_INTERFACE],
  ['freeBind', true, 'IPV6_FREEBIND', 1],
  ['transparent', true, 'IPV6_TRANSPARENT', 1],
]

const KINDS = [
  { kind: 'TCP over IPv4', family: AF_INET, type: SOCK_STREAM, cases: [...EVERYWHERE, ...STREAMS] },
  // On AF_INET6 the options of IPv4 are set beside those of IPv6: for the IPv4 that the socket may carry.
  {
    kind: 'TCP over IPv6',
    family: AF_INET6,
    type: SOCK_STREAM,
    cases: [...EVERYWHERE, ...STREAMS, ...IPV6_ONLY],
  },
  { kind: 'UDP over IPv4', family: AF_INET, type: SOCK_DGRAM, cases: [...EVERYWHERE, ...DATAGRAMS] },
  {
    kind: 'UDP over IPv6',
    family: AF_INET6,
    type: SOCK_DGRAM,
    cases: [...EVERYWHERE, ...DATAGRAMS, ...IPV6_ONLY],
  },
] as const

/** Longest of the options that are bytes; the kernel tells how many it wrote. SO_BINDTODEVICE asks for so much room. */
const ROOM = 16

for (const { kind, family, type, cases } of KINDS)
  describe(kind, () => {
    test('88. every option reads back what was set, is what getsockopt reads, and what Python reads', () => {
      using stack = new DisposableStack()
      const sockets = cases.map(([property, value]) => {
        const fresh = stack.use(socket(family, type))
        assert.ok(Reflect.set(fresh.options, property, value), property)
        return fresh
      })
      const byPython = readByPython(
        sockets.map((socket, index) => {
          const [, , name, kernel] = cases[index] ?? assert.fail()
          return {
            socket,
            level: levelOf(name),
            name,
            ...(typeof kernel === 'number' ? {} : { length: ROOM }),
          }
        }),
      )
      for (const [index, [property, value, name, kernel, reads = value]] of cases.entries()) {
        const { options } = sockets[index] ?? assert.fail()
        assert.deepEqual(Reflect.get(options, property), reads, property)
        const theirs = typeof kernel === 'number' ? kernel : Buffer.from(kernel).toString('hex')
        assert.equal(byPython[index], theirs, `${property}: ${name} by Python`)
        assert.deepEqual(
          rawValue(sockets[index] ?? assert.fail(), name, kernel),
          kernel,
          `${property}: ${name}`,
        )
      }
    })

    test('88. what setsockopt sets in int or bytes form, the typed option reads', () => {
      for (const [property, value, name, kernel, reads = value] of cases) {
        // There the property reads the option of IPv6.
        if (family === AF_INET6 && levelOf(name) === 'IPPROTO_IP' && hasTwin(property)) continue
        const doubled = name === 'SO_RCVBUF' || name === 'SO_SNDBUF'
        for (const form of typeof kernel === 'number' ? [kernel, ints(kernel)] : [kernel]) {
          using plain = socket(family, type)
          plain.setsockopt(constants[levelOf(name)], constants[name], form)
          assert.deepEqual(
            Reflect.get(plain.options, property),
            doubled ? Number(reads) * 2 : reads,
            property,
          )
        }
      }
    })
  })

test('every option that can be set is in the tables above', () => {
  const tested = new Set(KINDS.flatMap(({ cases }) => cases.map(([property]): string => property)))
  using fresh = socket(AF_INET, SOCK_STREAM)
  const settable = settableOf(fresh.options)
  assert.ok(settable.length > 30)
  assert.deepEqual(
    settable.filter((property) => !tested.has(property)),
    ['maxSegment'],
    'a test of its own has maxSegment, whose value depends on the connection',
  )
})

function settableOf(options: SocketOptions): string[] {
  const found: string[] = []
  for (let at: unknown = options; typeof at === 'object' && at !== null; at = Object.getPrototypeOf(at))
    if (at !== Object.prototype)
      for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at)))
        if (property.set !== undefined) found.push(name)
  return found
}

function levelOf(name: ConstantName): 'SOL_SOCKET' | 'IPPROTO_TCP' | 'IPPROTO_IPV6' | 'IPPROTO_IP' {
  if (name.startsWith('SO_')) return 'SOL_SOCKET'
  if (name.startsWith('TCP_')) return 'IPPROTO_TCP'
  return name.startsWith('IPV6_') ? 'IPPROTO_IPV6' : 'IPPROTO_IP'
}

function hasTwin(property: keyof SocketOptions): boolean {
  return property !== 'bindAddressNoPort' && property !== 'localPortRange'
}

function rawValue(socket: Socket, name: ConstantName, kernel: number | Uint8Array): number | Uint8Array {
  const level = constants[levelOf(name)]
  if (typeof kernel === 'number') return socket.getsockopt(level, constants[name])
  return socket.getsockopt(level, constants[name], ROOM)
}

test('null takes back: linger, interface, hop limit and port range', () => {
  for (const family of [AF_INET, AF_INET6]) {
    using fresh = socket(family, SOCK_STREAM)
    const { options } = fresh
    const before = options.hopLimit
    options.linger = 5
    options.linger = null
    assert.equal(options.linger, null)
    options.bindToDevice = 'lo'
    options.bindToDevice = null
    assert.equal(options.bindToDevice, null)
    options.hopLimit = 3
    options.hopLimit = null
    assert.equal(options.hopLimit, before)
    options.localPortRange = [1024, 2048]
    options.localPortRange = null
    assert.equal(options.localPortRange, null)
  }
})

test('what can only be read is what the socket was opened as', () => {
  using tcp = socket(AF_INET6, SOCK_STREAM)
  using unix = socket(AF_UNIX, SOCK_DGRAM)
  const { domain, type, protocol, acceptConn, error } = tcp.options
  assert.deepEqual(
    { domain, type, protocol, acceptConn, error },
    { domain: AF_INET6, type: SOCK_STREAM, protocol: constants.IPPROTO_TCP, acceptConn: false, error: 0 },
  )
  assert.deepEqual([unix.options.domain, unix.options.type, unix.options.protocol], [AF_UNIX, SOCK_DGRAM, 0])
  tcp.bind({ host: '::1', port: 0 })
  tcp.listen()
  assert.equal(tcp.options.acceptConn, true)
})

test('maxSegment limits what is told to the peer', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  using client = socket(AF_INET, SOCK_STREAM)
  client.options.maxSegment = 1000
  assert.equal(client.options.maxSegment, 1000)
  await client.connect(server.getsockname())
  const { client: accepted } = await server.accept()
  using accepting = accepted
  // 12 bytes of each segment are timestamps (RFC 7323 section 3.2).
  assert.equal(accepting.options.maxSegment, 988)
  const [theirs] = readByPython([{ socket: accepting, level: 'IPPROTO_TCP', name: 'TCP_MAXSEG' }])
  assert.equal(theirs, 988)
})

test('options are made once, and after close they say that the socket is closed', () => {
  const tcp = socket(AF_INET, SOCK_STREAM)
  const { options } = tcp
  assert.equal(tcp.options, options)
  tcp.close()
  assert.deepEqual(
    [thrown(() => options.noDelay).code, thrown(() => (options.linger = 0)).code],
    ['ERR_SOCKET_CLOSED', 'ERR_SOCKET_CLOSED'],
  )
})
