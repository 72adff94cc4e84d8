/** Options where they make no sense, and values that make none: an error that names the option, never a crash. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import * as constants from '../../src/sys/constants.ts'
import { socket } from '../../src/socket/open.ts'
import type { Multicast } from '../../src/socket/multicast.ts'
import type { Socket } from '../../src/socket/socket.ts'
import type { SocketOptions } from '../../src/socket/typed-options.ts'
import { SocketError } from '../../src/sys/socket-error.ts'
import { checkLeaks } from './leak-check.ts'
import { thrown } from './rejection.ts'
import { ScriptProcess } from './script-process.ts'

const { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX } = constants
const { SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM } = constants

checkLeaks()

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}

const EVERY_SOCKET = words(`
  receiveBuffer sendBuffer priority mark error type domain protocol acceptConn`)
const INET = words(`
  reuseAddress reusePort bindToDevice incomingCpu trafficClass hopLimit mtuDiscovery
  dontFragment freeBind transparent bindAddressNoPort localPortRange`)
const IPV6 = ['v6Only', 'autoFlowLabel']
const NO_STREAM = ['broadcast']
const TCP = words(`
  keepAlive linger receiveLowat noDelay cork quickAck keepAliveIdleSeconds congestion
  keepAliveIntervalSeconds keepAliveCount synRetries userTimeout notSentLowat maxSegment
  fastOpen fastOpenConnect deferAcceptSeconds tcpInfo`)
// Of a connection only: no fresh socket has it.
const CONNECTED = 'pathMtu'
const MULTICAST = ['loop', 'hopLimit', 'all']

interface Kind {
  readonly name: string
  readonly open: () => Socket
  readonly has: readonly string[]
  readonly multicast: boolean
}

const KINDS: readonly Kind[] = [
  kind('TCP over IPv4', AF_INET, SOCK_STREAM, [...EVERY_SOCKET, ...INET, ...TCP]),
  kind('TCP over IPv6', AF_INET6, SOCK_STREAM, [...EVERY_SOCKET, ...INET, ...TCP, ...IPV6]),
  kind('UDP over IPv4', AF_INET, SOCK_DGRAM, [...EVERY_SOCKET, ...INET, ...NO_STREAM], true),
  kind('UDP over IPv6', AF_INET6, SOCK_DGRAM, [...EVERY_SOCKET, ...INET, ...NO_STREAM, ...IPV6], true),
  kind('raw IPv4', AF_INET, SOCK_RAW, [...EVERY_SOCKET, ...INET, ...NO_STREAM], true, constants.IPPROTO_ICMP),
  kind(
    'raw IPv6, which carries no IPv4',
    AF_INET6,
    SOCK_RAW,
    [...EVERY_SOCKET, ...INET, ...NO_STREAM, ...IPV6].filter(
      (name) => name !== 'bindAddressNoPort' && name !== 'localPortRange',
    ),
    true,
    constants.IPPROTO_ICMPV6,
  ),
  kind('a UNIX stream', AF_UNIX, SOCK_STREAM, EVERY_SOCKET),
  kind('UNIX datagrams', AF_UNIX, SOCK_DGRAM, EVERY_SOCKET),
  kind('UNIX seqpacket', AF_UNIX, SOCK_SEQPACKET, EVERY_SOCKET),
  kind('netlink', AF_NETLINK, SOCK_RAW, EVERY_SOCKET),
  // Protocol 0: no packet of any interface comes in.
  kind('packets', AF_PACKET, SOCK_RAW, EVERY_SOCKET),
]

function kind(
  name: string,
  family: number,
  type: number,
  has: readonly string[],
  multicast = false,
  protocol = 0,
): Kind {
  return { name, open: () => socket(family, type, protocol), has, multicast }
}

/** Names of all options, and whether each can be set; the properties of the access below them are no options. */
function propertiesOf(options: SocketOptions): Map<string, boolean> {
  const found = new Map<string, boolean>()
  for (let at: unknown = options; typeof at === 'object' && at !== null; at = Object.getPrototypeOf(at))
    if (at !== Object.prototype)
      for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at)))
        if (property.get !== undefined && name !== 'family' && name !== 'closed')
          found.set(name, property.set !== undefined)
  return found
}

