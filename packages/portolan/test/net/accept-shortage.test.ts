import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { listen } from '../../src/net/listen.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import type { SocketError } from '../../src/sys/socket-error.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { ScriptProcess } from '../socket/script-process.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

test('56. out of descriptors the listener pauses, tells, does not spin, and serves the client when one is free', async () => {
  // 40 descriptors are not enough for 30 connections beside what node itself has open.
  await using script = new ScriptProcess(
    `import { listen } from '${new URL('../../src/index.ts', import.meta.url).href}'
const shortages = []
const server = await listen({ host: '127.0.0.1', onError: (error) => {
  shortages.push(error.code)
  // What ends a shortage in life: other connections close.
  for (const conn of held.splice(0)) void conn.write('x').then(() => conn.close())
} })
console.log(server.localAddress.port)
const held = []
let served = 0
for await (const conn of server) {
  held.push(conn)
  if (++served === 30) break
}
for (const conn of held) { await conn.write('x'); await conn.close() }
console.log(served, new Set(shortages).size, shortages[0], shortages.length < 30)`,
    40,
  )
  const port = Number(await script.firstLine())
  await python.run('cs = [socket.create_connection(("127.0.0.1", port)) for _ in range(30)]', { port })
  assert.equal(
    await python.run('out = b"".join(c.recv(1) for c in cs).decode(); [c.close() for c in cs]'),
    'x'.repeat(30),
  )
  const { stdout, stderr } = await script.ended
  assert.equal(stdout.split('\n')[1], '30 1 EMFILE true')
  assert.equal(stderr, '')
})

for (const code of ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'ECONNABORTED', 'EPERM', 'EINTR'] as const)
  test(`57. accept gets over ${code} and loses no connection`, async (t) => {
    const told: string[] = []
    await using server = await listen({
      host: '127.0.0.1',
      onError: (error: SocketError) => void told.push(error.code),
    })
    const { accept4 } = libc
    let failures = 2
    let calls = 0
    libc.accept4 = (...words) => {
      calls++
      return failures-- > 0 ? -ERRNO[code] : accept4(...words)
    }
    t.after(() => {
      libc.accept4 = accept4
    })
    assert.ok('host' in server.localAddress)
    const accepting = server.accept()
    await python.run('c = socket.create_connection(("127.0.0.1", port))', { port: server.localAddress.port })
    const conn = await accepting
    await conn.write('served')
    await conn.close()
    assert.equal(await python.run('out = c.recv(10).decode(); c.close()'), 'served')
    assert.ok(calls < 10, `${calls} calls`)
    assert.deepEqual(new Set(told), new Set(['ECONNABORTED', 'EINTR'].includes(code) ? [] : [code]))
  })

test('a listener that is broken for good says so', async (t) => {
  await using server = await listen({ host: '127.0.0.1' })
  const { accept4 } = libc
  libc.accept4 = () => -ERRNO.EINVAL
  t.after(() => {
    libc.accept4 = accept4
  })
  await assert.rejects(server.accept(), { code: 'EINVAL', syscall: 'accept' })
})
