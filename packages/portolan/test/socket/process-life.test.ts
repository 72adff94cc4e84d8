import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { AF_INET, SOCK_STREAM } from '../../src/sys/constants.ts'
import { socket } from '../../src/socket/open.ts'
import { checkLeaks, openDescriptors } from './leak-check.ts'
import { ScriptProcess } from './script-process.ts'

checkLeaks()

const LISTENING = `const { socket, AF_INET, SOCK_STREAM } = portolan
const server = socket(AF_INET, SOCK_STREAM)
server.bind({ host: '127.0.0.1', port: 0 }); server.listen()
`

for (const [name, lines] of [
  ['a listener on which nothing waits', ''],
  [
    'a connection on which nothing waits',
    'const c = socket(AF_INET, SOCK_STREAM); await c.connect(server.getsockname())',
  ],
  ['a pending accept that was closed', 'const p = server.accept().catch(() => {}); server.close(); await p'],
  ['a pending accept that timed out', 'await server.accept({ timeout: 20 }).catch(() => {})'],
  [
    'a pending accept that was aborted',
    'const a = new AbortController(); const p = server.accept({ signal: a.signal }).catch(() => {}); a.abort(); await p',
  ],
] as const)
  test(`16. ${name} lets the process end`, async () => {
    await using script = new ScriptProcess(`${LISTENING}${lines}\nconsole.log('last line')`)
    assert.deepEqual(await script.ended, { code: 0, stdout: 'last line\n', stderr: '' })
  })

test('16. a pending accept keeps the process alive until it has its client', async () => {
  await using script = new ScriptProcess(
    `${LISTENING}console.log(server.getsockname().port); const { client } = await server.accept()
console.log((await client.recv(10)).length)`,
  )
  const port = Number(await script.firstLine())
  await sleep(200)
  using client = socket(AF_INET, SOCK_STREAM)
  await client.connect({ host: '127.0.0.1', port })
  await sleep(200)
  await client.send('hello')
  const { code, stdout } = await script.ended
  assert.deepEqual([code, stdout], [0, `${port}\n5\n`])
})

test('56. out of descriptors: socket, socketpair and accept say EMFILE; the listener and its client survive it', async () => {
  await using script = new ScriptProcess(
    `${LISTENING}const { socketpair, AF_UNIX } = portolan
const codes = []
const code = async (call) => { try { await call(); codes.push('none') } catch (e) { codes.push(e.syscall + ' ' + e.code) } }
const client = socket(AF_INET, SOCK_STREAM)
await client.connect(server.getsockname())
const hoard = []
for (;;) { try { hoard.push(socket(AF_INET, SOCK_STREAM)) } catch (e) { codes.push(e.syscall + ' ' + e.code); break } }
await code(() => socketpair(AF_UNIX, SOCK_STREAM))
await code(() => server.accept())
await code(() => server.accept())
await code(() => server.tryAccept())
hoard.pop().close()
const accepted = (await server.accept()).client
await accepted.send('hello')
console.log(JSON.stringify([...codes, new TextDecoder().decode(await client.recv(10)), hoard.length > 10]))`,
    64,
  )
  const { code, stdout, stderr } = await script.ended
  assert.equal(stderr, '')
  assert.deepEqual(JSON.parse(stdout), [
    'socket EMFILE',
    'socketpair EMFILE',
    'accept EMFILE',
    'accept EMFILE',
    'accept EMFILE',
    'hello',
    true,
  ])
  assert.equal(code, 0)
})

// The driver watches b; nobody reads what comes for it, so its event is still there when the thread is taken down.
const UNREAD = `const { socketpair, AF_UNIX, SOCK_STREAM } = portolan
const [a, b] = socketpair(AF_UNIX, SOCK_STREAM)
const first = b.recv(1); await a.send('x'); await first
a.trySend('y')
`

for (const [name, lines, code] of [
  ['the end of the program', '', 0],
  ['process.exit', 'process.exit(3)', 3],
  [
    'an exit handler that closes sockets on which calls wait',
    `b.recv(1); a.recv(1).catch(() => {}); process.on('exit', () => { a.close(); b.close() }); process.exit(4)`,
    4,
  ],
] as const)
  test(`a process with an event that nobody took ends cleanly by ${name}`, async () => {
    await using script = new ScriptProcess(`${UNREAD}${lines}`)
    assert.deepEqual(await script.ended, { code, stdout: '', stderr: '' })
  })

test('35. writing to a peer that is gone is an error of the call; the process lives', async () => {
  await using script = new ScriptProcess(
    `const { socketpair, AF_UNIX, SOCK_STREAM, SOCK_DGRAM } = portolan
for (const how of ['send', 'sendAll', 'trySend']) {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM); b.close()
  try { await a[how]('x') } catch (e) { console.log(e.code) }
  a.close()
}`,
  )
  assert.deepEqual(await script.ended, { code: 0, stdout: 'EPIPE\nEPIPE\nEPIPE\n', stderr: '' })
})

test('sockets work in a worker thread, and a worker that has ended leaves no descriptor behind', async () => {
  const before = openDescriptors().size
  for (let round = 0; round < 3; round++) {
    const worker = new Worker(
      `import { parentPort } from 'node:worker_threads'
import { socket, AF_INET, SOCK_STREAM } from '${new URL('../../src/socket.ts', import.meta.url).href}'
const server = socket(AF_INET, SOCK_STREAM)
server.bind({ host: '127.0.0.1', port: 0 }); server.listen()
const client = socket(AF_INET, SOCK_STREAM)
const accepting = server.accept()
await client.connect(server.getsockname())
const { client: accepted } = await accepting
const receiving = client.recv(10)
await accepted.send('worker')
parentPort.postMessage(new TextDecoder().decode(await receiving))
for (const open of [server, client, accepted]) open.close()`,
      { eval: true },
    )
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    worker.on('error', reject)
    worker.once('message', resolve)
    const exited = once(worker, 'exit')
    assert.equal(await promise, 'worker')
    await exited
    assert.equal(openDescriptors().size, before)
  }
})

test('16. a worker that ends with open sockets gives their descriptors back: its port refuses connections', async () => {
  const before = openDescriptors().size
  const worker = new Worker(
    `import { parentPort } from 'node:worker_threads'
import { socket, AF_INET, SOCK_STREAM } from '${new URL('../../src/socket.ts', import.meta.url).href}'
const server = socket(AF_INET, SOCK_STREAM)
server.bind({ host: '127.0.0.1', port: 0 }); server.listen()
globalThis.kept = server
parentPort.postMessage(server.getsockname().port)`,
    { eval: true },
  )
  const exited = once(worker, 'exit')
  const [port]: unknown[] = await once(worker, 'message')
  await exited
  assert.ok(typeof port === 'number')
  using client = socket(AF_INET, SOCK_STREAM)
  await assert.rejects(client.connect({ host: '127.0.0.1', port }), { code: 'ECONNREFUSED' })
  client.close()
  assert.equal(openDescriptors().size, before)
})
