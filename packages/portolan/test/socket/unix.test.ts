import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AF_INET,
  AF_UNIX,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../../src/sys/constants.ts'
import { libc } from '../../src/sys/libc.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection, thrown } from './rejection.ts'

let python: PythonPeer
let folder: string
before(() => {
  python = new PythonPeer()
  folder = mkdtempSync(join(tmpdir(), 'portolan-unix-'))
})
after(async () => {
  rmSync(folder, { recursive: true })
  await python[Symbol.asyncDispose]()
})
checkLeaks()

let files = 0
function freshPath(): string {
  return join(folder, `s${files++}`)
}

function text(bytes: Uint8Array | null | undefined): string {
  return bytes === null ? '(end)' : Buffer.from(bytes ?? []).toString()
}

function pathOf(unix: Socket): string | Uint8Array {
  const address = unix.getsockname()
  assert.ok('path' in address)
  return address.path
}

function hex(path: string | Uint8Array): string {
  return Buffer.from(path).toString('hex')
}

for (const { name, path } of [
  { name: 'a path', path: () => freshPath() },
  { name: 'a path with umlauts', path: () => `${freshPath()}-Hafenstraße-☃` },
  { name: 'an abstract name', path: () => `\0portolan-test-${process.pid}-${files++}` },
  {
    name: '76. an abstract name with NULs inside and at the end',
    path: () => `\0a\0b-${process.pid}-${files++}\0\0`,
  },
  {
    name: '77. bytes that are no UTF-8',
    path: () => Buffer.concat([Buffer.from(freshPath()), Buffer.of(0xff, 0xfe, 0x80)]),
  },
]) {
  test(`stream: serves a Python client at ${name}`, async () => {
    const at = path()
    using server = socket(AF_UNIX, SOCK_STREAM)
    server.bind({ path: at })
    server.listen()
    assert.equal(hex(pathOf(server)), hex(at))
    const peer = python.run(
      `c = socket.socket(socket.AF_UNIX); c.connect(bytes.fromhex(at)); c.sendall(b'ping')
name = c.getpeername(); name = os.fsencode(name) if isinstance(name, str) else name
out = [name.hex(), receive_exactly(c, 4).decode()]; c.close()`,
      { at: hex(at) },
    )
    const { client, address } = await server.accept()
    using accepted = client
    assert.deepEqual(address, { path: '' }, '77: the client has no name')
    assert.deepEqual(accepted.getpeername(), { path: '' })
    assert.equal(text(await accepted.recv(10)), 'ping')
    await accepted.sendAll('pong')
    assert.equal(await accepted.recv(10), null)
    assert.deepEqual(await peer, [hex(at), 'pong'])
  })

  test(`dgram: talks to Python at ${name}`, async () => {
    const at = path()
    const own = path()
    await python.run(`u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.bind(bytes.fromhex(at))`, {
      at: hex(at),
    })
    using unix = socket(AF_UNIX, SOCK_DGRAM)
    unix.bind({ path: own })
    await unix.sendto('question', { path: at })
    assert.equal(
      await python.run(
        `d, a = u.recvfrom(100); u.sendto(b'answer', a); a = os.fsencode(a) if isinstance(a, str) else a; out = a.hex()`,
      ),
      hex(own),
    )
    const { data, address } = await unix.recvfrom(100)
    assert.equal(text(data), 'answer')
    assert.ok(address !== undefined && 'path' in address)
    assert.equal(hex(address.path), hex(at))
    await python.run('u.close()')
  })
}

test('76. autobind takes a free abstract name: NUL and five hexadecimal digits', async () => {
  using unix = socket(AF_UNIX, SOCK_DGRAM)
  unix.bind({ path: '' })
  const name = pathOf(unix)
  assert.ok(typeof name === 'string')
  assert.match(name, /^\0[0-9a-f]{5}$/)
  await python.run(
    `u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.sendto(b'hi', bytes.fromhex(at)); u.close()`,
    {
      at: hex(name),
    },
  )
  const { data, address } = await unix.recvfrom(10)
  assert.equal(text(data), 'hi')
  assert.deepEqual(address, { path: '' }, '77: from a socket without a name')
})

