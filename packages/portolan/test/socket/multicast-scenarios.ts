/** What multicast does on a wire. Each runs by its name in a network of its own: see multicast.test.ts. */
import assert from 'node:assert/strict'
import { SOCK_DGRAM } from '../../src/sys/constants.ts'
import { libc } from '../../src/sys/libc.ts'
import { socket } from '../../src/socket/open.ts'
import { inet, portOf } from './inet-address.ts'
import { bound, heard, isJoined, nextText, pythonSends, V4, V6, type Family } from './multicast-families.ts'
import { wireToPython } from './own-network.ts'
import type { PythonPeer } from './python-peer.ts'
import { thrown } from './rejection.ts'

async function joinAndLeave(python: PythonPeer, at: Family): Promise<void> {
  using udp = bound(at)
  const port = portOf(udp)
  for (const via of ['near', libc.ifNameToIndex('near')]) {
    const membership = udp.multicast.join(at.group, { interface: via })
    assert.equal(membership.interface, libc.ifNameToIndex('near'))
    assert.ok(isJoined(at, at.group))
    await pythonSends(python, at, port, [[at.group, 'hello']])
    assert.deepEqual(await heard(udp), ['hello'])
    membership.leave()
    membership.leave()
    assert.ok(!isJoined(at, at.group))
    await pythonSends(python, at, port, [[at.group, 'too late']])
    assert.deepEqual(await heard(udp), [])
  }
  {
    using membership = udp.multicast.join(at.group)
    assert.equal(membership.interface, 0, 'the kernel takes the one of the route')
    assert.ok(isJoined(at, at.group))
  }
  assert.ok(!isJoined(at, at.group), 'left at the end of the block')
}

async function sourceSpecific(python: PythonPeer, at: Family): Promise<void> {
  using udp = bound(at)
  const port = portOf(udp)
  const [one, other] = at.sources
  const both = [
    [at.specific, 'from one', one],
    [at.specific, 'from other', other],
  ] as const
  const first = udp.multicast.join(at.specific, { source: one, interface: 'near' })
  await pythonSends(python, at, port, both)
  assert.deepEqual(await heard(udp), ['from one'])
  const second = udp.multicast.join(at.specific, { source: other, interface: 'near' })
  await pythonSends(python, at, port, both)
  assert.deepEqual(await heard(udp), ['from one', 'from other'])
  first.leave()
  await pythonSends(python, at, port, both)
  assert.deepEqual(await heard(udp), ['from other'])
  assert.match(thrown(() => second.block(one)).message, /^setsockopt E[A-Z]+ MCAST_BLOCK_SOURCE /)
  second.leave()
  assert.ok(!isJoined(at, at.specific))
}

async function blocking(python: PythonPeer, at: Family): Promise<void> {
  using udp = bound(at)
  const port = portOf(udp)
  const [one, other] = at.sources
  const both = [
    [at.group, 'from one', one],
    [at.group, 'from other', other],
  ] as const
  using membership = udp.multicast.join(at.group, { interface: 'near' })
  membership.block(other)
  await pythonSends(python, at, port, both)
  assert.deepEqual(await heard(udp), ['from one'])
  membership.unblock(other)
  await pythonSends(python, at, port, both)
  assert.deepEqual(await heard(udp), ['from one', 'from other'])
  assert.equal(thrown(() => membership.unblock(other)).code, 'EADDRNOTAVAIL')
  assert.throws(() => membership.block(at.group), RangeError)
}

async function twoGroups(python: PythonPeer, at: Family): Promise<void> {
  using one = bound(at)
  const port = portOf(one)
  using other = bound(at, port)
  one.multicast.join(at.group, { interface: 'near' })
  other.multicast.join(at.otherGroup, { interface: 'near' })
  const texts = [
    [at.group, 'first'],
    [at.otherGroup, 'second'],
  ] as const
  // To both groups: by unicast it would reach one of the sockets only.
  const ends = [at.group, at.otherGroup]
  assert.deepEqual([one.multicast.all, other.multicast.all], [true, true])
  await pythonSends(python, at, port, texts, ends)
  assert.deepEqual(await heard(one, 2), ['first', 'second'])
  assert.deepEqual(await heard(other, 2), ['first', 'second'])
  one.multicast.all = false
  other.multicast.all = false
  assert.deepEqual([one.multicast.all, other.multicast.all], [false, false])
  await pythonSends(python, at, port, texts, ends)
  assert.deepEqual(await heard(one), ['first'])
  assert.deepEqual(await heard(other), ['second'])
}

