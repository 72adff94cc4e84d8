/** `kill -9` of clients in the middle of a transfer: the server hears of each, and its other connections go on. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { connect } from '../../src/net/connect.ts'
import type { Connection } from '../../src/net/connection.ts'
import { listen } from '../../src/net/listen.ts'
import { SocketError } from '../../src/sys/socket-error.ts'
import { Certificates } from '../net/certificates.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { BLOCK, ENOUGH, LONG, portolan } from './kill-process.ts'
import { watchProcess } from './trespass.ts'

const certificates = new Certificates()
after(() => certificates[Symbol.dispose]())
checkLeaks()
watchProcess()

const { cert, key } = certificates.server
const tls = { ca: certificates.ca.cert, servername: 'server.test' }

/** What a client says first: that it sends without end, that it reads without end, or that it wants its lines back. */
type Role = 'sends' | 'reads' | 'echo'

/** @returns how it ended: null for the end of the stream, or a code */
async function serve(conn: Connection, role: string): Promise<string | null> {
  try {
    if (role === 'reads') for (;;) await conn.write(BLOCK, LONG)
    if (role === 'sends') while ((await conn.read(LONG)) !== null);
    else for await (const line of conn.lines()) await conn.write(`${line}\n`)
    return null
  } catch (error) {
    if (error instanceof SocketError) return error.code
    throw error
  } finally {
    await conn.close()
  }
}

async function echo(conn: Connection, text: string): Promise<void> {
  await conn.write(`${text}\n`)
  assert.equal(await conn.readLine(LONG), text)
}

/** Says its role, does as it said, and tells when it is in the middle. */
function client(role: Role, options: string): ReturnType<typeof portolan> {
  return portolan(`const conn = await connect(${options})
await conn.write('${role}\\n')
let count = 0
const counted = (n) => { if ((count += n) > ${ENOUGH}) console.log('enough') }
if ('${role}' === 'sends') for (;;) { await conn.write(block); counted(block.length) }
for await (const chunk of conn) counted(chunk.length)`)
}

for (const secure of [false, true])
  test(`31, 34. ${secure ? 'TLS' : 'TCP'}: clients are killed, and the others go on`, async () => {
    await using server = await listen({ host: '127.0.0.1', ...(secure ? { tls: { cert, key } } : {}) })
    assert.ok('port' in server.localAddress)
    const to = { host: '127.0.0.1', port: server.localAddress.port, ...(secure ? { tls } : {}) }
    const ends: { role: string; end: Promise<string | null> }[] = []
    const endOf = (role: Role) => ends.find((one) => one.role === role)?.end
    const accepting = (async () => {
      for await (const conn of server) {
        const role = await conn.readLine(LONG)
        assert.ok(role)
        ends.push({ role, end: serve(conn, role) })
      }
    })()
    await using sender = client('sends', JSON.stringify(to))
    await using reader = client('reads', JSON.stringify(to))
    await using other = await connect(to)
    await echoing(other)
    await Promise.all([sender.until(/enough/), reader.until(/enough/)])
    const kills = [sender[Symbol.asyncDispose](), reader[Symbol.asyncDispose]()]
    for (let i = 0; i < 20; i++) await echo(other, `meanwhile ${i}`)
    const [sent, read] = await Promise.all([endOf('sends'), endOf('reads')])
    // An end by TLS would have been announced.
    assert.ok([secure ? 'ERR_TLS_TRUNCATED' : null, 'ECONNRESET'].includes(sent ?? null), String(sent))
    assert.ok(['EPIPE', 'ECONNRESET', 'ERR_TLS_TRUNCATED'].includes(String(read)), String(read))
    await Promise.all(kills)
    await echo(other, 'after')
    assert.equal(server.connections, 1)
    await using late = await connect(to)
    await echoing(late)
    await Promise.all([server.close(), other.close(), late.close()])
    await accepting
    await Promise.all(ends.map(({ end }) => end))
  })

async function echoing(conn: Connection): Promise<void> {
  await conn.write('echo\n')
  await echo(conn, 'before')
}
