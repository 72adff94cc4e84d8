import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import {
  AF_INET,
  AF_UNIX,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  SO_SNDBUF,
} from '../../src/sys/constants.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection } from './rejection.ts'

const BIG = new Uint8Array(5_000_000).map((_, i) => (i * 7919) >>> 5)

let python: PythonPeer
let folder: string
let big: string
let small: string
let empty: string
before(() => {
  python = new PythonPeer()
  folder = mkdtempSync(join(tmpdir(), 'portolan-sendfile-'))
  big = join(folder, 'big')
  small = join(folder, 'small')
  empty = join(folder, 'empty')
  writeFileSync(big, BIG)
  writeFileSync(small, '0123456789')
  writeFileSync(empty, '')
})
after(async () => {
  rmSync(folder, { recursive: true })
  await python[Symbol.asyncDispose]()
})
checkLeaks()

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A descriptor of a file, closed at the end of the block. */
function opened(path: string, flags = 'r'): Disposable & { readonly fd: number } {
  const fd = openSync(path, flags)
  return { fd, [Symbol.dispose]: () => closeSync(fd) }
}

function pair(): [Socket, Socket] {
  return socketpair(AF_UNIX, SOCK_STREAM)
}

async function received(from: Socket): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (let part = await from.recv(65_536); part !== null; part = await from.recv(65_536)) parts.push(part)
  return Buffer.concat(parts)
}

/** What arrives of one sendfile, and what it says. */
async function sent(
  file: number | { readonly fd: number },
  options?: Parameters<Socket['sendfile']>[1],
): Promise<{ count: number; text: string }> {
  const [left, right] = pair()
  using from = left
  using to = right
  const receiving = received(to)
  const count = await from.sendfile(file, options)
  from.shutdown(SHUT_WR)
  return { count, text: (await receiving).toString() }
}

test('46. a file of five megabytes reaches Python whole, however small the buffers are', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  await python.run(`c = socket.create_connection(('127.0.0.1', port))`, { port: portOf(server) })
  using client = (await server.accept()).client
  client.setsockopt(SOL_SOCKET, SO_SNDBUF, 8192)
  await using file = await open(big)
  const reading = python.run(
    `d = receive_exactly(c, size); c.close(); out = [len(d), hashlib.sha256(d).hexdigest()]`,
    { size: BIG.length },
  )
  assert.equal(await client.sendfile(file), BIG.length)
  assert.deepEqual(await reading, [BIG.length, sha256(BIG)])
})

test('46. offset and count choose a part, and the position of the file stays where it was', async () => {
  using file = opened(small)
  assert.deepEqual(await sent(file, { offset: 3, count: 4 }), { count: 4, text: '3456' })
  assert.deepEqual(await sent(file.fd, { offset: 8 }), { count: 2, text: '89' })
  assert.deepEqual(await sent(file, { offset: 8, count: 100 }), { count: 2, text: '89' })
  assert.deepEqual(await sent(file, { offset: 10 }), { count: 0, text: '' })
  assert.deepEqual(await sent(file, { offset: 1_000_000 }), { count: 0, text: '' })
  assert.deepEqual(await sent(file, { count: 0 }), { count: 0, text: '' })
  const first = Buffer.alloc(1)
  readSync(file.fd, first, 0, 1, null)
  assert.equal(first.toString(), '0')
})

test('46. without an offset the file is sent from its position, which moves on', async () => {
  using file = opened(small)
  assert.deepEqual(await sent(file, { count: 3 }), { count: 3, text: '012' })
  assert.deepEqual(await sent(file), { count: 7, text: '3456789' })
  assert.deepEqual(await sent(file), { count: 0, text: '' })
})

test('46. an empty file is zero bytes', async () => {
  using file = opened(empty)
  assert.deepEqual(await sent(file), { count: 0, text: '' })
})

test('46. a directory, a pipe and a socket are EINVAL, one that is closed or not to be read EBADF', async () => {
  const [left, right] = pair()
  using from = left
  using to = right
  using directory = opened(folder)
  using writing = opened(join(folder, 'new'), 'w')
  await python.run('reads, writes = os.pipe()')
  const pipe = openSync(`/proc/${python.pid}/fd/${await python.number('out = reads')}`, 'r')
  try {
    assert.equal((await rejection(from.sendfile(directory))).code, 'EINVAL')
    assert.equal((await rejection(from.sendfile(pipe))).code, 'EINVAL')
    assert.equal((await rejection(from.sendfile(to.fd))).code, 'EINVAL')
    assert.equal((await rejection(from.sendfile(writing))).code, 'EBADF')
    const handle = await open(small)
    await handle.close()
    const error = await rejection(from.sendfile(handle))
    assert.deepEqual([error.code, error.syscall, error.bytesSent], ['EBADF', 'sendfile', 0])
    assert.equal(to.tryRecv(1), undefined, 'nothing was sent')
  } finally {
    closeSync(pipe)
    await python.run('os.close(reads); os.close(writes)')
  }
})

