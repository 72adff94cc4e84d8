import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '../../src/net/connect.ts'
import { driverNamed } from '../../src/net/driver-choice.ts'
import { JoinedListeners } from '../../src/net/joined-listeners.ts'
import { listen } from '../../src/net/listen.ts'
import type { Listener } from '../../src/net/listener.ts'
import { socket } from '../../src/socket/open.ts'
import { AF_UNIX, SOCK_STREAM, TCP_KEEPIDLE, TCP_NODELAY, IPPROTO_TCP } from '../../src/sys/constants.ts'
import { SocketError } from '../../src/sys/socket-error.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection } from '../socket/rejection.ts'
import { ScriptProcess } from '../socket/script-process.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-listen-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function portOf(server: Listener): number {
  const address = server.localAddress
  assert.ok('host' in address)
  return address.port
}

function connectPython(port: number, host = '127.0.0.1', name = 'c'): Promise<unknown> {
  return python.run(`${name} = socket.create_connection((host, port))`, { host, port })
}

const drivers = ['kernel', 'portable'] as const

for (const driver of drivers) {
  test(`${driver}: 1. closing a listener ends a pending accept with ERR_SOCKET_CLOSED`, async () => {
    const server = await listen({ host: '127.0.0.1', driver })
    const pending = rejection(server.accept())
    await server.close()
    assert.equal((await pending).code, 'ERR_SOCKET_CLOSED')
    assert.equal((await rejection(server.accept())).code, 'ERR_SOCKET_CLOSED')
  })

  test(`${driver}: 2. the port of a closed listener can be bound again at once, although a connection lingers`, async () => {
    const first = await listen({ host: '127.0.0.1', driver })
    const port = portOf(first)
    const accepting = first.accept()
    await connectPython(port)
    const conn = await accepting
    await conn.close()
    await first.close()
    await python.run('c.close()')
    await using second = await listen({ host: '127.0.0.1', port, driver })
    assert.equal(portOf(second), port)
  })

  test(`${driver}: 3. an iteration ends quietly when the listener is closed`, async () => {
    const server = await listen({ host: '127.0.0.1', driver })
    const seen: unknown[] = []
    const loop = (async () => {
      for await (const conn of server) seen.push(conn)
    })()
    await server.close()
    await loop
    assert.deepEqual(seen, [])
  })

  test(`${driver}: 4. leaving the iteration closes the listener and not the connection`, async () => {
    const server = await listen({ host: '127.0.0.1', driver })
    const port = portOf(server)
    const one = (async () => {
      for await (const conn of server) return conn
      return undefined
    })()
    await connectPython(port)
    const conn = await one
    assert.ok(conn)
    assert.equal(server.closed, true)
    await conn.write('still here')
    assert.equal(await python.run('out = c.recv(100).decode(); c.close()'), 'still here')
    await conn.close()
  })

  test(`${driver}: 5. and 10. close is idempotent, and await using after it does nothing`, async () => {
    await using server = await listen({ host: '127.0.0.1', driver })
    await server.close()
    await server.close()
    assert.equal(server.closed, true)
  })

  test(`${driver}: 50. accept has a timeout of its own, and without one it waits`, async () => {
    await using server = await listen({ host: '127.0.0.1', driver })
    assert.equal((await rejection(server.accept({ timeout: 20 }))).code, 'ERR_SOCKET_TIMEOUT')
    assert.equal((await rejection(server.accept({ signal: AbortSignal.abort() }))).code, 'ABORT_ERR')
    const accepting = server.accept()
    assert.equal(await Promise.race([accepting, delay(50, 'waits')]), 'waits')
    await connectPython(portOf(server))
    await (await accepting).close()
    await python.run('c.close()')
  })

  test(`${driver}: 54. a port in use is EADDRINUSE with the address in the message`, async () => {
    await using server = await listen({ host: '127.0.0.1', driver })
    const port = portOf(server)
    const error = await rejection(listen({ host: '127.0.0.1', port, driver }))
    assert.ok(error instanceof SocketError)
    assert.equal(error.code, 'EADDRINUSE')
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}`))
  })

  test(`${driver}: 55. reusePort lets two listeners share a port, and it is off by default`, async () => {
    await using one = await listen({ host: '127.0.0.1', reusePort: true, driver })
    const port = portOf(one)
    await using two = await listen({ host: '127.0.0.1', port, reusePort: true, driver })
    const listeners = execFileSync('ss', ['-Htln', `sport = :${port}`], { encoding: 'utf8' })
    assert.equal(listeners.trim().split('\n').length, 2)
    const served = { one: 0, two: 0 }
    const serve = async (server: Listener, name: 'one' | 'two'): Promise<void> => {
      for await (const conn of server) {
        served[name]++
        await conn.close()
      }
    }
    const loops = [serve(one, 'one'), serve(two, 'two')]
    // The kernel chooses by a hash of the four-tuple: 64 connections all on one side have a chance of 2 in 2^64.
    await python.run(
      `for _ in range(64):
         s = socket.create_connection(('127.0.0.1', port)); s.recv(1); s.close()`.replaceAll(
        '\n         ',
        '\n ',
      ),
      { port },
    )
    await Promise.all([one.close(), two.close(), ...loops])
    assert.equal(served.one + served.two, 64)
    assert.ok(served.one > 0 && served.two > 0, JSON.stringify(served))
  })

  test(`${driver}: 58. accepts at the same time get one connection each`, async () => {
    await using server = await listen({ host: '127.0.0.1', driver })
    const accepting = [server.accept(), server.accept(), server.accept()]
    await python.run('cs = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]', {
      port: portOf(server),
    })
    const conns = await Promise.all(accepting)
    const ports = conns.map((conn) => JSON.stringify(conn.remoteAddress))
    assert.equal(new Set(ports).size, 3)
    await Promise.all(conns.map((conn) => conn.close()))
    await python.run('[c.close() for c in cs]')
  })

  test(`${driver}: 60. without a host IPv4 and IPv6 clients are both served`, async () => {
    await using server = await listen({ driver })
    const hosts: string[] = []
    for (const host of ['127.0.0.1', '::1']) {
      const accepting = server.accept()
      await connectPython(portOf(server), host)
      const conn = await accepting
      if (conn.remoteAddress !== undefined && 'host' in conn.remoteAddress)
        hosts.push(conn.remoteAddress.host)
      await conn.close()
      await python.run('c.close()')
    }
    assert.deepEqual(hosts, ['::ffff:127.0.0.1', '::1'])
  })

  test(`${driver}: 60. with v6Only an IPv4 client is refused`, async () => {
    await using server = await listen({ host: '::1', v6Only: true, driver })
    await using all = await listen({ host: '::', v6Only: true, driver })
    assert.equal(
      await python.run(
        'try: socket.create_connection(("127.0.0.1", port)); out = "connected"\nexcept ConnectionRefusedError: out = "refused"',
        { port: portOf(all) },
      ),
      'refused',
    )
    assert.ok(portOf(server) > 0)
  })

  test(`${driver}: 61. a name with several addresses is bound at one port`, async () => {
    await using server = await listen({ host: 'localhost', driver })
    const port = portOf(server)
    const bound = execFileSync('ss', ['-Htln', `sport = :${port}`], { encoding: 'utf8' })
    const addresses = bound
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/)[3] ?? '')
      .sort()
    const known = execFileSync('getent', ['ahosts', 'localhost'], { encoding: 'utf8' })
    const expected = [
      ...new Set(
        known
          .trim()
          .split('\n')
          .map((line) => line.split(/\s+/)[0] ?? ''),
      ),
    ]
      .map((host) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`))
      .sort()
    assert.deepEqual(addresses, expected)
    for (const address of expected) {
      const accepting = server.accept()
      await connectPython(port, address.startsWith('[') ? '::1' : '127.0.0.1')
      await (await accepting).close()
      await python.run('c.close()')
    }
  })

  test(`${driver}: a limit leaves further connections in the backlog until one closes`, async () => {
    await using server = await listen({ host: '127.0.0.1', maxConnections: 1, driver })
    const port = portOf(server)
    const first = server.accept()
    await connectPython(port, '127.0.0.1', 'a')
    const one = await first
    assert.equal(server.connections, 1)
    const second = server.accept()
    await connectPython(port, '127.0.0.1', 'b')
    assert.equal(await Promise.race([second, delay(50, 'waits')]), 'waits')
    assert.equal((await rejection(server.accept({ timeout: 10 }))).code, 'ERR_SOCKET_TIMEOUT')
    await one.close()
    const two = await second
    assert.equal(server.connections, 1)
    await two.close()
    assert.equal(server.connections, 0)
    await python.run('a.close(); b.close()')
  })

  test(`${driver}: 62. with whenFull "reset" further connections are reset and told with their address`, async () => {
    const turned: unknown[] = []
    await using server = await listen({
      host: '127.0.0.1',
      maxConnections: 1,
      whenFull: 'reset',
      onReset: (remote) => void turned.push(remote),
      driver,
    })
    const port = portOf(server)
    const first = server.accept()
    await connectPython(port, '127.0.0.1', 'a')
    const one = await first
    const pending = rejection(server.accept())
    const own = await python.number('b = socket.socket(); b.bind(("127.0.0.1", 0)); out = b.getsockname()[1]')
    // The reset may come before Python has seen that it is connected.
    const seen = await python.run(
      'try: b.connect(("127.0.0.1", port)); out = b.recv(1).hex()\nexcept ConnectionResetError: out = "reset"',
      { port },
    )
    assert.equal(seen, 'reset')
    assert.deepEqual(turned, [{ host: '127.0.0.1', port: own }])
    await server.close()
    await pending
    await one.close()
    await python.run('a.close(); b.close()')
  })

  test(`${driver}: drain waits for connections to end, and resets the rest at the deadline`, async () => {
    const server = await listen({ host: '127.0.0.1', driver })
    const port = portOf(server)
    const names = ['a', 'b']
    const conns = []
    for (const name of names) {
      const accepting = server.accept()
      await connectPython(port, '127.0.0.1', name)
      conns.push(await accepting)
    }
    const [a, b] = conns
    assert.ok(a && b)
    const draining = server.drain({ timeout: 300 })
    await python.run(
      'try: socket.create_connection(("127.0.0.1", port)); out = "connected"\nexcept ConnectionRefusedError: out = "refused"',
      { port },
    )
    await a.write('bye')
    await a.close()
    assert.equal(await draining, 1)
    assert.equal(b.closed, true)
    assert.equal(await python.run('out = a.recv(10).decode() + a.recv(10).decode()'), 'bye')
    assert.equal(
      await python.run('try: out = b.recv(1).hex()\nexcept ConnectionResetError: out = "reset"'),
      'reset',
    )
    await python.run('a.close(); b.close()')
  })

  test(`${driver}: drain resolves at once where nothing is open, and when the last connection closes`, async () => {
    const empty = await listen({ host: '127.0.0.1', driver })
    assert.equal(await empty.drain(), 0)
    const server = await listen({ host: '127.0.0.1', driver })
    const accepting = server.accept()
    await connectPython(portOf(server))
    const conn = await accepting
    const draining = server.drain()
    await conn.close()
    assert.equal(await draining, 0)
    await python.run('c.close()')
  })

  test(`${driver}: a signal closes the listener, and is forgotten when it is closed otherwise`, async () => {
    const controller = new AbortController()
    const server = await listen({ host: '127.0.0.1', signal: controller.signal, driver })
    const loop = (async () => {
      for await (const conn of server) await conn.close()
    })()
    controller.abort()
    await loop
    assert.equal(server.closed, true)
    const aborted = await rejection(listen({ host: '127.0.0.1', signal: controller.signal, driver }))
    assert.equal(aborted.code, 'ABORT_ERR')
  })

  test(`${driver}: 78. a UNIX path is removed on close, and taken over where its server has died`, async () => {
    const path = join(folder, 'server.sock')
    const first = await listen({ path, driver })
    assert.equal((await rejection(listen({ path, driver }))).code, 'EADDRINUSE')
    await first.close()
    assert.equal(existsSync(path), false)
    await python.run('s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(); s.close()', { path })
    assert.equal(existsSync(path), true)
    const second = await listen({ path, driver })
    const accepting = second.accept()
    await python.run('c = socket.socket(socket.AF_UNIX); c.connect(path); c.sendall(b"hello")', { path })
    const conn = await accepting
    assert.equal(Buffer.from((await conn.read()) ?? []).toString(), 'hello')
    await conn.close()
    await second.close()
    await python.run('c.close()')
  })

  test(`${driver}: 78. an ordinary file at the path is never removed`, async () => {
    const path = join(folder, 'precious')
    writeFileSync(path, 'data')
    assert.equal((await rejection(listen({ path, driver }))).code, 'EADDRINUSE')
    assert.equal(existsSync(path), true)
  })
}

