/**
 * After a short read of TCP the next call waits for an edge without asking the kernel first. These are the cases in
 * which something is left behind a short read all the same: the call must not wait for an edge that never comes.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { AF_INET, SOCK_STREAM } from '../../src/sys/constants.ts'
import { libc } from '../../src/sys/libc.ts'
import { portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

const LONG = 10_000

/** Connected to Python's `c`, and registered with the reactor: its first call had to wait. */
async function warm(): Promise<Socket> {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  const accepting = server.accept()
  await python.run(`c = socket.create_connection(('127.0.0.1', port))`, { port: portOf(server) })
  const { client } = await accepting
  const receiving = client.recv(100, { timeout: LONG })
  await python.run(`c.sendall(b'first')`)
  assert.equal(textOf(await receiving), 'first')
  return client
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString()
}

test('30. data and the end in one go: the data, then the end', async () => {
  using client = await warm()
  const receiving = client.recv(100, { timeout: LONG })
  await python.run(`c.sendall(b'last'); c.close()`)
  assert.equal(textOf(await receiving), 'last')
  assert.equal(await client.recv(100, { timeout: LONG }), null)
})

test('30. the end that came before the call, after a short read', async () => {
  using client = await warm()
  await python.run(`c.sendall(b'last'); c.close()`)
  assert.equal(textOf(await client.recv(100, { timeout: LONG })), 'last')
  assert.equal(await client.recv(100, { timeout: LONG }), null)
})

test('31. a reset after a short read is an error, not a wait', async () => {
  using client = await warm()
  const receiving = client.recv(100, { timeout: LONG })
  await python.run(
    `c.sendall(b'last'); c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close()`,
  )
  const seen = await receiving.catch((error: unknown) => error)
  if (seen instanceof Uint8Array) {
    assert.equal(textOf(seen), 'last')
    await assert.rejects(client.recv(100, { timeout: LONG }), { code: 'ECONNRESET' })
  } else assert.ok(seen instanceof Error && 'code' in seen && seen.code === 'ECONNRESET')
})

test('43. a read that stops at the urgent mark goes on behind it', async () => {
  using client = await warm()
  await python.run(`c.sendall(b'abc'); c.send(b'!', socket.MSG_OOB); c.sendall(b'def')`)
  assert.equal(textOf(await client.recv(100, { timeout: LONG })), 'abc')
  assert.equal(textOf(await client.recv(100, { timeout: LONG })), 'def')
  await python.run('c.close()')
})

test('ten thousand small messages, each read short, all arrive', async () => {
  using client = await warm()
  const sending = python.run(`
for i in range(10000): c.sendall(b'%06d' % i)
c.close()`)
  const parts: Uint8Array[] = []
  for (;;) {
    const part = await client.recv(4096, { timeout: LONG })
    if (part === null) break
    parts.push(part)
  }
  await sending
  const expected = Array.from({ length: 10_000 }, (_, i) => String(i).padStart(6, '0')).join('')
  assert.equal(Buffer.concat(parts).toString(), expected)
})

test('a message costs one recv(2): the call after a short read asks nothing', async () => {
  using client = await warm()
  const real = libc.recv
  let calls = 0
  libc.recv = (...words) => {
    calls++
    return real(...words)
  }
  try {
    for (let i = 0; i < 100; i++) {
      const receiving = client.recv(100, { timeout: LONG })
      await python.run(`c.sendall(b'x')`)
      assert.equal(textOf(await receiving), 'x')
    }
  } finally {
    libc.recv = real
  }
  assert.equal(calls, 100)
  await python.run('c.close()')
})