const READ_MESSAGE = /^getsockopt [A-Z]+ (SO|TCP|IP|IPV6)_[A-Z0-9_]+: \S/
const WRITE_MESSAGE =
  /^setsockopt [A-Z]+ (SO|TCP|IP|IPV6)_[A-Z0-9_]+.*: (only .+ have it|this kernel has no such option for)/

/** A value each option takes where it exists. */
const GOOD: Readonly<Record<string, unknown>> = {
  linger: null,
  mtuDiscovery: 'want',
  bindToDevice: null,
  congestion: 'reno',
  localPortRange: null,
  incomingCpu: 0,
  maxSegment: 1000,
}
const BOOLEANS = new Set(
  words(`
  reuseAddress reusePort broadcast keepAlive noDelay cork quickAck fastOpenConnect freeBind
  transparent bindAddressNoPort dontFragment v6Only autoFlowLabel loop all`),
)

function goodValue(name: string): unknown {
  return name in GOOD ? GOOD[name] : BOOLEANS.has(name) ? true : 3
}

for (const { name: kindName, open, has, multicast } of KINDS)
  describe(kindName, () => {
    test('options that it has are read and set; the others are refused by name, whether read or set', () => {
      using probe = open()
      for (const [name, settable] of propertiesOf(probe.options)) {
        using fresh = open()
        const read = (): unknown => Reflect.get(fresh.options, name)
        const write = (): unknown => Reflect.set(fresh.options, name, goodValue(name))
        if (has.includes(name)) {
          assert.notEqual(read(), undefined, name)
          // A raw socket counts as bound from the beginning, and REUSEPORT belongs to TCP and UDP.
          if (settable && !(fresh.type === SOCK_RAW && ['v6Only', 'reusePort'].includes(name))) write()
          continue
        }
        const error = thrown(read)
        assert.match(error.message, READ_MESSAGE, name)
        const unconnected = name === CONNECTED && has.includes('hopLimit')
        assert.deepEqual(
          [error.syscall, error.code],
          ['getsockopt', unconnected ? 'ENOTCONN' : 'ENOPROTOOPT'],
          name,
        )
        if (!settable) continue
        const refused = thrown(write)
        assert.deepEqual([refused.syscall, refused.code], ['setsockopt', 'ENOPROTOOPT'], name)
        assert.match(refused.message, WRITE_MESSAGE, name)
      }
    })

    test(`multicast is ${multicast ? 'there' : 'refused by name'}`, () => {
      using fresh = open()
      const calls: ((of: Multicast) => unknown)[] = [
        ...MULTICAST.flatMap((name) => [
          (of: Multicast) => Reflect.get(of, name),
          (of: Multicast) => Reflect.set(of, name, goodValue(name)),
        ]),
        (of) => of.setInterface('lo'),
      ]
      // A membership that came about would be reported on the network of this machine: see multicast.test.ts.
      if (!multicast) calls.push((of) => of.join('239.1.1.1', { interface: 'lo' }))
      for (const call of calls) {
        if (multicast) {
          call(fresh.multicast)
          continue
        }
        const error = thrown(() => call(fresh.multicast))
        assert.equal(error.code, 'ENOPROTOOPT')
        assert.match(error.message, /^[gs]etsockopt ENOPROTOOPT (IP|IPV6|MCAST)_[A-Z_]+: only .+ have it/)
      }
    })

    test('any value at all is taken, or is an error of its own kind', () => {
      using probe = open()
      const names = [...propertiesOf(probe.options)].filter(([, settable]) => settable).map(([name]) => name)
      fc.assert(
        fc.property(fc.constantFrom(...names), fc.anything({ withBigInt: true }), (name, value) => {
          try {
            Reflect.set(probe.options, name, value)
          } catch (error) {
            assert.ok(
              error instanceof SocketError || error instanceof RangeError || error instanceof TypeError,
              `${name}: ${String(error)}`,
            )
          }
        }),
        { numRuns: 300 },
      )
    })
  })