test('an unbound socket has no name', () => {
  using unix = socket(AF_UNIX, SOCK_STREAM)
  assert.deepEqual(unix.getsockname(), { path: '' })
})

test("78. close leaves the file where it is: unlinking is its owner's", () => {
  const path = freshPath()
  const unix = socket(AF_UNIX, SOCK_STREAM)
  unix.bind({ path })
  unix.close()
  assert.ok(statSync(path).isSocket())
  using second = socket(AF_UNIX, SOCK_STREAM)
  const error = thrown(() => second.bind({ path }))
  assert.equal(error.code, 'EADDRINUSE')
  assert.ok(error.message.includes(path))
})

test('75. a path of 107 bytes works, 108 is refused before the kernel; an abstract name may have 108', async () => {
  const longest = join(folder, 'x').padEnd(107, 'x')
  using unix = socket(AF_UNIX, SOCK_DGRAM)
  unix.bind({ path: longest })
  assert.equal(pathOf(unix), longest)
  assert.equal(
    await python.run(
      `u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.connect(at); out = u.getpeername(); u.close()`,
      { at: longest },
    ),
    longest,
  )
  using other = socket(AF_UNIX, SOCK_DGRAM)
  assert.throws(() => other.bind({ path: `${longest}x` }), /RangeError.*108 bytes: the kernel takes 107/)
  const name = `\0${process.pid}`.padEnd(108, 'n')
  other.bind({ path: name })
  assert.equal(pathOf(other), name)
  assert.throws(() => other.bind({ path: `${name}n` }), RangeError)
})

test('paths that would name another file are refused: NUL inside, half a surrogate pair', () => {
  using unix = socket(AF_UNIX, SOCK_STREAM)
  assert.throws(() => unix.bind({ path: '/tmp/a\0b' }), RangeError)
  assert.throws(() => unix.bind({ path: '/tmp/\uD800' }), RangeError)
})

test('addresses of another family are refused', async () => {
  using unix = socket(AF_UNIX, SOCK_STREAM)
  assert.throws(() => unix.bind({ host: '127.0.0.1', port: 1 }), RangeError)
  using tcp = socket(AF_INET, SOCK_STREAM)
  await assert.rejects(tcp.connect({ path: '/tmp/x' }), RangeError)
})

test('80. seqpacket keeps records apart and ends with null', async () => {
  const path = freshPath()
  using server = socket(AF_UNIX, SOCK_SEQPACKET)
  server.bind({ path })
  server.listen()
  await python.run(
    `c = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); c.connect(at)
for record in (b'one', b'two', b'three', b'0123456789'): c.send(record)
c.shutdown(socket.SHUT_WR)`,
    { at: path },
  )
  using accepted = (await server.accept()).client
  assert.equal(text(await accepted.recv(100)), 'one')
  const cut = await accepted.recvfrom(2)
  assert.deepEqual([text(cut.data), cut.truncated, cut.size], ['tw', true, 3])
  assert.equal(await accepted.recvInto(new Uint8Array(100)), 5)
  assert.equal(text(await accepted.recv(4)), '0123', 'the rest of the record is gone')
  assert.equal(await accepted.recv(100), null)
  await accepted.send('back')
  assert.equal(await python.run(`out = c.recv(100).decode(); c.close()`), 'back')
})

test('a listener whose backlog is full refuses at once with EAGAIN, and takes the same socket later', async () => {
  const path = freshPath()
  await python.run(`s = socket.socket(socket.AF_UNIX); s.bind(at); s.listen(0)`, { at: path })
  using first = socket(AF_UNIX, SOCK_STREAM)
  await first.connect({ path })
  using second = socket(AF_UNIX, SOCK_STREAM)
  const error = await rejection(second.connect({ path }))
  assert.equal(error.code, 'EAGAIN')
  assert.equal(error.errno, 11)
  assert.deepEqual(error.remote, { path })
  await python.run(`c, _ = s.accept()`)
  await second.connect({ path })
  await python.run(`s.close(); c.close()`)
})

test('connect to a path where nobody listens: ECONNREFUSED, and ENOENT where nothing is', async () => {
  const path = freshPath()
  using unix = socket(AF_UNIX, SOCK_STREAM)
  assert.equal((await rejection(unix.connect({ path }))).code, 'ENOENT')
  using dead = socket(AF_UNIX, SOCK_STREAM)
  dead.bind({ path })
  assert.equal((await rejection(unix.connect({ path }))).code, 'ECONNREFUSED')
})

