import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptProcess } from './script-process.ts'

/** `collect` drops what nobody refers to and waits for what is said about it. */
const COLLECT = `import v8 from 'node:v8'; import vm from 'node:vm'; import { setTimeout as sleep } from 'node:timers/promises'
v8.setFlagsFromString('--expose-gc'); const gc = vm.runInNewContext('gc')
const collect = async () => { for (let i = 0; i < 5; i++) { await sleep(10); gc() } await sleep(600) }
const { socket, socketpair, fromfd, AF_INET, AF_UNIX, SOCK_STREAM, SOCK_DGRAM } = portolan
const { existsSync } = await import('node:fs'); const open = (fd) => existsSync('/proc/self/fd/' + fd)
process.on('warning', (w) => console.log(w.name, w.code, w.message));
`

async function outputOf(lines: string, environment = ''): Promise<string[]> {
  await using script = new ScriptProcess(`${COLLECT}${lines}`, undefined, environment)
  const { code, stdout } = await script.ended
  assert.equal(code, 0)
  return stdout.trimEnd().split('\n')
}

const WARNING =
  /^ResourceWarning PORTOLAN_SOCKET_LEFT_OPEN A socket from (\w+)\(\) was dropped without close\(\): descriptor (\d+)( at \S+)?( to \S+)? stays open; --trace-warnings shows where it was opened$/

for (const [origin, lines] of [
  [
    'socket',
    `(() => { const s = socket(AF_INET, SOCK_STREAM); s.bind({ host: '127.0.0.1', port: 0 }); console.log(s.fd) })()`,
  ],
  [
    'socketpair',
    `const b = (() => { const [a, b] = socketpair(AF_UNIX, SOCK_STREAM); console.log(a.fd); return b })()`,
  ],
  [
    'accept',
    `const server = socket(AF_INET, SOCK_STREAM); server.bind({ host: '127.0.0.1', port: 0 }); server.listen()
const c = socket(AF_INET, SOCK_STREAM); await c.connect(server.getsockname())
await (async () => { console.log((await server.accept()).client.fd) })()`,
  ],
  ['dup', `const [a, b] = socketpair(AF_UNIX, SOCK_STREAM); (() => console.log(a.dup().fd))()`],
  ['fromfd', `const [a, b] = socketpair(AF_UNIX, SOCK_STREAM); (() => console.log(fromfd(a.detach()).fd))()`],
  [
    'socketpair',
    `const b = await (async () => { const [a, b] = socketpair(AF_UNIX, SOCK_STREAM); console.log(a.fd)
const r = a.recv(1); await b.send('x'); await r; return b })() // the reactor knows a`,
  ],
] as const)
  test(`11. a socket from ${origin} that is dropped while it is open is warned about once, and stays open`, async () => {
    const [fd = '', warning = '', ...rest] = await outputOf(
      `${lines}\nawait collect(); await collect()
const dropped = [...Array(64).keys()].filter(open); console.log(JSON.stringify(dropped))
for (const kept of [typeof b === 'object' && b, typeof a === 'object' && a, typeof c === 'object' && c, typeof server === 'object' && server]) kept && kept.close()`,
    )
    const match = WARNING.exec(warning)
    assert.ok(match, warning)
    assert.deepEqual([match[1], match[2]], [origin, fd])
    assert.equal(rest.length, 1, 'once')
    const stillOpen: unknown = JSON.parse(rest[0] ?? '')
    assert.ok(Array.isArray(stillOpen) && stillOpen.includes(Number(fd)))
  })

test('11. the warning names the addresses, and the descriptor can be taken back and closed', async () => {
  const [port = '', warning = '', taken = ''] = await outputOf(
    `const server = socket(AF_INET, SOCK_STREAM); server.bind({ host: '127.0.0.1', port: 0 }); server.listen()
console.log(server.getsockname().port)
const fd = await (async () => { const c = socket(AF_INET, SOCK_STREAM); await c.connect(server.getsockname()); return c.fd })()
await collect()
using again = fromfd(fd); using accepted = (await server.accept()).client
await again.send('works'); console.log(new TextDecoder().decode(await accepted.recv(9))); server.close()`,
  )
  assert.ok(warning.includes(` to 127.0.0.1:${port} stays open`), warning)
  assert.equal(taken, 'works')
})

