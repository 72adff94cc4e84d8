/** Any one system call of making sockets fails: nothing is left open, and no file either. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect } from '../../src/net/connect.ts'
import { datagram } from '../../src/net/datagram.ts'
import { listen } from '../../src/net/listen.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { ScriptProcess } from '../socket/script-process.ts'
import { heardBy } from './dialogues-connection.ts'
import { testEveryFault } from './every-fault.ts'
import { EarlyEnd, type Dialogue } from './stage.ts'
import { watchProcess } from './trespass.ts'

const folder = mkdtempSync(join(tmpdir(), 'portolan-faults-'))
after(() => rmSync(folder, { recursive: true }))
checkLeaks()
watchProcess()

/** The folder is empty again, whatever happened. */
function leavingNoFile(dialogue: Dialogue): Dialogue {
  return async (stage) => {
    try {
      await dialogue(stage)
    } finally {
      await stage.end()
      assert.deepEqual(readdirSync(folder), [])
    }
  }
}

const path = join(folder, 'socket')

/** Every option that costs a system call. */
const tcp: Dialogue = async (stage) => {
  const server = stage.own(
    await listen({ host: '127.0.0.1', reusePort: true, keepAliveSeconds: 60, ...heardBy(stage) }),
  )
  assert.ok('port' in server.localAddress)
  const { port } = server.localAddress
  await stage.play(
    async () => {
      const conn = stage.own(await server.accept())
      assert.deepEqual(conn.localAddress, server.localAddress)
      if ((await conn.readExactly(5)) === null) throw new EarlyEnd('of the client')
      conn.reset()
    },
    async () => {
      const own = { host: '127.0.0.1' }
      const conn = stage.own(
        await connect({ host: '127.0.0.1', port, localAddress: own, keepAliveSeconds: 60 }),
      )
      await conn.write('hello')
      // Reset, or ended where that was refused.
      await conn.read().catch(() => undefined)
    },
  )
}

const unix: Dialogue = async (stage) => {
  const server = stage.own(await listen({ path, ...heardBy(stage) }))
  await stage.play(
    async () => {
      const conn = stage.own(await server.accept())
      if ((await conn.readExactly(5)) === null) throw new EarlyEnd('of the client')
      await conn.write('there')
      await conn.close()
    },
    async () => {
      const conn = stage.own(await connect({ path }))
      await conn.write('hello')
      if ((await conn.readExactly(5)) === null) throw new EarlyEnd('of the server')
    },
  )
}

const udp: Dialogue = async (stage) => {
  const server = stage.own(await datagram({ host: '127.0.0.1' }, { receiveBuffer: 100_000, reusePort: true }))
  const { localAddress } = server
  assert.ok('port' in localAddress)
  const client = stage.own(
    await datagram({}, { connect: localAddress, sendBuffer: 100_000, broadcast: true }),
  )
  await stage.play(
    async () => {
      const { data, address } = await server.receive()
      await server.send(data, address)
    },
    async () => {
      await client.send('hello')
      assert.equal(Buffer.from((await client.receive()).data).toString(), 'hello')
    },
  )
}

const unixDatagram: Dialogue = async (stage) => {
  const server = stage.own(await datagram({ path }))
  const client = stage.own(await datagram({ path: `${path}.client` }, { connect: { path } }))
  await stage.play(
    async () => {
      const { data, address } = await server.receive()
      await server.send(data, address)
    },
    async () => {
      await client.send('hello')
      assert.equal(Buffer.from((await client.receive()).data).toString(), 'hello')
    },
  )
}

testEveryFault('52, 57. TCP with every option, and a reset', tcp, 0)
testEveryFault('52, 57. a UNIX path', leavingNoFile(unix), 0)
testEveryFault('52. UDP with every option', udp, 0)
testEveryFault('52. UNIX paths for datagrams', leavingNoFile(unixDatagram), 0)

for (const code of ['EMFILE', 'ENOMEM'])
  test(`epoll_create1 that fails with ${code} ends the call that had to wait; a later one works`, async () => {
    await using script = new ScriptProcess(`
import { readdirSync } from 'node:fs'
import { libc } from '${new URL('../../src/sys/libc.ts', import.meta.url).href}'
import { ERRNO } from '${new URL('../../src/sys/errno.ts', import.meta.url).href}'
const { AF_INET, SOCK_STREAM, socket } = portolan
const open = () => readdirSync('/proc/self/fd').length
const before = open()
const server = socket(AF_INET, SOCK_STREAM)
server.bind({ host: '127.0.0.1', port: 0 }); server.listen()
const { epoll_create1 } = libc
libc.epoll_create1 = () => -ERRNO.${code}
for (let i = 0; i < 2; i++)
  try { await server.accept() } catch (error) { console.log(error.syscall, error.code) }
libc.epoll_create1 = epoll_create1
console.log(open() - before)
const client = socket(AF_INET, SOCK_STREAM)
const [accepted] = await Promise.all([server.accept(), client.connect(server.getsockname())])
for (const each of [accepted.client, client, server]) each.close()
console.log('connected')`)
    assert.deepEqual(await script.ended, {
      code: 0,
      stdout: `epoll_create1 ${code}\nepoll_create1 ${code}\n1\nconnected\n`,
      stderr: '',
    })
  })
