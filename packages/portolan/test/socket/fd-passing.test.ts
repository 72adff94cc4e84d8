/** SCM_RIGHTS: descriptors that cross a UNIX socket, and that none of them is ever left open. */
import assert from 'node:assert/strict'
import { closeSync, openSync, readSync, writeFileSync, mkdtempSync, rmSync, fstatSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  AF_UNIX,
  MSG_PEEK,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../src/sys/constants.ts'
import { SCM_RIGHTS } from '../../src/sys/constants-messages.ts'
import { libc } from '../../src/sys/libc.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { checkLeaks, descriptorFlags } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { thrown } from './rejection.ts'
import { descriptorsOf, rights } from './rights.ts'

let python: PythonPeer
let folder: string
before(() => {
  python = new PythonPeer()
  folder = mkdtempSync(join(tmpdir(), 'portolan-rights-'))
})
after(async () => {
  rmSync(folder, { recursive: true })
  await python[Symbol.asyncDispose]()
})
checkLeaks()

const O_CLOEXEC = 0o2000000
const LONG = 10_000

let names = 0

/** A connection to Python, which has the other end as `c`. */
async function toPython(type: number, constant: string): Promise<Socket> {
  using server = socket(AF_UNIX, type)
  const name = `portolan-rights-${process.pid}-${names++}`
  server.bind({ path: `\0${name}` })
  server.listen()
  await python.run(`c = socket.socket(socket.AF_UNIX, socket.${constant}); c.connect('\\0' + name)`, { name })
  return (await server.accept()).client
}

/** Device and inode: the same open file however often it has a number. */
function fileOf(fd: number): string {
  const { dev, ino } = fstatSync(fd)
  return `${dev}:${ino}`
}

for (const { name, type, constant } of [
  { name: 'a stream', type: SOCK_STREAM, constant: 'SOCK_STREAM' },
  { name: 'sequenced packets', type: SOCK_SEQPACKET, constant: 'SOCK_SEQPACKET' },
]) {
  test(`81. ${name}: Python's send_fds reaches us, and ours its recv_fds`, async () => {
    using peer = await toPython(type, constant)
    const paths = [join(folder, 'a'), join(folder, 'b')]
    for (const path of paths) writeFileSync(path, `this is ${path}`)
    const receiving = peer.recvmsg(100, { timeout: LONG })
    await python.run(
      `fds = [os.open(path, os.O_RDONLY) for path in paths]
socket.send_fds(c, [b'two', b' files'], fds)
for fd in fds: os.close(fd)`,
      { paths },
    )
    using message = await receiving
    assert.ok(message)
    assert.equal(Buffer.from(message.data).toString(), 'two files')
    assert.equal(message.controlTruncated, false)
    const owned = descriptorsOf(message)
    const read = owned.map(({ fd }) => {
      const into = Buffer.alloc(100)
      return into.subarray(0, readSync(fd, into, 0, 100, 0)).toString()
    })
    assert.deepEqual(
      read,
      paths.map((path) => `this is ${path}`),
    )
    assert.equal(await peer.sendmsg('back', { control: rights(...owned) }), 4)
    assert.deepEqual(
      await python.run(
        `data, fds, flags, _ = socket.recv_fds(c, 100, 10)
out = [data.decode(), [os.pread(fd, 100, 0).decode() for fd in fds]]
for fd in fds: os.close(fd)
c.close()`,
      ),
      ['back', paths.map((path) => `this is ${path}`)],
    )
  })
}

test('14. received descriptors are closed on exec', async () => {
  using peer = await toPython(SOCK_STREAM, 'SOCK_STREAM')
  await python.run(`socket.send_fds(c, [b'x'], [0, 1])`)
  using message = await peer.recvmsg(1)
  const owned = descriptorsOf(message)
  assert.equal(owned.length, 2)
  for (const { fd } of owned) assert.equal(descriptorFlags(fd) & O_CLOEXEC, O_CLOEXEC)
  assert.equal(message?.flags, 0)
  await python.run('c.close()')
})

test('81. sockets, owned descriptors, file handles and numbers can be sent; a received socket works', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_DGRAM)
  using one = left
  using other = right
  await using file = await open(process.execPath)
  const number = openSync('/dev/null', 'r')
  try {
    await one.sendmsg('x', { control: rights(one, file, number) })
    using message = await other.recvmsg(1)
    const owned = descriptorsOf(message)
    assert.deepEqual(
      owned.map(({ fd }) => fileOf(fd)),
      [one.fd, file.fd, number].map(fileOf),
    )
    const [first] = owned
    assert.ok(first)
    await one.sendmsg('y', { control: rights(first) })
    using again = await other.recvmsg(1)
    assert.equal(fileOf(descriptorsOf(again)[0]?.fd ?? -1), fileOf(one.fd))
    assert.equal(libc.send(first.fd, Buffer.from('through it'), 10, 0), 10)
    assert.equal(Buffer.from((await other.recv(20)) ?? []).toString(), 'through it')
  } finally {
    closeSync(number)
  }
})

