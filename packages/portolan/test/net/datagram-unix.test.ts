/** `datagram()` over UNIX sockets. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { datagram } from '../../src/net/datagram.ts'
import { socket } from '../../src/socket/open.ts'
import { AF_UNIX, SOCK_DGRAM } from '../../src/sys/constants.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection } from '../socket/rejection.ts'

let python: PythonPeer
let folder: string
before(() => {
  python = new PythonPeer()
  folder = mkdtempSync(join(tmpdir(), 'portolan-datagram-'))
})
after(async () => {
  await python[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})
checkLeaks()

for (const [name, path] of [
  ['a path', () => join(folder, 'sock')],
  ['bytes that are no UTF-8', () => Buffer.concat([Buffer.from(folder), Buffer.from([0x2f, 0xff])])],
  ['an abstract name', () => `\0portolan-datagram-${process.pid}`],
] as const)
  test(`76, 77. ${name}: messages from Python and back, to who has a name`, async () => {
    await using sock = await datagram({ path: path() })
    const client = join(folder, 'client')
    await python.run(
      `u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.settimeout(10); u.bind(client); u.connect(bytes.fromhex(path))
u.send(b'question'); u.send(b'')
n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); n.connect(bytes.fromhex(path)); n.send(b'no name'); n.close()`,
      { client, path: Buffer.from(path()).toString('hex') },
    )
    const first = await sock.receive()
    assert.deepEqual([Buffer.from(first.data).toString(), first.address], ['question', { path: client }])
    assert.equal((await sock.receive()).size, 0)
    assert.deepEqual((await sock.receive()).address, { path: '' })
    await sock.send('answer', first.address)
    assert.equal(await python.run('out = u.recv(9).decode(); u.close(); os.unlink(client)'), 'answer')
  })

test('a client with a name of its own by autobind, connected', async () => {
  await using server = await datagram({ path: join(folder, 'server') })
  await using client = await datagram({ path: '' }, { connect: server.localAddress })
  assert.deepEqual(client.remoteAddress, server.localAddress)
  await client.send('hello')
  const { address } = await server.receive()
  assert.deepEqual(address, client.localAddress)
  await server.send('you', address)
  assert.equal((await client.receive()).size, 3)
})

test('78. the file goes with the socket, unless it is another one by then', async () => {
  const path = join(folder, 'file')
  const sock = await datagram({ path })
  assert.ok(existsSync(path))
  await sock.close()
  assert.ok(!existsSync(path))
  const other = await datagram({ path })
  rmSync(path)
  writeFileSync(path, 'of somebody else')
  await other.close()
  assert.ok(existsSync(path))
  assert.equal((await rejection(datagram({ path }))).code, 'EADDRINUSE', 'no socket: not taken over')
  rmSync(path)
})

test('78. a path whose socket is gone is taken over; one in use is not', async () => {
  const path = join(folder, 'stale')
  const dead = socket(AF_UNIX, SOCK_DGRAM)
  dead.bind({ path })
  dead.close()
  await using sock = await datagram({ path })
  assert.equal((await rejection(datagram({ path }))).code, 'EADDRINUSE')
  await using client = await datagram({ path: '' })
  await client.send('alive', { path })
  assert.equal((await sock.receive()).size, 5)
})

test('15, 17. connecting to nobody: ECONNREFUSED or ENOENT, and the own file is removed', async () => {
  const path = join(folder, 'own')
  await assert.rejects(datagram({ path }, { connect: { path: join(folder, 'nobody') } }), { code: 'ENOENT' })
  assert.ok(!existsSync(path))
})

test('79. a full receiver is waited for, one that is gone is ECONNREFUSED', async () => {
  await using sender = await datagram({ path: '' })
  const receiver = await datagram({ path: '' })
  const address = receiver.localAddress
  const sending = (async () => {
    for (let i = 0; i < 300; i++) await sender.send(`message ${i}`, address)
  })()
  for (let i = 0; i < 300; i++)
    assert.equal(Buffer.from((await receiver.receive()).data).toString(), `message ${i}`)
  await sending
  await receiver.close()
  const error = await rejection(sender.send('x', address))
  assert.deepEqual([error.code, error.remote], ['ECONNREFUSED', address])
})
