/** The queue of a listener, as the kernel's own list (ss) tells it, and what becomes of clients that find it full. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { AF_INET, AF_INET6, SOCK_STREAM, SOMAXCONN } from '../../src/sys/constants.ts'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

function bound(family: number, host: string): Socket {
  const server = socket(family, SOCK_STREAM)
  server.bind({ host, port: 0 })
  return server
}

/** Of a listener ss shows the longest queue as Send-Q, and how many wait in it as Recv-Q (ss(8)). */
function queue(server: Socket): { waiting: number; longest: number } {
  const list = execFileSync('ss', ['-Hltn', 'sport', '=', `:${portOf(server)}`], { encoding: 'utf8' })
  const [, waiting, longest] = list.trim().split(/\s+/)
  return { waiting: Number(waiting), longest: Number(longest) }
}

const most = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'))

for (const [name, family, host] of [
  ['IPv4', AF_INET, '127.0.0.1'],
  ['IPv6', AF_INET6, '::1'],
] as const)
  test(`${name}: 59. the kernel has the backlog that it was told, and its own limit where that is less`, () => {
    const asked: readonly (readonly [number | undefined, number])[] = [
      [undefined, Math.min(most, SOMAXCONN)],
      [0, 0],
      [1, 1],
      [7, 7],
      // The kernel takes it as unsigned (__sys_listen in net/socket.c).
      [-1, most],
      [2 ** 31 - 1, most],
    ]
    for (const [backlog, longest] of asked) {
      using server = bound(family, host)
      server.listen(backlog)
      assert.equal(queue(server).longest, longest, `listen(${backlog})`)
    }
  })

test('59. a second listen changes the backlog of a listener with clients in its queue', async () => {
  using server = bound(AF_INET, '127.0.0.1')
  server.listen(5)
  using client = socket(AF_INET, SOCK_STREAM)
  await client.connect(server.getsockname())
  server.listen(9)
  assert.deepEqual(queue(server), { waiting: 1, longest: 9 })
  ;(await server.accept()).client.close()
})

test(
  '59. clients beyond the backlog wait longer, and each has its own dialogue in the end',
  { timeout: 60_000 },
  async () => {
    using server = bound(AF_INET, '127.0.0.1')
    server.listen(3)
    await python.run(
      `import threading
answers = {}
# One after the other: the kernel answers several at a time with SYN cookies, and may reset those (tcp_syncookies).
early = [socket.create_connection(('127.0.0.1', port)) for _ in range(4)]
def dialogue(i):
    s = early.pop() if early else socket.create_connection(('127.0.0.1', port))
    s.sendall(b'client %d ' % i * 1000); s.shutdown(socket.SHUT_WR)
    answers[i] = receive_exactly(s, 1 << 20) == b'client %d ' % i * 2000
    s.close()
threads = [threading.Thread(target=dialogue, args=(i,)) for i in range(6)]
for t in threads: t.start()`,
      { port: portOf(server) },
    )
    // Four fit in: the kernel refuses one more only when there are more than the backlog (sk_acceptq_is_full).
    assert.deepEqual(queue(server), { waiting: 4, longest: 3 })
    const heard = new Set<string>()
    for (let clients = 0; clients < 6; clients++) {
      const { client } = await server.accept({ timeout: 30_000 })
      using each = client
      const parts: Uint8Array[] = []
      for (let part = await each.recv(65_536); part !== null; part = await each.recv(65_536)) parts.push(part)
      const words = Buffer.concat(parts)
      heard.add(words.subarray(0, 9).toString())
      assert.equal(words.byteLength, 9000)
      await each.sendAll(Buffer.concat([words, words]))
    }
    assert.deepEqual(
      [...heard].sort(),
      Array.from({ length: 6 }, (_, i) => `client ${i} `),
    )
    assert.deepEqual(
      await python.run('[t.join() for t in threads]; out = list(answers.values())'),
      Array(6).fill(true),
    )
  },
)