test("what is taken is the caller's; what is not is closed with the message, once", async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  await one.sendmsg('x', { control: rights(0, 1, 2) })
  const message = await other.recvmsg(1)
  const [first, second, third] = descriptorsOf(message)
  assert.ok(first && second && third)
  const taken = first.take()
  assert.equal(first.fd, -1)
  const error = thrown(() => first.take())
  assert.deepEqual([error.code, error.syscall], ['EBADF', 'take'])
  second[Symbol.dispose]()
  assert.equal(second.fd, -1)
  message?.[Symbol.dispose]()
  assert.equal(third.fd, -1)
  // The number may be another file's by now, which a second disposal must not close.
  const reused = openSync('/dev/null', 'r')
  message?.[Symbol.dispose]()
  first[Symbol.dispose]()
  assert.ok(fstatSync(reused).isCharacterDevice())
  closeSync(reused)
  closeSync(taken)
})

test('81. two control messages in one sendmsg: all descriptors arrive, from Python and from us', async () => {
  using peer = await toPython(SOCK_STREAM, 'SOCK_STREAM')
  await python.run(
    `r = lambda *fds: (socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack('%di' % len(fds), *fds))
c.sendmsg([b'x'], [r(0), r(1, 2)])`,
  )
  using message = await peer.recvmsg(1)
  assert.equal(descriptorsOf(message).length, 3)
  await peer.sendmsg('y', { control: [...rights(0), ...rights(1, 2)] })
  assert.equal(
    await python.run(
      `fds = socket.recv_fds(c, 1, 9)[1]; out = len(fds)
for fd in fds: os.close(fd)`,
    ),
    3,
  )
  await python.run('c.close()')
})

test('81. part of an int at the end of a control message is passed over, from Python and from us', async () => {
  using peer = await toPython(SOCK_STREAM, 'SOCK_STREAM')
  await python.run(
    `c.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack('2i', 0, 1) + b'\\1\\0\\0')])`,
  )
  using message = await peer.recvmsg(1)
  assert.equal(descriptorsOf(message).length, 2)
  const data = new Uint8Array(7)
  await peer.sendmsg('y', { control: [{ kind: 'unknown', level: SOL_SOCKET, type: SCM_RIGHTS, data }] })
  assert.equal(
    await python.run(
      `fds = socket.recv_fds(c, 1, 9)[1]; out = len(fds)
for fd in fds: os.close(fd)
c.close()`,
    ),
    1,
  )
})

test('43. a peek opens descriptors of its own, and takes nothing from who receives', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  await one.sendmsg('x', { control: rights(0, 1) })
  using seen = await other.recvmsg(1, { flags: MSG_PEEK })
  using taken = await other.recvmsg(1)
  assert.deepEqual([descriptorsOf(seen).length, descriptorsOf(taken).length], [2, 2])
  const numbers = [...descriptorsOf(seen), ...descriptorsOf(taken)].map(({ fd }) => fd)
  assert.equal(new Set(numbers).size, 4)
})

test('80. sequenced packets: a message of nothing but descriptors is no end', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_SEQPACKET)
  using one = left
  using other = right
  await one.sendmsg('', { control: rights(0) })
  using message = await other.recvmsg(1)
  assert.deepEqual([message?.size, descriptorsOf(message).length], [0, 1])
  one.close()
  assert.equal(await other.recvmsg(1), null)
})
