import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { socket } from '../../src/socket/open.ts'
import {
  AF_VSOCK,
  SO_ERROR,
  SOCK_STREAM,
  SOL_SOCKET,
  VMADDR_CID_ANY,
  VMADDR_CID_LOCAL,
  VMADDR_PORT_ANY,
} from '../../src/sys/constants.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonError, PythonPeer } from './python-peer.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { rejection, thrown } from './rejection.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

/** The error number that Python's statements end with, 0 where they work. */
async function errnoOf(code: string): Promise<number> {
  try {
    await python.run(code)
    return 0
  } catch (error) {
    if (!(error instanceof PythonError)) throw error
    return Number(JSON.parse(error.message).errno)
  }
}

test('AF_VSOCK is here exactly where Python has it, and else says EAFNOSUPPORT', async (t) => {
  const theirs = await errnoOf('socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()')
  if (theirs !== 0) {
    assert.equal(thrown(() => socket(AF_VSOCK, SOCK_STREAM)).errno, theirs)
    t.diagnostic('this kernel has no AF_VSOCK')
    return
  }
  using vsock = socket(AF_VSOCK, SOCK_STREAM)
  assert.equal(vsock.family, AF_VSOCK)
  vsock.bind({ cid: VMADDR_CID_ANY, port: VMADDR_PORT_ANY })
  const bound = vsock.getsockname()
  assert.ok('cid' in bound)
  assert.equal(bound.cid, VMADDR_CID_ANY)
  assert.ok(bound.port !== VMADDR_PORT_ANY, 'the kernel chose a port')
  await python.run(
    `v = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM); v.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY)); out = list(v.getsockname()); v.close()`,
  )
})

test('over the loopback context a stream passes; where the kernel has none, the error is the one Python gets', async (t) => {
  const address = { cid: VMADDR_CID_LOCAL, port: 50_321 }
  if ((await errnoOf('socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()')) !== 0) {
    t.diagnostic('this kernel has no AF_VSOCK')
    return
  }
  const theirs = await errnoOf(
    `v = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
try: v.bind((1, 50322))
finally: v.close()`,
  )
  using server = socket(AF_VSOCK, SOCK_STREAM)
  if (theirs !== 0) {
    const error = thrown(() => server.bind(address))
    assert.equal(error.errno, theirs)
    assert.ok(error.message.endsWith('(at vsock 1:50321)'), error.message)
    t.diagnostic(`no loopback here: ${error.message}`)
    return
  }
  server.bind(address)
  server.listen()
  await python.run(
    `v = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM); v.connect((1, 50321)); v.sendall(b'over vsock')`,
  )
  const { client, address: peer } = await server.accept({ timeout: 20_000 })
  using accepted = client
  assert.ok('cid' in peer)
  assert.equal(peer.cid, VMADDR_CID_LOCAL)
  assert.equal(Buffer.from((await accepted.recv(100)) ?? []).toString(), 'over vsock')
  await accepted.sendAll(new Uint8Array(300_000).fill(7))
  assert.equal(await python.number(`out = sum(receive_exactly(v, 300000)) // 7; v.close()`), 300_000)
  assert.equal(await accepted.recv(1), null)
})

test('a connection attempt that fails later ends with its error, and is not begun again', async (t) => {
  if ((await errnoOf('socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()')) !== 0) {
    t.diagnostic('this kernel has no AF_VSOCK')
    return
  }
  // What virtio does when nobody answers for two seconds (vsock_connect_timeout in net/vmw_vsock/af_vsock.c): every
  // connect(2) says EINPROGRESS, the first one's end stands in SO_ERROR. An idle socket tells its event at once.
  const { connect, getsockopt } = libc
  let attempts = 0
  libc.connect = () => {
    attempts++
    return -ERRNO.EINPROGRESS
  }
  libc.getsockopt = (fd, level, name, value, length) => {
    if (level !== SOL_SOCKET || name !== SO_ERROR) return getsockopt(fd, level, name, value, length)
    new Int32Array(value.buffer, value.byteOffset, 1)[0] = ERRNO.ETIMEDOUT
    return 0
  }
  try {
    using client = socket(AF_VSOCK, SOCK_STREAM)
    const error = await rejection(client.connect({ cid: VMADDR_CID_LOCAL, port: 1 }, { timeout: 20_000 }))
    assert.deepEqual([error.code, error.syscall, attempts], ['ETIMEDOUT', 'connect', 1])
    assert.ok(error.message.startsWith('connect ETIMEDOUT vsock 1:1'), error.message)
  } finally {
    Object.assign(libc, { connect, getsockopt })
  }
})