const RECEIVER = `
six = ':' in group
r = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM); r.bind(('', 0))
if six:
    r.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, group) + struct.pack('i', socket.if_nametoindex('far')))
    r.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
else:
    r.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton('198.18.0.2'))
    r.setsockopt(socket.IPPROTO_IP, 12, 1)
out = r.getsockname()[1]`

async function sending(python: PythonPeer, at: Family): Promise<void> {
  const port = await python.number(RECEIVER, { group: at.group })
  const received = async (): Promise<unknown> =>
    python.run(`data, parts, _, peer = r.recvmsg(100, 200)\nout = [data.decode(), peer[0], parts[0][2][0]]`)
  using member = bound(at, port)
  member.multicast.join(at.group, { interface: 'near' })
  using udp = socket(at.family, SOCK_DGRAM)
  const { multicast } = udp
  udp.bind({ host: at.own, port: 0 })
  assert.deepEqual([multicast.loop, multicast.hopLimit], [true, 1])
  multicast.setInterface('near')
  await udp.sendto('looped', { host: at.group, port })
  assert.deepEqual(await received(), ['looped', at.own, 1])
  const back = await member.recvfrom(100, { timeout: 10_000 })
  assert.equal(inet(back.address ?? assert.fail()).host, at.own)
  multicast.loop = false
  multicast.hopLimit = 7
  assert.deepEqual([multicast.loop, multicast.hopLimit], [false, 7])
  await udp.sendto('away', { host: at.group, port })
  assert.deepEqual(await received(), ['away', at.own, 7])
  // On the other interface: the wire has none of it.
  using onSide = bound(at, port)
  onSide.multicast.all = false
  onSide.multicast.join(at.group, { interface: 'side' })
  multicast.loop = true
  multicast.setInterface('side')
  await udp.sendto('inside', { host: at.group, port })
  assert.equal(await nextText(onSide), 'inside')
  multicast.setInterface(libc.ifNameToIndex('near'))
  await udp.sendto('outside', { host: at.group, port })
  assert.deepEqual(await received(), ['outside', at.own, 7], 'and "inside" never came')
  multicast.setInterface(null)
  await udp.sendto('routed', { host: at.group, port })
  assert.deepEqual(await received(), ['routed', at.own, 7])
  const looped = [await nextText(member), await nextText(member), await nextText(member)]
  assert.deepEqual(looped, ['inside', 'outside', 'routed'], 'and "away" never came')
  await python.run(`r.close()`)
}

async function refusals(_python: PythonPeer, at: Family): Promise<void> {
  using udp = bound(at)
  const { multicast } = udp
  for (const host of [
    '198.18.0.2',
    '223.255.255.255',
    '240.0.0.1',
    '2001:2::2',
    'fe80::1',
    '',
    'localhost',
    '::ffff:239.1.1.1',
  ])
    assert.throws(
      () => multicast.join(host),
      { name: 'RangeError', message: /^Not a numeric multicast address/ },
      host,
    )
  assert.throws(() => multicast.join(at.group, { interface: 'none' }), RangeError)
  assert.throws(() => multicast.join(at.group, { interface: -1 }), RangeError)
  assert.throws(() => multicast.join(at.group, { interface: '1' }), RangeError, 'a name, not an index')
  assert.throws(() => multicast.join(`${at.group}%near%`), RangeError)
  assert.throws(() => multicast.join(`${at.group}%near`, { interface: 'near' }), RangeError)
  assert.throws(() => multicast.join(at.specific, { source: at.group }), RangeError)
  assert.throws(() => multicast.join(at.specific, { source: at === V4 ? V6.own : V4.own }), RangeError)
  if (at === V4) assert.throws(() => multicast.join(V6.group), RangeError)
  assert.throws(() => (multicast.hopLimit = 256), RangeError)
  assert.throws(() => multicast.setInterface('none'), RangeError)
  const gone = thrown(() => multicast.join(at.group, { interface: 999 }))
  assert.match(gone.message, /^setsockopt (ENODEV|ENXIO) MCAST_JOIN_GROUP \S+%999: no such interface, /)
  assert.match(thrown(() => multicast.setInterface(999)).message, /_MULTICAST_IF = 999: no such interface /)
  using first = multicast.join(at.group, { interface: 'near' })
  const again = thrown(() => multicast.join(at.group, { interface: 'near' }))
  assert.match(again.message, /^setsockopt EADDRINUSE MCAST_JOIN_GROUP \S+: this socket is a member already /)
  assert.equal(first.group, at.group)
  const closing = bound(at)
  const membership = closing.multicast.join(at.otherGroup, { interface: 'near' })
  closing.close()
  assert.ok(!isJoined(at, at.otherGroup), 'close leaves')
  membership.leave()
  assert.equal(thrown(() => membership.block(at.sources[0])).code, 'ERR_SOCKET_CLOSED')
}

