import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect } from '../../src/net/connect.ts'
import { listen } from '../../src/net/listen.ts'
import { listenOnThreads } from '../../src/net/listen-on-threads.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection } from '../socket/rejection.ts'

const ECHO = new URL('./handlers/echo.ts', import.meta.url)

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

function portOf(server: { readonly localAddress: unknown }): number {
  const address = server.localAddress
  assert.ok(typeof address === 'object' && address !== null && 'port' in address)
  assert.ok(typeof address.port === 'number')
  return address.port
}

test('threads share a port, the kernel spreads connections over them, and they end with the server', async () => {
  const server = await listenOnThreads(ECHO, { host: '127.0.0.1', threads: 2 })
  const port = portOf(server)
  const sockets = execFileSync('ss', ['-Htln', `sport = :${port}`], { encoding: 'utf8' })
  assert.equal(sockets.trim().split('\n').length, 2)
  // By a hash of the four-tuple: 64 connections all in one thread have a chance of 2 in 2^64.
  const threads = await python.run(
    `out = []
for _ in range(64):
  s = socket.create_connection(("127.0.0.1", port)); f = s.makefile("rwb", buffering=0)
  out.append(int(f.readline())); s.sendall(b"ping"); assert receive_exactly(s, 4) == b"ping"; f.close(); s.close()`,
    { port },
  )
  assert.ok(Array.isArray(threads))
  assert.equal(new Set(threads).size, 2)
  await server.close()
  assert.equal(execFileSync('ss', ['-Htln', `sport = :${port}`], { encoding: 'utf8' }), '')
})

test('drain lets connections end and resets the rest at the deadline', async () => {
  const server = await listenOnThreads(ECHO, { host: '127.0.0.1', threads: 2 })
  const port = portOf(server)
  await using stays = await connect({ host: '127.0.0.1', port })
  await using ends = await connect({ host: '127.0.0.1', port })
  for (const conn of [stays, ends]) await conn.read()
  const draining = server.drain({ timeout: 400 })
  await ends.write('last words')
  assert.equal(Buffer.from((await ends.read()) ?? []).toString(), 'last words')
  await ends.closeWrite()
  assert.equal(await ends.read(), null)
  assert.equal(await draining, 1)
  assert.equal((await rejection(stays.read())).code, 'ECONNRESET')
})

test('what a handler throws is told, and only its connection is reset', async () => {
  const told: string[] = []
  await using server = await listenOnThreads(ECHO, {
    host: '127.0.0.1',
    threads: 1,
    onError: (error) => void told.push(error.message),
  })
  const port = portOf(server)
  await using good = await connect({ host: '127.0.0.1', port })
  await using bad = await connect({ host: '127.0.0.1', port })
  for (const conn of [good, bad]) await conn.read()
  await bad.write('fail')
  assert.equal((await rejection(bad.read())).code, 'ECONNRESET')
  await good.write('alive')
  assert.equal(Buffer.from((await good.read()) ?? []).toString(), 'alive')
  assert.deepEqual(told, ['told to fail'])
})

test("a port in use and a module without a handler are the caller's errors, and leave no thread", async () => {
  await using taken = await listen({ host: '127.0.0.1' })
  const error = await rejection(listenOnThreads(ECHO, { host: '127.0.0.1', port: portOf(taken), threads: 2 }))
  assert.equal(error.code, 'EADDRINUSE')
  assert.deepEqual(error.local, taken.localAddress)
  const nothing = new URL('../socket/rejection.ts', import.meta.url)
  await assert.rejects(listenOnThreads(nothing, { host: '127.0.0.1', threads: 1 }), TypeError)
  await assert.rejects(listenOnThreads(ECHO, { threads: 0 }), RangeError)
})

const STRAY = new URL('./handlers/stray.ts', import.meta.url)

test('a thread that a stray exception ends gives its share of the port back: others serve every client', async () => {
  const told: string[] = []
  await using server = await listenOnThreads(STRAY, {
    host: '127.0.0.1',
    threads: 2,
    onError: (error) => void told.push(error instanceof Error ? error.message : String(error)),
  })
  const port = portOf(server)
  {
    await using victim = await connect({ host: '127.0.0.1', port })
    await victim.write('throw')
    assert.equal((await rejection(victim.read({ timeout: 5000 }))).code, 'ECONNRESET')
  }
  for (let client = 0; client < 20; client++) {
    await using conn = await connect({ host: '127.0.0.1', port })
    await conn.write('echo')
    assert.equal(Buffer.from((await conn.read({ timeout: 5000 })) ?? []).toString(), 'echo')
  }
  assert.deepEqual(told, ['stray'])
  await server.drain({ timeout: 100 })
  await rejection(connect({ host: '127.0.0.1', port }))
})

test('a failure that cannot cross to another thread is told all the same, and so is one after the close', async () => {
  const told: string[] = []
  await using server = await listenOnThreads(STRAY, {
    host: '127.0.0.1',
    threads: 1,
    onError: (error) => void told.push(error instanceof Error ? error.message : String(error)),
  })
  for (const word of ['uncloneable', 'late']) {
    await using conn = await connect({ host: '127.0.0.1', port: portOf(server) })
    await conn.write(word)
    await conn.read({ timeout: 5000 }).catch(() => null)
  }
  for (let waits = 0; told.length < 2 && waits < 200; waits++) await delay(10)
  assert.deepEqual(told, ['uncloneable', 'late'])
})

test('a module that keeps its thread busy, or ends it, holds nobody up', async () => {
  const busy = new URL('./handlers/busy.ts', import.meta.url)
  const server = await listenOnThreads(busy, { host: '127.0.0.1', threads: 1 })
  await server.drain({ timeout: 50 })
  await assert.rejects(
    listenOnThreads(new URL('./handlers/exits.ts', import.meta.url), { threads: 1 }),
    /ended its thread/,
  )
  // Its thread goes on for as long as its timer does: half a second.
  await delay(600)
})

test('a process that exits while its threads are under load ends with its own status', async () => {
  const file = fileURLToPath(new URL('./handlers/exit-under-load.ts', import.meta.url))
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, [file], {
      stdio: 'inherit',
      timeout: 20_000,
      killSignal: 'SIGKILL',
    })
    assert.deepEqual(await once(child, 'exit'), [7, null])
  }
})
