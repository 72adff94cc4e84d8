/** Streams to programs that are not ours: five mebibytes each way, half-close and reset as each of them sees it. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { connect } from '../../src/net/connect.ts'
import type { Connection } from '../../src/net/connection.ts'
import { listen } from '../../src/net/listen.ts'
import type { Listener } from '../../src/net/listener.ts'
import { Certificates } from '../net/certificates.ts'
import { ForeignProcess } from '../net/foreign-process.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import {
  CLIENTS,
  LISTENING,
  Payload,
  SERVERS,
  socatServers,
  whereItListens,
  type At,
} from './foreign-programs.ts'
import { codeOf, LIMIT, readAll, readCount } from './stream-kind.ts'

const payload = new Payload()
const certificates = new Certificates()
after(() => {
  payload[Symbol.dispose]()
  certificates[Symbol.dispose]()
})
checkLeaks()

async function serving(driver: 'kernel' | 'portable', unix = false): Promise<{ server: Listener; at: At }> {
  const path = `${payload.folder}/ours`
  const server = await listen({ ...(unix ? { path } : { host: '127.0.0.1' }), driver })
  const { localAddress: own } = server
  return { server, at: 'host' in own ? { host: own.host, port: own.port } : { path } }
}

/** Sends back so many bytes, as they come. */
async function echo(conn: Connection, count: number): Promise<void> {
  for (let bytes = 0; bytes < count;) {
    const chunk = await conn.read()
    assert.ok(chunk !== null, `the end after ${bytes} bytes`)
    await conn.write(chunk)
    bytes += chunk.byteLength
  }
}