async function manyGroups(): Promise<void> {
  using udp = bound(V4)
  const full = thrown(() => {
    for (let last = 1; last < 255; last++) udp.multicast.join(`239.9.9.${last}`, { interface: 'near' })
  })
  assert.match(
    full.message,
    /^setsockopt ENOBUFS MCAST_JOIN_GROUP 239\.9\.9\.21%\d+: net\.ipv4\.igmp_max_memberships /,
  )
}

async function mapped(python: PythonPeer): Promise<void> {
  using udp = bound(V6)
  using membership = udp.multicast.join(V4.group, { interface: 'near' })
  await pythonSends(python, V4, portOf(udp), [[V4.group, 'four']])
  const { data, address } = await udp.recvfrom(100, { timeout: 10_000 })
  assert.deepEqual(
    [Buffer.from(data).toString(), inet(address ?? assert.fail()).host],
    ['four', '::ffff:198.18.0.2'],
  )
  assert.equal(membership.group, V4.group)
}

async function zone(python: PythonPeer): Promise<void> {
  using udp = bound(V6)
  const index = libc.ifNameToIndex('near')
  udp.multicast.join(`ff02::1:2:3%${index}`).leave()
  using membership = udp.multicast.join('ff02::1:2:3%near')
  assert.equal(membership.interface, index)
  await pythonSends(python, V6, portOf(udp), [['ff02::1:2:3', 'local']])
  assert.deepEqual(await heard(udp), ['local'])
}

async function fragments(python: PythonPeer, at: Family): Promise<void> {
  const port = await python.number(
    `r = socket.socket(family, socket.SOCK_DGRAM); r.bind(('', 0)); out = r.getsockname()[1]`,
    { family: at.family },
  )
  using udp = socket(at.family, SOCK_DGRAM)
  await udp.connect({ host: at.sources[0], port })
  assert.equal(udp.options.pathMtu, 1500)
  udp.options.dontFragment = true
  const error = await udp.send(new Uint8Array(3000)).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Error && 'code' in error && error.code === 'EMSGSIZE')
  udp.options.dontFragment = false
  assert.equal(await udp.send(new Uint8Array(3000)), 3000)
  assert.equal(await python.number(`out = len(r.recv(5000)); r.close()`), 3000)
}

type Scenario = (python: PythonPeer) => Promise<void>

const both = (
  name: string,
  scenario: (python: PythonPeer, at: Family) => Promise<void>,
): [string, Scenario][] => [
  [`${name}, IPv4`, (python) => scenario(python, V4)],
  [`${name}, IPv6`, (python) => scenario(python, V6)],
]

export const scenarios: ReadonlyMap<string, Scenario> = new Map([
  ...both('72. a member hears its group, on the interface it named, until it leaves', joinAndLeave),
  ...both('72. a source-specific member hears its sources only', sourceSpecific),
  ...both('72. a blocked sender is not heard until it is unblocked', blocking),
  ...both('72. two sockets on one port in different groups: with `all` off each hears its own', twoGroups),
  ...both('72. loop, hop limit and interface of what is sent', sending),
  ...both('bad groups, sources and interfaces are refused before or by the kernel, and say why', refusals),
  ['a socket that is in too many groups is told which setting limits them', manyGroups],
  ['72. an AF_INET6 socket joins an IPv4 group', mapped],
  ['72. a group may name its interface', zone],
  ...both('dontFragment: EMSGSIZE above the MTU of the path, and fragments where it is off', fragments),
])

if (import.meta.main) {
  const scenario = scenarios.get(process.argv[2] ?? '') ?? assert.fail('no such scenario')
  await using python = await wireToPython()
  await scenario(python)
}