test('11. nothing is said of sockets that were closed, detached, or are still in use', async () => {
  const lines = await outputOf(
    `(() => { socket(AF_INET, SOCK_STREAM).close() })();
(() => { using s = socket(AF_INET, SOCK_DGRAM) })()
const fd = (() => socket(AF_INET, SOCK_STREAM).detach())()
const [a, b] = socketpair(AF_UNIX, SOCK_STREAM)
const kept = socket(AF_INET, SOCK_STREAM)
await collect(); console.log('end'); for (const s of [a, b, kept, fromfd(fd)]) s.close()`,
  )
  assert.deepEqual(lines, ['end'])
})

test('11. a call that waits keeps a socket that nobody else refers to; it ends as ever, and then the warning comes', async () => {
  const [before = '', received = '', warning = '', ...rest] = await outputOf(
    `const [receiving, b, fd] = (() => { const [a, b] = socketpair(AF_UNIX, SOCK_STREAM); return [a.recv(9), b, a.fd] })()
let pending = receiving.then((data) => console.log(new TextDecoder().decode(data)))
await collect(); console.log('waiting')
await b.send('data'); await pending; pending = undefined
await collect(); b.close()`,
  )
  assert.deepEqual([before, received], ['waiting', 'data'])
  assert.match(warning, WARNING)
  assert.deepEqual(rest, [])
})

test('11. a dropped socket whose number was closed past it does not disturb the next socket with that number', async () => {
  const lines = await outputOf(
    `const { closeSync } = await import('node:fs'); const [spare, peer] = socketpair(AF_UNIX, SOCK_STREAM)
const fd = await (async () => { const s = socket(AF_UNIX, SOCK_DGRAM); await s.recv(1, { timeout: 1 }).catch(() => {}); return s.fd })()
closeSync(fd)
const next = spare.dup(); console.log(next.fd === fd)
const receiving = next.recv(9, { timeout: 10_000 })
await collect(); await peer.send('undisturbed'); console.log(new TextDecoder().decode(await receiving))
for (const s of [spare, peer, next]) s.close()`,
  )
  assert.deepEqual(lines, ['true', 'undisturb'])
})

test('11. --trace-warnings shows where the socket was opened', async () => {
  await using script = new ScriptProcess(
    `${COLLECT}function openedByThis() { socket(AF_INET, SOCK_STREAM) }
openedByThis(); process.on('warning', (w) => console.log(w.detail)); await collect()`,
    undefined,
    'NODE_OPTIONS=--trace-warnings',
  )
  const { stdout } = await script.ended
  assert.match(stdout, /The socket was opened here\n[^]* at openedByThis /)
})

test('11. a program that ends with sockets open says nothing', async () => {
  await using script = new ScriptProcess(
    `import v8 from 'node:v8'; import vm from 'node:vm'; v8.setFlagsFromString('--expose-gc')
const gc = vm.runInNewContext('gc');
(() => { portolan.socket(portolan.AF_INET, portolan.SOCK_STREAM) })()
await new Promise(setImmediate); gc(); await new Promise(setImmediate); console.log('end')`,
  )
  assert.deepEqual(await script.ended, { code: 0, stdout: 'end\n', stderr: '' })
})

const RIGHTS = `const [a, b] = socketpair(AF_UNIX, SOCK_STREAM); const [c, d] = socketpair(AF_UNIX, SOCK_STREAM)
const pass = async () => { await a.sendmsg('x', { control: [{ kind: 'rights', descriptors: [c.fd] }] }); return b.recvmsg(1) }
`
const END = `await collect(); await collect(); for (const each of [a, b, c, d]) each.close(); console.log('end')`

test('11. a descriptor that a peer sent and nobody took or disposed of is warned about', async () => {
  const [fd = '', warning = '', ...rest] = await outputOf(
    `${RIGHTS}await (async () => { console.log((await pass()).control[0].descriptors[0].fd) })()\n${END}`,
  )
  assert.match(
    warning,
    new RegExp(
      `^ResourceWarning PORTOLAN_SOCKET_LEFT_OPEN A message with a descriptor was dropped without being disposed of: descriptor ${fd} stays open`,
    ),
  )
  assert.deepEqual(rest, ['end'])
})

test('11. nor is anything said of one that was disposed of or taken', async () => {
  const lines = `import { closeSync } from 'node:fs'
${RIGHTS}await (async () => { using message = await pass() })()
await (async () => { closeSync((await pass()).control[0].descriptors[0].take()) })()\n${END}`
  assert.deepEqual(await outputOf(lines), ['end'])
})