for (const driver of ['kernel', 'portable'] as const) {
  for (const { name, command } of socatServers('EXEC:cat'))
    test(
      `${driver}: 32, 41. ${name} echoes five mebibytes, and ends after our half-close`,
      LIMIT,
      async () => {
        const [at, program = '', ...args] = command(payload.folder)
        await using peer = new ForeignProcess(program, ...args)
        await using conn = await connect({ ...whereItListens(at, await peer.until(LISTENING)), driver })
        const [received] = await Promise.all([
          readCount(conn, payload.bytes.byteLength),
          conn.write(payload.bytes),
        ])
        assert.ok(received.equals(payload.bytes))
        await conn.closeWrite()
        assert.equal(await conn.read(), null)
        await conn.close()
        assert.equal(await peer.end(), 0, peer.output)
      },
    )

  for (const { name, command } of socatServers('EXEC:sha256sum'))
    test(
      `${driver}: 32. ${name} answers with the checksum when our half-close has told it the end`,
      LIMIT,
      async () => {
        const [at, program = '', ...args] = command(payload.folder)
        await using peer = new ForeignProcess(program, ...args)
        await using conn = await connect({ ...whereItListens(at, await peer.until(LISTENING)), driver })
        await conn.write(payload.bytes)
        await conn.closeWrite()
        assert.equal((await readAll(conn)).toString(), `${payload.sha256}  -\n`)
      },
    )

  for (const { name, command } of SERVERS)
    test(
      `${driver}: 32, 41. ${name} listens: five mebibytes each way at once, and an end each way`,
      LIMIT,
      async () => {
        const [at, ...program] = command(payload.folder)
        await using peer = payload.feed(...program)
        await using conn = await connect({ ...whereItListens(at, await peer.until(LISTENING)), driver })
        const [received] = await Promise.all([
          readAll(conn),
          conn.write(payload.bytes).then(() => conn.closeWrite()),
        ])
        assert.ok(received.equals(payload.bytes))
        await conn.close()
        assert.equal(await peer.end(), 0, peer.output)
        assert.equal(payload.received, payload.sha256)
      },
    )

  for (const { name, unix, command } of CLIENTS)
    test(
      `${driver}: 32, 41. ${name} sends five mebibytes, ends its direction and gets them back`,
      LIMIT,
      async () => {
        const { server, at } = await serving(driver, unix)
        await using _ = server
        await using client = payload.feed(...command(at))
        await using conn = await server.accept({ timeout: 10_000 })
        // The loop ends by the client's half-close alone: the client is still there for the answer.
        const received = await readAll(conn)
        assert.ok(received.equals(payload.bytes))
        await conn.write(received)
        await conn.close()
        assert.equal(await client.end(), 0, client.output)
        assert.equal(payload.received, payload.sha256)
      },
    )

  for (const { name, unix, command } of CLIENTS.filter((client) => !client.unix))
    test(`${driver}: 31, 36. ${name} sees our reset as ECONNRESET`, LIMIT, async () => {
      const { server, at } = await serving(driver, unix)
      await using _ = server
      const [program = '', ...args] = command(at)
      await using client = new ForeignProcess(program, ...args)
      await using conn = await server.accept({ timeout: 10_000 })
      client.write('hello\n')
      assert.equal((await readCount(conn, 6)).toString(), 'hello\n')
      conn.reset()
      await client.until(/Connection reset by peer/)
    })

  test(
    `${driver}: 31, 36. socat killed with something unread is ECONNRESET here, after what it sent`,
    LIMIT,
    async () => {
      const { server, at } = await serving(driver)
      await using _ = server
      assert.ok('port' in at)
      // -u: it sends what it is given and reads nothing.
      await using client = new ForeignProcess('socat', '-u', '-', `TCP:${at.host}:${at.port}`)
      await using conn = await server.accept({ timeout: 10_000 })
      client.write('hello\n')
      assert.equal((await readCount(conn, 1)).toString(), 'h')
      await conn.write('unread')
      await client[Symbol.asyncDispose]()
      assert.equal((await readCount(conn, 5)).toString(), 'ello\n')
      assert.equal(await codeOf(conn.read()), 'ECONNRESET')
    },
  )

  for (const secure of [false, true]) {
    const scheme = secure ? 'https' : 'http'

    const request = async (
      work: (conn: Connection, curl: ForeignProcess) => Promise<void>,
    ): Promise<void> => {
      const tls = secure ? { cert: certificates.server.cert, key: certificates.server.key } : undefined
      await using server = await listen({ host: '127.0.0.1', driver, tls })
      const { localAddress: own } = server
      assert.ok('port' in own)
      const url = `${scheme}://127.0.0.1:${own.port}/`
      const options = ['-sS', '--http1.1', '--noproxy', '*', '--cacert', certificates.ca.certFile]
      await using curl = payload.feed('curl', ...options, '-H', 'Expect:', '--data-binary', '@-', url)
      await using conn = await server.accept({ timeout: 10_000 })
      await conn.readUntil('\r\n\r\n')
      assert.ok(
        (await conn.readExactly(payload.bytes.byteLength))?.every((byte, i) => byte === payload.bytes[i]),
      )
      await work(conn, curl)
    }

    test(
      `${driver}: 32, 41. curl posts five mebibytes by ${scheme} and reads them back until our end`,
      LIMIT,
      () =>
        request(async (conn, curl) => {
          await conn.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
          await conn.write(payload.bytes)
          // No Content-Length: the body ends where the stream does.
          await conn.closeWrite()
          assert.equal(await curl.end(), 0, curl.output)
          assert.equal(payload.received, payload.sha256)
          assert.equal(await conn.read(), null)
        }),
    )

    test(`${driver}: 36. curl by ${scheme} fails with our reset in the middle of an answer`, LIMIT, () =>
      request(async (conn, curl) => {
        await conn.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of')
        conn.reset()
        // CURLE_RECV_ERROR
        assert.equal(await curl.end(), 56, curl.output)
      }),
    )
  }

  for (const version of ['tls1_2', 'tls1_3']) {
    const shaken = async (
      more: readonly string[],
      work: (conn: Connection, client: ForeignProcess) => Promise<void>,
    ): Promise<void> => {
      const { cert, key } = certificates.server
      await using server = await listen({ host: '127.0.0.1', driver, tls: { cert, key } })
      const { localAddress: own } = server
      assert.ok('port' in own)
      const options = [
        '-connect',
        `127.0.0.1:${own.port}`,
        `-${version}`,
        '-CAfile',
        certificates.ca.certFile,
      ]
      await using client = payload.feed(
        'openssl',
        's_client',
        '-quiet',
        '-verify_return_error',
        ...options,
        ...more,
      )
      await using conn = await server.accept({ timeout: 10_000 })
      await work(conn, client)
    }

    test(
      `${driver}: 32, 41. openssl s_client (${version}) has five mebibytes echoed, and ends at our close_notify`,
      LIMIT,
      () =>
        shaken([], async (conn, client) => {
          // It writes what it gets while it sends, so that neither direction may wait for the other.
          await echo(conn, payload.bytes.byteLength)
          await conn.closeWrite()
          assert.equal(await client.end(), 0, client.output)
          assert.equal(payload.received, payload.sha256)
        }),
    )

    test(
      `${driver}: 32. openssl s_client (${version}) ends its direction by close_notify, which is our end`,
      LIMIT,
      () =>
        shaken(['-no_ign_eof', '-nocommands'], async (conn) => {
          assert.ok((await readAll(conn)).equals(payload.bytes))
        }),
    )

    test(`${driver}: 36. openssl s_client (${version}) sees our reset`, LIMIT, () =>
      shaken([], async (conn, client) => {
        await readCount(conn, payload.bytes.byteLength)
        conn.reset()
        assert.notEqual(await client.end(), 0)
        assert.match(client.output, /errno=104|Connection reset by peer/)
      }),
    )
  }
}
