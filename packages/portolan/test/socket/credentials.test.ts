/** SCM_CREDENTIALS, SCM_PIDFD and SO_PEERCRED: who is at the other end of a UNIX socket. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { after, before, test } from 'node:test'
import {
  AF_INET,
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  SO_PASSCRED,
  SO_PASSPIDFD,
} from '../../src/sys/constants.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { checkLeaks, descriptorFlags, openDescriptors } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection, thrown } from './rejection.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

const OWN = { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
const O_CLOEXEC = 0o2000000

let names = 0

async function toPython(): Promise<Socket> {
  using server = socket(AF_UNIX, SOCK_STREAM)
  const name = `portolan-credentials-${process.pid}-${names++}`
  server.bind({ path: `\0${name}` })
  server.listen()
  await python.run(`c = socket.socket(socket.AF_UNIX); c.connect('\\0' + name)`, { name })
  return (await server.accept()).client
}

for (const { name, type } of [
  { name: 'stream', type: SOCK_STREAM },
  { name: 'datagram', type: SOCK_DGRAM },
  { name: 'sequenced packet', type: SOCK_SEQPACKET },
])
  test(`82. the peer of a ${name} socketpair is this process`, () => {
    const [left, right] = socketpair(AF_UNIX, type)
    using one = left
    using other = right
    assert.deepEqual(one.peerCredentials(), OWN)
    assert.deepEqual(other.peerCredentials(), OWN)
  })

test('82. the peer of a connection is the process that connected, and ours is the one that listens', async () => {
  using server = socket(AF_UNIX, SOCK_STREAM)
  const name = `portolan-credentials-${process.pid}-${names++}`
  server.bind({ path: `\0${name}` })
  server.listen()
  const seen = await python.run(
    `c = socket.socket(socket.AF_UNIX); c.connect('\\0' + name)
out = struct.unpack('iII', c.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))`,
    { name },
  )
  using client = (await server.accept()).client
  assert.deepEqual(client.peerCredentials(), { ...OWN, pid: python.pid })
  assert.deepEqual(seen, [OWN.pid, OWN.uid, OWN.gid])
  await python.run('c.close()')
})

test('82. nobody at the other end, another family and a closed socket are errors of their own', () => {
  using lonely = socket(AF_UNIX, SOCK_STREAM)
  assert.equal(thrown(() => lonely.peerCredentials()).code, 'ENOTCONN')
  using tcp = socket(AF_INET, SOCK_STREAM)
  assert.equal(thrown(() => tcp.peerCredentials()).code, 'EOPNOTSUPP')
  tcp.close()
  assert.equal(thrown(() => tcp.peerCredentials()).code, 'ERR_SOCKET_CLOSED')
})

test('with SO_PASSCRED each message says who sent it, whether the sender asked for that or not', async () => {
  using peer = await toPython()
  peer.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)
  await python.run(`c.send(b'plain')`)
  using plain = await peer.recvmsg(100)
  assert.deepEqual(plain?.control, [{ kind: 'credentials', ...OWN, pid: python.pid }])
  await python.run(
    `c.sendmsg([b'told'], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack('iII', os.getpid(), os.getuid(), os.getgid()))])`,
  )
  using told = await peer.recvmsg(100)
  assert.deepEqual(told?.control, [{ kind: 'credentials', ...OWN, pid: python.pid }])
  await python.run('c.close()')
})

test('Python reads the credentials that we send; what is left out is true', async () => {
  using peer = await toPython()
  await python.run('c.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)')
  await peer.sendmsg('x', { control: [{ kind: 'credentials' }] })
  await peer.sendmsg('y', { control: [{ kind: 'credentials', ...OWN }] })
  for (let i = 0; i < 2; i++)
    assert.deepEqual(
      await python.run(
        `_, [(level, kind, data)], _, _ = c.recvmsg(1, 64); out = [level, kind, *struct.unpack('iII', data)]`,
      ),
      [1, 2, OWN.pid, OWN.uid, OWN.gid],
    )
  await python.run('c.close()')
})

test('credentials of a process that is not there are refused, and numbers that are none before that', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  // Past the highest process number that Linux gives (PID_MAX_LIMIT, proc_sys_kernel(5)): ESRCH for root, else EPERM.
  const error = await rejection(one.sendmsg('x', { control: [{ kind: 'credentials', pid: 1 << 23 }] }))
  assert.ok(['ESRCH', 'EPERM'].includes(error.code), error.code)
  for (const wrong of [{ pid: -1 }, { uid: -1 }, { gid: 2 ** 32 }, { pid: 1.5 }])
    await assert.rejects(one.sendmsg('x', { control: [{ kind: 'credentials', ...wrong }] }), RangeError)
  assert.equal(other.tryRecv(1), undefined)
})

test('credentials that are cut are unknown, not wrong', async () => {
  using peer = await toPython()
  peer.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)
  await python.run(`c.send(b'x')`)
  using message = await peer.recvmsg(1, { control: 16 + 5 })
  assert.equal(message?.controlTruncated, true)
  const [unknown] = message.control
  assert.ok(unknown?.kind === 'unknown')
  assert.deepEqual([unknown.level, unknown.type, unknown.data.length], [1, 2, 5])
  await python.run('c.close()')
})

test('with SO_PASSPIDFD the sender comes as a descriptor of its process, which is not left open', async () => {
  using peer = await toPython()
  const [major = 0, minor = 0] = release().split('.').map(Number)
  if (major < 6 || (major === 6 && minor < 5)) {
    await python.run('c.close()')
    // It came with Linux 6.5; before, the kernel refuses it and no descriptor can come.
    assert.equal(thrown(() => peer.setsockopt(SOL_SOCKET, SO_PASSPIDFD, 1)).code, 'ENOPROTOOPT')
    return
  }
  peer.setsockopt(SOL_SOCKET, SO_PASSPIDFD, 1)
  const before = openDescriptors()
  await python.run(`c.send(b'xyz')`)
  {
    using message = await peer.recvmsg(1)
    const [sender] = message?.control ?? []
    assert.ok(sender?.kind === 'process')
    const { fd } = sender.descriptor
    assert.match(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'), new RegExp(`^Pid:\\t${python.pid}$`, 'm'))
    assert.equal(descriptorFlags(fd) & O_CLOEXEC, O_CLOEXEC)
  }
  for (const control of [0, 16, 19]) {
    using message = await peer.recvmsg(1, { control })
    assert.equal(message?.controlTruncated, true, `${control}`)
    if (control === 0) await python.run(`c.send(b'more')`)
  }
  assert.deepEqual(openDescriptors(), before)
  await python.run('c.close()')
})