for (const connected of [false, true])
  test(`79. a datagram to a full receiver waits until there is room (${connected ? 'connected' : 'not connected'})`, async () => {
    const path = freshPath()
    await python.run(`u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.bind(at)`, { at: path })
    using unix = socket(AF_UNIX, SOCK_DGRAM)
    if (connected) await unix.connect({ path })
    const count = 200
    let sent = 0
    const sending = (async () => {
      for (let i = 0; i < count; i++) {
        await (connected ? unix.send(`d${i}`) : unix.sendto(`d${i}`, { path }))
        sent++
      }
    })()
    await sleep(50)
    assert.ok(sent < count, `${sent} fitted: the receiver was not full`)
    const got = await python.run(`out = [u.recv(10).decode() for _ in range(count)]; u.close()`, { count })
    await sending
    assert.deepEqual(
      got,
      Array.from({ length: count }, (_, i) => `d${i}`),
    )
    assert.equal(
      (await rejection(connected ? unix.send('x') : unix.sendto('x', { path }))).code,
      'ECONNREFUSED',
    )
  })

test("79. a datagram waits for room also where others' datagrams fill the receiver, of which no event tells", async () => {
  const path = freshPath()
  const filled = await python.number(
    `u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.bind(at)
f = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); f.setblocking(False); out = 0
try:
    while True: f.sendto(b'filler', at); out += 1
except BlockingIOError: pass`,
    { at: path },
  )
  using unix = socket(AF_UNIX, SOCK_DGRAM)
  const real = libc.sendto
  let calls = 0
  libc.sendto = (...args) => {
    calls++
    return real(...args)
  }
  const sending = unix.sendto('ours', { path }, { timeout: 20_000 })
  await sleep(100)
  libc.sendto = real
  // Every refused attempt makes the kernel tell a false edge; following those would be thousands of calls.
  assert.ok(calls > 1 && calls < 200, `${calls} attempts`)
  assert.equal(
    await python.run(`[u.recv(10) for _ in range(filled)]; out = u.recv(10).decode(); u.close(); f.close()`, {
      filled,
    }),
    'ours',
  )
  assert.equal(await sending, 4)
})

test('79. a datagram to a receiver that has gone is ECONNREFUSED, whether connected or by its path', async () => {
  const path = freshPath()
  const receiver = socket(AF_UNIX, SOCK_DGRAM)
  receiver.bind({ path })
  using sender = socket(AF_UNIX, SOCK_DGRAM)
  await sender.connect({ path })
  receiver.close()
  assert.equal((await rejection(sender.send('x'))).code, 'ECONNREFUSED')
  using other = socket(AF_UNIX, SOCK_DGRAM)
  const error = await rejection(other.sendto('x', { path }))
  assert.deepEqual([error.code, error.remote], ['ECONNREFUSED', { path }])
})

for (const type of [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET])
  test(`socketpair of type ${type} is connected both ways and unnamed`, async () => {
    const [one, other] = socketpair(AF_UNIX, type)
    using left = one
    using right = other
    await left.send('to the right')
    await right.send('to the left')
    assert.equal(text(await right.recv(100)), 'to the right')
    assert.equal(text(await left.recv(100)), 'to the left')
    assert.deepEqual(left.getpeername(), { path: '' })
    if (type === SOCK_DGRAM) return
    left.shutdown(SHUT_WR)
    assert.equal(await right.recv(1), null)
  })

test('socketpair of another family says what the kernel says', () => {
  assert.equal(thrown(() => socketpair(AF_INET, SOCK_STREAM)).code, 'EOPNOTSUPP')
})

test("a peer's name cannot write to the terminal through an error message", async () => {
  const path = `\0\u001b[31m\u202e${process.pid}`
  using unix = socket(AF_UNIX, SOCK_STREAM)
  const error = await rejection(unix.connect({ path }))
  assert.equal(error.code, 'ECONNREFUSED')
  assert.ok(error.message.startsWith('connect ECONNREFUSED @\\x1b[31m\\u{202e}'))
  assert.deepEqual(error.remote, { path }, 'the address itself is exact')
})
