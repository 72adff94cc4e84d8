/** `kill -9` of a server in the middle of a transfer: its client sees an end or an error, and waits never for ever. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { connect } from '../../src/net/connect.ts'
import type { Connection } from '../../src/net/connection.ts'
import { SocketError } from '../../src/sys/socket-error.ts'
import { Certificates } from '../net/certificates.ts'
import type { ForeignProcess } from '../net/foreign-process.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { BLOCK, ENOUGH, LONG, portolan } from './kill-process.ts'
import { watchProcess } from './trespass.ts'

const certificates = new Certificates()
const folder = mkdtempSync(join(tmpdir(), 'portolan-kill-'))
after(() => {
  certificates[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})
checkLeaks()
watchProcess()

interface Way {
  readonly name: string
  /** Where the server listens, as its program says it. */
  readonly at: string
  dial(port: number): Promise<Connection>
  /** How the end of a process that was killed may look to who reads; null is the end of the stream. */
  readonly ends: readonly (string | null)[]
}

const path = join(folder, 'socket')
const { cert, key } = certificates.server
const tls = { ca: certificates.ca.cert, servername: 'server.test' }

const WAYS: readonly Way[] = [
  {
    name: 'TCP',
    at: `{ host: '127.0.0.1' }`,
    dial: (port) => connect({ host: '127.0.0.1', port }),
    ends: ['ECONNRESET', null],
  },
  {
    name: 'UNIX',
    at: JSON.stringify({ path }),
    dial: () => connect({ path }),
    ends: ['ECONNRESET', null],
  },
  {
    name: 'TLS',
    at: JSON.stringify({ host: '127.0.0.1', tls: { cert, key } }),
    dial: (port) => connect({ host: '127.0.0.1', port, tls }),
    // Never as an end: nobody announced it.
    ends: ['ECONNRESET', 'ERR_TLS_TRUNCATED'],
  },
]

async function serving({ at }: Way, handler: string): Promise<{ server: ForeignProcess; port: number }> {
  const server = portolan(`const server = await listen(${at})
console.log('port', server.localAddress.port ?? 0)
for await (const conn of server) { ${handler} }`)
  const [, port] = await server.until(/port (\d+)/)
  return { server, port: Number(port) }
}

/** Reads so many bytes of the pattern, or to the end. @returns null for the end of the stream, or the code */
async function readOn(conn: Connection, from: number, until = Infinity): Promise<string | null | undefined> {
  try {
    for (let at = from; at < until;) {
      const chunk = await conn.read(LONG)
      if (chunk === null) return null
      assert.ok(
        chunk.every((byte, index) => byte === (at + index) % 251),
        `bytes from ${at} on`,
      )
      at += chunk.length
    }
    return undefined
  } catch (error) {
    if (error instanceof SocketError) return error.code
    throw error
  }
}

for (const way of WAYS)
  describe(`${way.name}: the server is killed`, () => {
    test('31. while it sends', async () => {
      const { server, port } = await serving(way, 'for (;;) await conn.write(block)')
      await using _ = server
      await using conn = await way.dial(port)
      let at = 0
      while (at < ENOUGH) {
        const chunk = await conn.readExactly(251 * 100, LONG)
        assert.ok(chunk)
        at += chunk.length
      }
      const kill = server[Symbol.asyncDispose]()
      const end = await readOn(conn, at)
      assert.ok(end !== undefined && way.ends.includes(end), String(end))
      await kill
    })

    test('34. while it is sent to', async () => {
      const { server, port } = await serving(
        way,
        `let n = 0; for await (const chunk of conn) if ((n += chunk.length) > ${ENOUGH}) console.log('enough')`,
      )
      await using _ = server
      await using conn = await way.dial(port)
      const sending = (async () => {
        for (;;) await conn.write(BLOCK, LONG)
      })().catch((error: unknown) => error)
      await server.until(/enough/)
      await server[Symbol.asyncDispose]()
      const error = await sending
      assert.ok(error instanceof SocketError)
      assert.ok(['EPIPE', 'ECONNRESET', 'ERR_TLS_TRUNCATED'].includes(error.code), error.message)
    })

    test('31. while it reads nothing and says nothing', async () => {
      const { server, port } = await serving(way, `globalThis.held = conn; console.log('there')`)
      await using _ = server
      await using conn = await way.dial(port)
      await server.until(/there/)
      const reading = readOn(conn, 0)
      await server[Symbol.asyncDispose]()
      const end = await reading
      assert.ok(end !== undefined && way.ends.includes(end), String(end))
    })
  })
