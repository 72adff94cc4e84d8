import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AF_INET, AF_INET6, AF_UNIX } from '../../src/sys/constants.ts'
import { EPOLL_DATA_OFFSET, EPOLL_EVENT_SIZE } from '../../src/sys/epoll-event.ts'
import {
  encodeSockaddr,
  SOCKADDR_IN6_SIZE,
  SOCKADDR_IN_SIZE,
  SOCKADDR_STORAGE_SIZE,
} from '../../src/sys/sockaddr.ts'
import { evaluateInC, noCompiler } from './c-program.ts'

test('structure sizes and offsets are those of the C headers', { skip: noCompiler }, () => {
  const ours: Readonly<Record<string, number>> = {
    'sizeof(struct epoll_event)': EPOLL_EVENT_SIZE,
    'offsetof(struct epoll_event, data)': EPOLL_DATA_OFFSET,
    'sizeof(struct sockaddr_in)': SOCKADDR_IN_SIZE,
    'sizeof(struct sockaddr_in6)': SOCKADDR_IN6_SIZE,
    'sizeof(struct sockaddr_storage)': SOCKADDR_STORAGE_SIZE,
    // What getaddrinfo.ts and off-heap.ts count on.
    'sizeof(struct addrinfo)': 48,
    'offsetof(struct addrinfo, ai_flags)': 0,
    'offsetof(struct addrinfo, ai_family)': 4,
    'offsetof(struct addrinfo, ai_socktype)': 8,
    'offsetof(struct addrinfo, ai_protocol)': 12,
    'offsetof(struct addrinfo, ai_addrlen)': 16,
    'offsetof(struct addrinfo, ai_addr)': 24,
    'offsetof(struct addrinfo, ai_canonname)': 32,
    'offsetof(struct addrinfo, ai_next)': 40,
    'sizeof(struct rlimit)': 16,
    'offsetof(struct rlimit, rlim_max)': 8,
    RLIMIT_NOFILE: 7,
    'PROT_READ | PROT_WRITE': 3,
    MAP_PRIVATE: 2,
    MAP_ANONYMOUS: 0x20,
    '(long long)MAP_FAILED': -1,
  }
  const truth = evaluateInC(Object.keys(ours))
  assert.deepEqual(ours, Object.fromEntries(Object.keys(ours).map((name, index) => [name, truth[index]])))
})

test('every field of an encoded address stands at its offset', { skip: noCompiler }, () => {
  const fields = [
    'offsetof(struct sockaddr_in, sin_port)',
    'offsetof(struct sockaddr_in, sin_addr)',
    'offsetof(struct sockaddr_in6, sin6_port)',
    'offsetof(struct sockaddr_in6, sin6_flowinfo)',
    'offsetof(struct sockaddr_in6, sin6_addr)',
    'offsetof(struct sockaddr_in6, sin6_scope_id)',
    'offsetof(struct sockaddr_un, sun_path)',
  ]
  const [port4 = 0, address4 = 0, port6 = 0, flow = 0, address6 = 0, scope = 0, path = 0] =
    evaluateInC(fields)
  const noIndex = (): number => 0
  const four = Buffer.from(encodeSockaddr(AF_INET, { host: '1.2.3.4', port: 0x1234 }, noIndex))
  assert.deepEqual(
    [four.readUInt16LE(0), four.readUInt16BE(port4), four.readUInt32BE(address4)],
    [AF_INET, 0x1234, 0x01020304],
  )
  const six = Buffer.from(
    encodeSockaddr(AF_INET6, { host: '102::f00d', port: 0x1234, flow: 0xabcde, scope: 0x01020304 }, noIndex),
  )
  assert.deepEqual(
    [six.readUInt16LE(0), six.readUInt16BE(port6), six.readUInt32BE(flow), six.readUInt32LE(scope)],
    [AF_INET6, 0x1234, 0xabcde, 0x01020304],
  )
  assert.deepEqual([six.readUInt16BE(address6), six.readUInt16BE(address6 + 14)], [0x102, 0xf00d])
  const unix = Buffer.from(encodeSockaddr(AF_UNIX, { path: '/x' }, noIndex))
  assert.deepEqual([unix.readUInt16LE(0), unix.subarray(path).toString()], [AF_UNIX, '/x\0'])
})
