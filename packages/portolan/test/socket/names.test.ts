import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_PASSIVE,
  SOCK_DGRAM,
  SOCK_STREAM,
} from '../../src/sys/constants.ts'
import { getaddrinfo, gethostname, type AddrinfoOptions } from '../../src/socket/names.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection } from './rejection.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

/** In the shape of Python's tuples. */
async function ours(
  host: string | null,
  service: string | number | null,
  options?: AddrinfoOptions,
): Promise<unknown> {
  const entries = await getaddrinfo(host, service, options)
  return entries.map(({ family, type, protocol, canonname, address }) => [
    family,
    type,
    protocol,
    canonname?.raw ?? '',
    family === AF_INET
      ? [address.host, address.port]
      : [address.host, address.port, address.flow ?? 0, address.scope ?? 0],
  ])
}

const CASES: readonly (readonly [string | null, string | number | null, AddrinfoOptions?])[] = [
  ['localhost', 80],
  ['localhost', 'http', { type: SOCK_STREAM }],
  ['localhost', 'domain', { family: AF_INET }],
  ['127.0.0.1', 0],
  ['127.0.0.1', null],
  ['127.0.0.1', '8080', { type: SOCK_DGRAM }],
  ['127.0.0.1', 'https', { type: SOCK_STREAM }],
  ['::1', 443, { family: AF_INET6 }],
  ['::1%1', 443],
  ['fe80::1%1', 443, { type: SOCK_STREAM }],
  ['::ffff:1.2.3.4', 1],
  ['127.1', 1],
  [null, 22, { flags: AI_PASSIVE }],
  [null, 22],
  [null, 'ssh', { flags: AI_PASSIVE, type: SOCK_STREAM }],
  ['127.0.0.1', 1, { flags: AI_CANONNAME, type: SOCK_STREAM }],
  ['localhost', 1, { flags: AI_CANONNAME, type: SOCK_STREAM, family: AF_INET }],
]

for (const [host, service, options = {}] of CASES)
  test(`86. getaddrinfo(${host}, ${service}, ${JSON.stringify(options)}) is Python's`, async () => {
    const { family = 0, type = 0, protocol = 0, flags = 0 } = options
    const theirs = await python.run(
      'out = [list(e[:4]) + [list(e[4])] for e in map(list, socket.getaddrinfo(host, service, family, type, protocol, flags))]',
      { host, service, family, type, protocol, flags },
    )
    assert.deepEqual(await ours(host, service, options), theirs)
  })

const FAILURES: readonly (readonly [string | null, string | number | null, AddrinfoOptions, string])[] = [
  [null, null, {}, 'EAI_NONAME'],
  ['localhost', 1, { flags: AI_NUMERICHOST }, 'EAI_NONAME'],
  ['127.0.0.1', 'no-such-service', {}, 'EAI_SERVICE'],
  // glibc takes zones by name for link-local addresses only.
  ['::1%lo', 1, {}, 'EAI_NONAME'],
  ['127.0.0.1', 1, { family: 77 }, 'EAI_FAMILY'],
  ['127.0.0.1', 1, { type: 77 }, 'EAI_SOCKTYPE'],
  ['127.0.0.1', 1, { flags: 0x40000000 }, 'EAI_BADFLAGS'],
  ['::1', 1, { family: AF_INET }, 'EAI_ADDRFAMILY'],
]

for (const [host, service, options, code] of FAILURES)
  test(`86. getaddrinfo(${host}, ${service}, ${JSON.stringify(options)}) fails with ${code}, as Python does`, async () => {
    const { family = 0, type = 0, protocol = 0, flags = 0 } = options
    const theirs = await python.number(
      `try: socket.getaddrinfo(host, service, family, type, protocol, flags)
except socket.gaierror as e: out = e.errno`,
      { host, service, family, type, protocol, flags },
    )
    assert.equal(await python.number(`out = socket.${code}`), theirs)
    const error = await rejection(getaddrinfo(host, service, options))
    assert.deepEqual([error.code, error.syscall, error.errno], [code, 'getaddrinfo', 0])
  })

test('the message of a failed look-up names what was asked for, once', async () => {
  const error = await rejection(getaddrinfo('127.0.0.1', 'no-such-service'))
  assert.equal(error.message, 'getaddrinfo EAI_SERVICE 127.0.0.1:no-such-service')
})

test('a port past 65535 is refused: glibc would cut it to 16 bits', async () => {
  for (const service of [65_536, '65536', '99999999999', -1, 1.5, Number.NaN])
    await assert.rejects(getaddrinfo('127.0.0.1', service), RangeError, String(service))
  assert.equal((await getaddrinfo('127.0.0.1', 65_535))[0]?.address.port, 65_535)
})

test('a NUL in a name is refused: C would look up what stands before it', async () => {
  await assert.rejects(getaddrinfo('localhost\0.example.org', 80), RangeError)
  await assert.rejects(getaddrinfo('localhost', 'http\0x'), RangeError)
})

test('many look-ups at once, by name and by number, do not disturb each other', async () => {
  const expected = await ours('localhost', 80)
  const answers = await Promise.all(Array.from({ length: 1000 }, () => ours('localhost', 80)))
  for (const answer of answers) assert.deepEqual(answer, expected)
  for (let i = 0; i < 2000; i++) {
    const [first] = await getaddrinfo(`127.0.${i >> 8}.${i & 255}`, i, { type: SOCK_STREAM })
    assert.deepEqual(first?.address, { host: `127.0.${i >> 8}.${i & 255}`, port: i })
  }
})

test("gethostname is Python's", async () => {
  assert.equal(gethostname(), await python.text('out = socket.gethostname()'))
})