test('78. close leaves a path alone that another server has taken over since', async () => {
  const path = join(folder, 'server.sock')
  const first = await listen({ path })
  rmSync(path)
  await using second = await listen({ path })
  await first.close()
  assert.equal(existsSync(path), true)
  assert.ok(!second.closed)
})

test('44. noDelay and keepalive of the listener hold for accepted connections', async () => {
  await using server = await listen({ host: '127.0.0.1', keepAliveSeconds: 77 })
  const accepting = server.accept()
  await connectPython(portOf(server))
  await using conn = await accepting
  assert.equal(conn.socket?.getsockopt(IPPROTO_TCP, TCP_NODELAY), 1)
  assert.equal(conn.socket?.getsockopt(IPPROTO_TCP, TCP_KEEPIDLE), 77)
  await python.run('c.close()')
})

test('abstract names are listened at and leave no file', async () => {
  const path = `\0portolan-listen-${process.pid}`
  await using server = await listen({ path })
  using client = socket(AF_UNIX, SOCK_STREAM)
  await client.connect({ path })
  await (await server.accept()).close()
})

test('wrong options are refused where the caller stands', async () => {
  await assert.rejects(listen({ path: '/tmp/x', port: 1 }), TypeError)
  await assert.rejects(listen({ host: '127.0.0.1', port: 65_536 }), RangeError)
  await assert.rejects(listen({ host: '127.0.0.1', maxConnections: 0 }), RangeError)
  await assert.rejects(listen({ path: join(folder, 'x'.repeat(120)) }), RangeError)
})