test('a value outside its range is a RangeError before the system call, and the option keeps its value', () => {
  const bad: readonly (readonly [keyof SocketOptions, readonly unknown[]])[] = [
    ['receiveBuffer', [-1, 2 ** 31, 1.5, NaN, '5']],
    ['linger', [-1, 2 ** 31, 0.5, NaN, undefined]],
    ['mark', [-1, 2 ** 32]],
    ['priority', [-1]],
    ['hopLimit', [0, 256, -1]],
    ['trafficClass', [-1, 256]],
    ['keepAliveIdleSeconds', [0, 32_768]],
    ['keepAliveIntervalSeconds', [0, 32_768]],
    ['keepAliveCount', [0, 128]],
    ['synRetries', [0, 128]],
    ['userTimeout', [-1, 2 ** 31]],
    ['notSentLowat', [-1, 2 ** 32]],
    ['bindToDevice', ['', 'a'.repeat(16), 'l\0o', 'ü'.repeat(8)]],
    ['congestion', ['', 'a'.repeat(16), 'reno\0']],
    ['mtuDiscovery', ['never', '', 0]],
    [
      'localPortRange',
      [
        [2, 1],
        [-1, 5],
        [1, 65_536],
        [1.5, 2],
      ],
    ],
  ]
  for (const [name, values] of bad)
    for (const value of values) {
      using tcp = socket(AF_INET, SOCK_STREAM)
      const before: unknown = Reflect.get(tcp.options, name)
      assert.throws(() => Reflect.set(tcp.options, name, value), RangeError, `${name} = ${String(value)}`)
      assert.deepEqual(Reflect.get(tcp.options, name), before)
    }
  for (const name of BOOLEANS) {
    if (name === 'loop' || name === 'all') continue
    using tcp = socket(
      name === 'broadcast' ? AF_INET : AF_INET6,
      name === 'broadcast' ? SOCK_DGRAM : SOCK_STREAM,
    )
    for (const value of [0, 1, 'false', null, undefined])
      assert.throws(() => Reflect.set(tcp.options, name, value), TypeError, `${name} = ${String(value)}`)
  }
})

test('what the kernel refuses says the option, the value and the way out', () => {
  using tcp = socket(AF_INET, SOCK_STREAM)
  const { options } = tcp
  assert.match(
    thrown(() => (options.congestion = 'none-such')).message,
    /^setsockopt ENOENT TCP_CONGESTION = none-such: net\.ipv4\.tcp_available_congestion_control lists/,
  )
  assert.match(
    thrown(() => (options.bindToDevice = 'none-such')).message,
    /^setsockopt ENODEV SO_BINDTODEVICE = none-such: no network interface has this name/,
  )
  assert.match(
    thrown(() => (options.maxSegment = 5)).message,
    /^setsockopt EINVAL TCP_MAXSEG = 5: 88 to 32767 bytes/,
  )
  const injected = thrown(() => (options.bindToDevice = '\u001b[31mred'))
  assert.ok(!injected.message.includes('\u001b'), 'what comes from outside is escaped')
})

test('without privileges: EPERM says what is needed', async () => {
  await using script = new ScriptProcess(`
if (process.getuid() === 0) {
  process.setgroups([])
  process.setgid(65534)
  process.setuid(65534)
}
const { options } = portolan.socket(portolan.AF_INET, portolan.SOCK_STREAM)
for (const [name, value] of [['mark', 5], ['priority', 7], ['transparent', true], ['priority', 6]])
  try {
    options[name] = value
    console.log(name, options[name])
  } catch (error) {
    console.log(error.message)
  }`)
  const { stdout, stderr } = await script.ended
  assert.equal(stderr, '')
  const lines = stdout.split('\n')
  assert.match(lines[0] ?? '', /^setsockopt EPERM SO_MARK = 5: needs CAP_NET_ADMIN or CAP_NET_RAW /)
  assert.match(lines[1] ?? '', /^setsockopt EPERM SO_PRIORITY = 7: more than 6 needs CAP_NET_ADMIN /)
  assert.match(lines[2] ?? '', /^setsockopt EPERM IP_TRANSPARENT = 1: needs CAP_NET_ADMIN or CAP_NET_RAW /)
  assert.equal(lines[3], 'priority 6')
})
