/** What programs say to each other by TLS over sockets. */
import assert from 'node:assert/strict'
import { connect } from '../../src/net/connect.ts'
import type { Connection } from '../../src/net/connection.ts'
import { listen } from '../../src/net/listen.ts'
import type { Listener } from '../../src/net/listener.ts'
import type { Certificates } from '../net/certificates.ts'
import { pattern } from '../net/stream-pairs.ts'
import { heardBy } from './dialogues-connection.ts'
import { EarlyEnd, type Dialogue, type Stage } from './stage.ts'

/** The whole content, then the end that the other side announced. */
async function expectContent(conn: Connection, content: Uint8Array): Promise<void> {
  const heard = await conn.readExactly(content.length)
  if (heard === null) throw new EarlyEnd('in place of the content')
  assert.deepEqual(heard, content)
  assert.equal(await conn.read(), null)
}

function portOf(server: Listener): number {
  assert.ok('port' in server.localAddress)
  return server.localAddress.port
}

async function ask(stage: Stage, certificates: Certificates, port: number): Promise<void> {
  const tls = { ca: certificates.ca.cert, servername: 'server.test' }
  const conn = stage.own(await connect({ host: '127.0.0.1', port, tls }))
  await conn.write(pattern(stage.size))
  await conn.closeWrite()
  await expectContent(conn, pattern(stage.size).reverse())
  await conn.close()
}

async function answer(conn: Connection, size: number): Promise<void> {
  await expectContent(conn, pattern(size))
  await conn.write(pattern(size).reverse())
  await conn.closeWrite()
  await conn.close()
}

/** The listener shakes hands. */
export function tlsListener(certificates: Certificates): Dialogue {
  return async (stage) => {
    const { cert, key } = certificates.server
    const server = stage.own(await listen({ host: '127.0.0.1', tls: { cert, key }, ...heardBy(stage) }))
    await stage.play(
      async () => answer(stage.own(await server.accept()), stage.size),
      () => ask(stage, certificates, portOf(server)),
    )
  }
}

/** The connection is upgraded by its server, as after STARTTLS. */
export function tlsUpgrade(certificates: Certificates): Dialogue {
  return async (stage) => {
    const { cert, key } = certificates.server
    const server = stage.own(await listen({ host: '127.0.0.1', ...heardBy(stage) }))
    await stage.play(
      async () => {
        // What is left of it, closed by whoever upgraded it.
        const plain = await server.accept()
        await answer(stage.own(await plain.upgradeTls({ isServer: true, cert, key })), stage.size)
      },
      () => ask(stage, certificates, portOf(server)),
    )
  }
}