test('58, 61. two accepts at two addresses both get the connections that came in the same moment', async () => {
  const how = { backlog: 10, reusePort: false, v6Only: true, noDelay: true, keepAliveSeconds: 0 }
  const kernel = await driverNamed('kernel')
  for (let round = 0; round < 10; round++) {
    const one = await kernel.listen({ host: '127.0.0.1', port: 0 }, how)
    assert.ok('host' in one.localAddress)
    const { port } = one.localAddress
    const two = await kernel.listen({ host: '127.0.0.2', port }, how)
    const joined = new JoinedListeners([one, two])
    const accepts = [joined.accept({ timeout: 2000 }), joined.accept({ timeout: 2000 })]
    const clients = await Promise.all(['127.0.0.1', '127.0.0.2'].map((host) => connect({ host, port })))
    for (const transport of await Promise.all(accepts)) await transport.close()
    for (const client of clients) await client.close()
    await joined.close()
  }
})

test('what waits for a place under the limit keeps the process alive', async () => {
  await using script = new ScriptProcess(
    `import { connect, listen } from '${new URL('../../src/index.ts', import.meta.url).href}'
const server = await listen({ host: '127.0.0.1', maxConnections: 1 })
const client = await connect({ host: '127.0.0.1', port: server.localAddress.port })
const conn = await server.accept()
setTimeout(() => void conn.close().then(() => client.close()), 50).unref()
setTimeout(() => void connect({ host: '127.0.0.1', port: server.localAddress.port }).then((c) => c.close()), 60).unref()
await (await server.accept()).close()
console.log('accepted')
await server.close()`,
  )
  assert.equal((await script.ended).stdout, 'accepted\n')
})

