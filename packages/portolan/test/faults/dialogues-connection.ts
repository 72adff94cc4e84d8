/** What programs say to each other by connections. */
import assert from 'node:assert/strict'
import { connect } from '../../src/net/connect.ts'
import type { Connection } from '../../src/net/connection.ts'
import { kernelDriver } from '../../src/net/kernel-driver.ts'
import { JoinedListeners } from '../../src/net/joined-listeners.ts'
import { listen } from '../../src/net/listen.ts'
import { Listener, type ListenerOptions } from '../../src/net/listener.ts'
import type { SocketAddress } from '../../src/sys/socket-address.ts'
import { SocketError } from '../../src/sys/socket-error.ts'
import { pattern } from '../net/stream-pairs.ts'
import { EarlyEnd, type Stage } from './stage.ts'

function portOf(address: SocketAddress): number {
  assert.ok('port' in address)
  return address.port
}

/** Options of a listener whose failures the stage hears of. */
export function heardBy(stage: Stage): ListenerOptions {
  return { onError: (error) => void stage.overcome.push(error) }
}

/** A name with both families, IPv6 first; what is at neither of them fails at once, so that no timer decides. */
async function dial(stage: Stage, port: number): Promise<Connection> {
  const lookup = (): Promise<string[]> => Promise.resolve(['::1', '127.0.0.1'])
  return stage.own(await connect({ host: 'server.test', port, lookup, attemptDelay: 2000 }))
}

const ROUNDS = 3

/** Lines, each side in its turn, and at last the end of both. */
async function ask(conn: Connection, size: number): Promise<void> {
  for (let i = 0; i < ROUNDS; i++) {
    await conn.write(`question ${i} ${'?'.repeat(size)}\r\n`)
    const line = await conn.readLine()
    if (line === null) throw new EarlyEnd('in place of an answer')
    assert.equal(line, `answer ${i} ${'!'.repeat(size)}`)
  }
  await conn.closeWrite()
  assert.equal(await conn.readLine(), null)
  await conn.close()
}

/** @returns false where the client was gone before it asked anything, as one is whose connect failed at its end */
async function answer(conn: Connection, size: number): Promise<boolean> {
  for (let i = 0; i < ROUNDS; i++) {
    const line = await conn.readLine()
    if (line === null && i === 0) return false
    if (line === null) throw new EarlyEnd('in place of a question')
    assert.equal(line, `question ${i} ${'?'.repeat(size)}`)
    await conn.write(`answer ${i} ${'!'.repeat(size)}\n`)
  }
  assert.equal(await conn.readLine(), null)
  await conn.close()
  return true
}

async function serveOne(stage: Stage, server: Listener): Promise<void> {
  for await (const conn of server) {
    stage.own(conn)
    if (await answer(conn, stage.size)) return
    await conn.close()
  }
  throw new EarlyEnd('of the listener')
}

/** Only IPv4 is there: the attempt over IPv6 is refused first. */
export async function secondAddress(stage: Stage): Promise<void> {
  const server = stage.own(await listen({ host: '127.0.0.1', ...heardBy(stage) }))
  await stage.play(
    () => serveOne(stage, server),
    async () => ask(await dial(stage, portOf(server.localAddress)), stage.size),
  )
}

/** Both are there, behind one listener: when one attempt fails the other may still win. */
export async function bothAddresses(stage: Stage): Promise<void> {
  const server = stage.own(await listenAtBoth(stage))
  await stage.play(
    () => serveOne(stage, server),
    async () => ask(await dial(stage, portOf(server.localAddress)), stage.size),
  )
}

const HOW = { backlog: 100, reusePort: false, v6Only: true, noDelay: true, keepAliveSeconds: 30 }

async function listenAtBoth(stage: Stage): Promise<Listener> {
  for (let attempt = 1; ; attempt++) {
    const six = await kernelDriver.listen({ host: '::1', port: 0 }, HOW)
    try {
      const port = portOf(six.localAddress)
      const four = await kernelDriver.listen({ host: '127.0.0.1', port }, HOW)
      return new Listener(new JoinedListeners([six, four]), heardBy(stage))
    } catch (error) {
      await six.close()
      // Another program has the port over IPv4.
      const taken = error instanceof SocketError && error.code === 'EADDRINUSE'
      if (!taken || attempt === 10) throw error
    }
  }
}

/** Two may be open, four come: each is served in its turn, and the drain waits for the last ones. */
export async function limitAndDrain(stage: Stage): Promise<void> {
  const server = stage.own(await listen({ host: '127.0.0.1', maxConnections: 2, ...heardBy(stage) }))
  const port = portOf(server.localAddress)
  const clients = 4
  const serving: Promise<boolean>[] = []
  await stage.play(
    async () => {
      while (serving.length < clients) {
        const conn = stage.own(await server.accept())
        assert.ok(server.connections <= 2)
        const served = answer(conn, stage.size)
        serving.push(served)
        // Heard below; until then it must not count as unheard.
        served.catch(() => undefined)
      }
      const draining = server.drain()
      for (const served of await Promise.all(serving)) if (!served) throw new EarlyEnd('of a client')
      assert.equal(await draining, 0)
      assert.equal(server.connections, 0)
    },
    ...Array.from({ length: clients }, () => async () => {
      const conn = stage.own(await connect({ host: '127.0.0.1', port }))
      await ask(conn, stage.size)
    }),
  )
}

/** One may be open: the other is reset and told, and a drain without patience resets the one that stays. */
export async function resetAndDrain(stage: Stage): Promise<void> {
  const turnedAway = Promise.withResolvers<void>()
  const server = stage.own(
    await listen({
      host: '127.0.0.1',
      maxConnections: 1,
      whenFull: 'reset',
      onReset: () => turnedAway.resolve(),
      ...heardBy(stage),
    }),
  )
  const port = portOf(server.localAddress)
  const content = pattern(stage.size)
  const welcomed = Promise.withResolvers<void>()
  stage.own({
    close: () => {
      turnedAway.resolve()
      welcomed.resolve()
    },
  })
  await stage.play(
    async () => {
      const conn = stage.own(await server.accept())
      await conn.write(content)
      welcomed.resolve()
      const next = server.accept().catch((error: unknown) => error)
      await turnedAway.promise
      // A reset overtakes what was not read yet (RFC 9293, section 3.10.7): the client has to have it.
      if ((await conn.readExactly(1)) === null) throw new EarlyEnd('in place of the receipt')
      assert.ok((await server.drain({ timeout: 0 })) <= 1)
      const ended = await next
      if (!(ended instanceof SocketError)) throw new EarlyEnd('none was turned away')
      if (ended.code !== 'ERR_SOCKET_CLOSED') throw ended
    },
    async () => {
      const conn = stage.own(await connect({ host: '127.0.0.1', port }))
      const heard = await conn.readExactly(content.length)
      if (heard === null) throw new EarlyEnd('in place of the content')
      assert.deepEqual(heard, content)
      await conn.write('.')
      await endOf(conn)
    },
    async () => {
      await welcomed.promise
      const conn = stage.own(await connect({ host: '127.0.0.1', port }))
      await endOf(conn)
    },
  )
}

/** Nothing comes but the end, orderly or by reset. */
async function endOf(conn: Connection): Promise<void> {
  try {
    assert.equal(await conn.read(), null)
  } catch (error) {
    if (!(error instanceof SocketError) || error.code !== 'ECONNRESET') throw error
  }
}