test('46. a device without an end gives as much as is asked for; a file of /proc has one', async () => {
  using zero = opened('/dev/zero')
  assert.deepEqual(await sent(zero, { count: 100 }), { count: 100, text: '\0'.repeat(100) })
  using version = opened('/proc/version')
  const text = readFileSync('/proc/version', 'utf8')
  assert.deepEqual(await sent(version), { count: Buffer.byteLength(text), text })
})

test('46. a timeout or signal ends it and says how much had been sent', async () => {
  for (const way of ['timeout', 'signal'] as const) {
    const [left, right] = pair()
    using from = left
    using to = right
    using file = opened(big)
    const controller = new AbortController()
    const sending = rejection(
      from.sendfile(file, way === 'timeout' ? { timeout: 50 } : { signal: controller.signal }),
    )
    if (way === 'signal') setTimeout(() => controller.abort(), 50)
    const error = await sending
    assert.equal(error.code, way === 'timeout' ? 'ERR_SOCKET_TIMEOUT' : 'ABORT_ERR')
    from.shutdown(SHUT_WR)
    const arrived = await received(to)
    assert.ok(arrived.length > 0 && arrived.length < BIG.length)
    assert.equal(error.bytesSent, arrived.length)
    assert.ok(arrived.equals(BIG.subarray(0, arrived.length)))
  }
})

test('46. sendfile and sendAll take turns: their bytes do not mix', async () => {
  const [left, right] = pair()
  using from = left
  using to = right
  using file = opened(big)
  const sending = Promise.all([
    from.sendAll('head'),
    from.sendfile(file, { offset: 0 }),
    from.sendAll('middle'),
    from.sendfile(file, { offset: 4_000_000 }),
    from.sendAll('tail'),
  ]).then(() => from.shutdown(SHUT_WR))
  const arrived = await received(to)
  await sending
  const expected = Buffer.concat([
    Buffer.from('head'),
    BIG,
    Buffer.from('middle'),
    BIG.subarray(4_000_000),
    Buffer.from('tail'),
  ])
  assert.equal(sha256(arrived), sha256(expected))
})

test('46. a peer that is gone is EPIPE, and the process lives', async () => {
  const [left, right] = pair()
  using from = left
  right.close()
  using file = opened(small)
  assert.equal((await rejection(from.sendfile(file))).code, 'EPIPE')
  from.close()
  assert.equal((await rejection(from.sendfile(file))).code, 'ERR_SOCKET_CLOSED')
})

test('46. sockets of messages, and offsets and counts that are none, are refused', async () => {
  using file = opened(small)
  for (const type of [SOCK_DGRAM, SOCK_SEQPACKET]) {
    const [left, right] = socketpair(AF_UNIX, type)
    using from = left
    using _ = right
    await assert.rejects(from.sendfile(file), RangeError)
  }
  const [left, right] = pair()
  using from = left
  using to = right
  for (const wrong of [-1, 1.5, Number.NaN, 2 ** 53]) {
    await assert.rejects(from.sendfile(file, { offset: wrong }), RangeError)
    await assert.rejects(from.sendfile(file, { count: wrong }), RangeError)
    await assert.rejects(from.sendfile(wrong), RangeError)
  }
  assert.equal(to.tryRecv(1), undefined)
})

test('46, 52. whichever of its calls is interrupted or fails, no byte is lost or sent twice', async () => {
  const real = libc.sendfile
  for (let nth = 1; nth <= 8; nth++) {
    for (const failure of [ERRNO.EINTR, ERRNO.EIO]) {
      const [left, right] = pair()
      using from = left
      using to = right
      using file = opened(big)
      const receiving = received(to)
      let calls = 0
      libc.sendfile = (...args) => {
        return ++calls === nth ? -failure : real(...args)
      }
      try {
        const sending = from.sendfile(file)
        if (failure === ERRNO.EIO) {
          const error = await rejection(sending)
          from.shutdown(SHUT_WR)
          assert.deepEqual([error.code, error.bytesSent], ['EIO', (await receiving).length])
        } else {
          assert.equal(await sending, BIG.length)
          from.shutdown(SHUT_WR)
          assert.equal(sha256(await receiving), sha256(BIG))
        }
        assert.ok(calls >= nth)
      } finally {
        libc.sendfile = real
      }
    }
  }
})

test('46. a kernel that always takes something does not keep the event loop from turning', async () => {
  const real = libc.sendfile
  const [left, right] = pair()
  using from = left
  using to = right
  using file = opened(big)
  let turns = 0
  let sending = true
  const count = (): void => {
    turns++
    if (sending) setImmediate(count)
  }
  setImmediate(count)
  libc.sendfile = (out, source, offset, wanted) => real(out, source, offset, Math.min(wanted, 10))
  try {
    // 200 calls, few enough for the buffer of a peer that does not read
    assert.equal(await from.sendfile(file, { offset: 0, count: 2000, timeout: 20_000 }), 2000)
  } finally {
    libc.sendfile = real
    sending = false
  }
  assert.ok(turns >= 40, `${turns} turns`)
  assert.equal((await to.recv(5000))?.length, 2000)
})
