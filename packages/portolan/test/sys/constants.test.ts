import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as portolan from '../../src/socket.ts'
import * as constants from '../../src/sys/constants.ts'
import { ERRNO, errnoName } from '../../src/sys/errno.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { evaluateInC, macrosOf, noCompiler } from './c-program.ts'

const numbers = Object.entries(constants)

// linux/tcp.h and netinet/tcp.h cannot be read together: the one has the options, the other the states.
const HEADERS = [
  'sys/socket.h',
  'sys/epoll.h',
  'netinet/in.h',
  'netinet/udp.h',
  'netdb.h',
  'linux/tcp.h',
  'linux/if_packet.h',
  'linux/if_ether.h',
  'linux/if_arp.h',
  'linux/netlink.h',
  'linux/vm_sockets.h',
  'linux/icmp.h',
  'linux/icmpv6.h',
]
const UNSIGNED = new Set(['VMADDR_CID_ANY', 'VMADDR_PORT_ANY'])

// Younger than the headers of Linux 6.1, or missing in those of the C library of that age. Where the headers of this
// machine know one of them, it is compared like every other.
const MAY_BE_MISSING = new Set(
  `SO_PASSPIDFD SO_PEERPIDFD SO_DEVMEM_LINEAR SO_DEVMEM_DMABUF SO_DEVMEM_DONTNEED SO_RCVPRIORITY SO_PASSRIGHTS SO_INQ
   MSG_SOCK_DEVMEM PACKET_FANOUT_FLAG_IGNORE_OUTGOING IP_LOCAL_PORT_RANGE IP_PROTOCOL IPPROTO_L2TP IPPROTO_SMC
   TCP_AO_ADD_KEY TCP_AO_DEL_KEY TCP_AO_INFO TCP_AO_GET_KEYS TCP_AO_REPAIR TCP_IS_MPTCP
   TCP_RTO_MAX_MS TCP_RTO_MIN_US TCP_DELACK_MAX_US`.split(/\s+/),
)

/** Constants that are enumerators without a macro of the same name, or stand in netinet/tcp.h only. */
const STATES = numbers
  .map(([name]) => name)
  .filter((name) =>
    /^(SOL_TCP|TCP_(ESTABLISHED|SYN_.*|FIN_WAIT\d|TIME_WAIT|CLOSE|CLOSE_WAIT|LAST_ACK|LISTEN|CLOSING))$/.test(
      name,
    ),
  )
const QUEUES = ['TCP_NO_QUEUE', 'TCP_RECV_QUEUE', 'TCP_SEND_QUEUE']

test('every constant has the value of the C headers', { skip: noCompiler }, () => {
  const macros = new Set(macrosOf(HEADERS))
  const missing = numbers.filter(
    ([name]) => !macros.has(name) && !STATES.includes(name) && !QUEUES.includes(name),
  )
  assert.deepEqual(
    missing.filter(([name]) => !MAY_BE_MISSING.has(name)),
    [],
    'names that no header has',
  )
  const absent = new Set(missing.map(([name]) => name))
  const known = numbers.map(([name]) => name).filter((name) => !absent.has(name) && !STATES.includes(name))
  const cast = (name: string): string => (UNSIGNED.has(name) ? `(unsigned)(${name})` : name)
  const truth = new Map<string, number | undefined>([
    ...pairs(known, evaluateInC(known.map(cast), HEADERS)),
    ...pairs(STATES, evaluateInC(STATES)),
  ])
  assert.ok(truth.size > 650, `${truth.size} names`)
  assert.deepEqual(
    Object.fromEntries(numbers.filter(([name]) => !absent.has(name))),
    Object.fromEntries([...truth].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  )
})

function pairs(names: readonly string[], values: readonly number[]): [string, number | undefined][] {
  return names.map((name, index) => [name, values[index]])
}

// What the man pages call a constant of sockets, and what is left out of it.
const FAMILIES =
  /^(AF|SOCK|IPPROTO|SOL|SO|TCP|IP|IPV6|MCAST|MSG|AI|NI|EAI|SHUT|PACKET|ETH_P|ARPHRD|NETLINK|VMADDR|INADDR)_|^SOMAXCONN$/
const LEFT_OUT: readonly (readonly [RegExp, string])[] = [
  [/_(OLD|NEW)$/, 'both widths of time on 32-bit machines; the name without it is the one of this machine'],
  [/^AF_MAX$/, 'the number of families, which grows with the kernel'],
  [/_(ALLOW_UNASSIGNED|USE_STD3_ASCII_RULES)$/, 'deprecated by the C library'],
  [/^EAI_(ALLDONE|CANCELED|NOTCANCELED|INPROGRESS|INTR|IDN_ENCODE)$/, 'getaddrinfo_a(3) and IDN only'],
  [/^NETLINK_UNUSED$|^IPV6_(TLV|PRIORITY)_/, 'unused, or fields of packets'],
  [/^TCP_(FLAG_|TS_|NLA_|CA_)/, 'fields of packets and of statistics'],
]

test('no socket constant of the C headers is missing', { skip: noCompiler }, () => {
  // Those of the package: a name that two of its files export would be missing here, since `export *` drops both.
  const ours = new Set(Object.keys(portolan))
  const theirs = macrosOf(HEADERS).filter((name) => FAMILIES.test(name))
  assert.ok(theirs.length > 650, `${theirs.length} names`)
  assert.deepEqual(
    theirs.filter((name) => !ours.has(name) && !LEFT_OUT.some(([pattern]) => pattern.test(name))),
    [],
  )
})

test('every error number has the value of the C headers', { skip: noCompiler }, () => {
  const names = Object.keys(ERRNO)
  const truth = evaluateInC(names)
  assert.deepEqual({ ...ERRNO }, Object.fromEntries(names.map((name, index) => [name, truth[index]])))
})

test("every constant that Python's socket or select module knows has Python's value", async () => {
  await using python = new PythonPeer()
  const theirs = await python.run(
    `import select
out = {n: getattr(m, n) for m in (select, socket) for n in names if hasattr(m, n)}`,
    { names: numbers.map(([name]) => name) },
  )
  assert.ok(typeof theirs === 'object' && theirs !== null)
  const both = Object.keys(theirs)
  assert.ok(both.length > 200, `${both.length} names`)
  assert.deepEqual(Object.fromEntries(numbers.filter(([name]) => both.includes(name))), theirs)
})

test("error numbers have the names of Python's errno module", async () => {
  await using python = new PythonPeer()
  const numbers = Object.values(ERRNO)
  // Linux has two names for 95; Python's table has the other one.
  const theirs = await python.run(
    `out = [[v, errno.errorcode[v].replace('ENOTSUP', 'EOPNOTSUPP')] for v in numbers]`,
    { numbers },
  )
  assert.deepEqual(
    numbers.map((number) => [number, errnoName(number)]),
    theirs,
  )
  assert.equal(errnoName(4000), 'E4000')
})
