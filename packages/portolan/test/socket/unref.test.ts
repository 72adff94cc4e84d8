import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptProcess } from './script-process.ts'

const LISTENING = `const { socket, socketpair, AF_INET, AF_UNIX, SOCK_STREAM } = portolan
const server = socket(AF_INET, SOCK_STREAM)
server.bind({ host: '127.0.0.1', port: 0 }); server.listen()
`

for (const [name, lines] of [
  ['a pending accept of an unreferenced listener', 'server.unref(); server.accept()'],
  ['an accept that was pending before unref', 'server.accept(); server.unref()'],
  [
    'several calls that wait in both directions',
    `const [a, b] = socketpair(AF_UNIX, SOCK_STREAM)
while (a.trySend(new Uint8Array(65536)) !== undefined); a.recv(1); a.recv(1); a.sendAll('x'); a.unref(); server.accept(); server.unref()`,
  ],
  ['a timeout of a call on an unreferenced socket', 'server.unref(); server.accept({ timeout: 60_000 })'],
  ['a timeout that was running before unref', 'server.accept({ timeout: 60_000 }); server.unref()'],
  ['a deadline set before unref', 'server.setDeadline(60_000); server.accept(); server.unref()'],
  ['a deadline set after unref', 'server.unref(); server.accept(); server.setDeadline(60_000)'],
  ['unref, ref, unref', 'server.accept(); server.unref().ref().unref()'],
  ['ref on a socket on which nothing waits', 'server.unref(); server.ref()'],
] as const)
  test(`16. ${name}: the process ends`, async () => {
    await using script = new ScriptProcess(`${LISTENING}${lines}\nconsole.log('last line')`)
    assert.deepEqual(await script.ended, { code: 0, stdout: 'last line\n', stderr: '' })
  })

for (const [name, lines] of [
  ['ref', 'server.unref(); server.ref()'],
  ['ref while the call waits', 'server.unref(); setImmediate(() => server.ref())'],
  ['twice unref and once ref, which count once each', 'server.unref().unref().ref()'],
] as const)
  test(`16. after ${name} a pending accept keeps the process until it has its client`, async () => {
    await using script = new ScriptProcess(
      `${LISTENING}const accepting = server.accept().then(({ client }) => { client.close(); server.close(); console.log('accepted') })
${lines}
const at = server.getsockname()
setTimeout(async () => { using c = socket(AF_INET, SOCK_STREAM); await c.connect(at) }, 100).unref()`,
    )
    assert.deepEqual(await script.ended, { code: 0, stdout: 'accepted\n', stderr: '' })
  })

test('16. a call on an unreferenced socket goes on while something else keeps the process', async () => {
  await using script = new ScriptProcess(
    `${LISTENING}server.unref()
const [a, b] = socketpair(AF_UNIX, SOCK_STREAM)
a.unref(); const receiving = a.recv(9, { timeout: 20_000 })
const busy = setInterval(() => {}, 50)
setTimeout(() => b.send('data'), 50)
console.log(new TextDecoder().decode(await receiving))
const late = await a.recv(9, { timeout: 20 }).catch((e) => e.code); console.log(late)
clearInterval(busy); for (const s of [a, b, server]) s.close()`,
  )
  assert.deepEqual(await script.ended, { code: 0, stdout: 'data\nERR_SOCKET_TIMEOUT\n', stderr: '' })
})
