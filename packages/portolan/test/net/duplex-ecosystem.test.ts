/** What programs put a net.Socket into takes our Duplex: node:http, http2, tls and https, each on both ends. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import type { Duplex, Readable } from 'node:stream'
import { describe, test } from 'node:test'
import tls from 'node:tls'
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import type { Connection } from '../../src/net/connection.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PAIRS, withPair } from './stream-pairs.ts'

// Loaded in a thread of its own where the environment names some: before the descriptors are counted.
tls.getCACertificates('extra')
checkLeaks()

const PEM = execFileSync(
  'openssl',
  'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout - -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost'.split(
    ' ',
  ),
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
)
/** One text with both: each reader takes its own part. */
const IDENTITY = { key: PEM, cert: PEM }

async function body(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function respond(request: http.ClientRequest): Promise<http.IncomingMessage> {
  const [response] = await once(request, 'response')
  return response
}

function echoServer(): http.Server {
  return http.createServer((request, response) => {
    response.setHeader('x-from', String(request.socket.remoteAddress))
    request.pipe(response)
  })
}

/** When this has resolved, both ends have let go of everything. */
async function untilClosed(...ends: Connection[]): Promise<void> {
  while (ends.some((end) => !end.closed)) await pause(2)
}

for (const { name, make } of PAIRS)
  describe(`over ${name}`, () => {
    test('node:http asks and answers', () =>
      withPair(make, async (one, other) => {
        const server = echoServer()
        server.emit('connection', other.toDuplex())
        const data = randomBytes(3_000_000)
        const request = http.request({
          method: 'POST',
          path: '/echo',
          createConnection: () => one.toDuplex(),
        })
        request.end(data)
        const response = await respond(request)
        assert.equal(response.statusCode, 200)
        assert.deepEqual(await body(response), data)
        await untilClosed(one, other)
        server.close()
      }))

    test('an http server that closes after its answer delivers all of it', () =>
      withPair(make, async (one, other) => {
        const data = randomBytes(2_000_000)
        const server = http.createServer((_request, response) => {
          response.setHeader('connection', 'close')
          response.end(data)
        })
        server.emit('connection', other.toDuplex())
        await one.write('GET / HTTP/1.0\r\n\r\n')
        let head = ''
        for (let line = await one.readLine(); line !== '' && line !== null; line = await one.readLine())
          head += `${line}\n`
        assert.match(head, /^HTTP\/1\.1 200 OK\n/)
        const got = await one.readExactly(data.length)
        assert.equal(got !== null && data.equals(got), true)
        assert.equal(await one.read(), null)
        await untilClosed(other)
        server.close()
      }))

    test('a keep-alive Agent uses it for one request after the other', () =>
      withPair(make, async (one, other) => {
        const server = echoServer()
        server.emit('connection', other.toDuplex())
        let made = 0
        class OneAgent extends http.Agent {
          override createConnection(): Duplex {
            made++
            return one.toDuplex()
          }
        }
        const agent = new OneAgent({ keepAlive: true, maxSockets: 1 })
        for (const text of ['first', 'second', 'third']) {
          const request = http.request({ method: 'POST', agent })
          request.end(text)
          const response = await respond(request)
          assert.equal((await body(response)).toString(), text)
          await turn()
        }
        assert.equal(made, 1)
        assert.equal(one.closed, false)
        agent.destroy()
        await untilClosed(one, other)
        server.close()
      }))

    test('an http server drops a client that stays silent, by the idle timer', () =>
      withPair(make, async (one, other) => {
        const server = http.createServer(() => assert.fail('no request came'))
        server.setTimeout(30)
        // In a pipe nothing else would keep the process alive: idle timers do not.
        const alive = setInterval(() => undefined, 1000)
        try {
          server.emit('connection', other.toDuplex())
          // An end, or a reset.
          await one.read().catch(() => null)
          await untilClosed(other)
        } finally {
          clearInterval(alive)
          server.close()
        }
      }))

    test('http2 speaks both ends, many streams at once', () =>
      withPair(make, async (one, other) => {
        const server = http2.createServer()
        server.on('stream', (stream: http2.ServerHttp2Stream) => {
          stream.respond({ ':status': 200 })
          stream.pipe(stream)
        })
        server.emit('connection', other.toDuplex())
        const session = http2.connect('http://127.0.0.1', { createConnection: () => one.toDuplex() })
        const answers = await Promise.all(
          Array.from({ length: 10 }, async (_, index) => {
            const data = Buffer.alloc(200_000, index)
            const stream = session.request({ ':method': 'POST', ':path': `/${index}` })
            stream.end(data)
            return (await body(stream)).equals(data)
          }),
        )
        assert.ok(answers.every(Boolean))
        session.close()
        await once(session, 'close')
        await untilClosed(one, other)
        server.close()
      }))

    for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
      test(`tls ${version} speaks both ends, with half-close`, () =>
        withPair(make, async (one, other) => {
          const server = new tls.TLSSocket(other.toDuplex(), {
            isServer: true,
            secureContext: tls.createSecureContext({ ...IDENTITY, minVersion: version, maxVersion: version }),
          })
          const client = tls.connect({ socket: one.toDuplex(), servername: 'localhost', ca: [PEM] })
          await once(client, 'secureConnect')
          assert.equal(client.authorized, true)
          assert.equal(client.getProtocol(), version)
          const data = randomBytes(3_000_000)
          server.pipe(server)
          client.end(data)
          const echoed = await body(client)
          assert.equal(
            createHash('sha256').update(echoed).digest('hex'),
            createHash('sha256').update(data).digest('hex'),
          )
          client.destroy()
          server.destroy()
          await untilClosed(one, other)
        }))

    test('tls that is answered by garbage fails by its own error, and lets go', () =>
      withPair(make, async (one, other) => {
        const client = tls.connect({ socket: one.toDuplex(), servername: 'localhost' })
        const failed = once(client, 'error')
        await other.read()
        await other.write('this is no TLS at all, and never was\r\n')
        const [error] = await failed
        assert.match(String(error), /SSL|TLS|EPROTO|wrong version|packet/i)
        await untilClosed(one)
      }))

    test('https speaks both ends', () =>
      withPair(make, async (one, other) => {
        const server = https.createServer(IDENTITY, (_request, response) => void response.end('secret'))
        server.emit('connection', other.toDuplex())
        const client = tls.connect({ socket: one.toDuplex(), servername: 'localhost', ca: [PEM] })
        const request = https.request({ createConnection: () => client })
        request.end()
        const response = await respond(request)
        assert.equal((await body(response)).toString(), 'secret')
        client.destroy()
        await untilClosed(one, other)
        server.close()
      }))
  })