test('serve gives each connection to the handler: it closes, resets and tells, and ends with the listener', async () => {
  await using server = await listen({ host: '127.0.0.1' })
  const port = portOf(server)
  const told: unknown[] = []
  const serving = server.serve(
    async (conn) => {
      const word = Buffer.from((await conn.read()) ?? []).toString()
      if (word === 'fail') throw new Error('told to')
      await conn.write(word)
    },
    { onError: (error) => void told.push(error) },
  )
  await using bad = await connect({ host: '127.0.0.1', port })
  await bad.write('fail')
  assert.equal((await rejection(bad.read())).code, 'ECONNRESET')
  await using good = await connect({ host: '127.0.0.1', port })
  await good.write('word')
  assert.equal(Buffer.from((await good.read()) ?? []).toString(), 'word')
  assert.equal(await good.read(), null)
  assert.equal(told.length, 1)
  assert.equal(await server.drain(), 0)
  await serving
})

test('listen that is aborted while it runs leaves nothing, and drain refuses what is no time', async () => {
  const controller = new AbortController()
  const pending = rejection(listen({ host: '127.0.0.1', signal: controller.signal }))
  controller.abort()
  assert.equal((await pending).code, 'ABORT_ERR')
  await using server = await listen({ host: '127.0.0.1' })
  for (const timeout of [Number.NaN, 30 * 24 * 3600 * 1000])
    await assert.rejects(server.drain({ timeout }), RangeError)
  assert.equal(server.closed, false)
  await assert.rejects(listen({ host: '127.0.0.1', keepAliveSeconds: -5 }), RangeError)
  await assert.rejects(listen({ host: '127.0.0.1', backlog: 1.5 }), RangeError)
  await assert.rejects(Reflect.apply(listen, undefined, [{ driver: 'kernle' }]), TypeError)
})

test('89. an accept that the close of its listener ends says which address it was', async () => {
  for (const driver of drivers) {
    const server = await listen({ host: '127.0.0.1', driver })
    const pending = rejection(server.accept())
    await server.close()
    assert.deepEqual((await pending).local, server.localAddress)
  }
})
