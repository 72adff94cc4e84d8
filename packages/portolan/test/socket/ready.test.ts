import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { socket, socketpair } from '../../src/socket/open.ts'
import { AF_INET, AF_UNIX, SOCK_STREAM } from '../../src/sys/constants.ts'
import { checkLeaks } from './leak-check.ts'
import { rejection } from './rejection.ts'

checkLeaks()

test('waitReadable waits for data, takes none, and comes at once while some is there', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const waiting = one.waitReadable()
  assert.equal(await Promise.race([waiting, delay(30, 'waits')]), 'waits')
  await other.send('data')
  await waiting
  await one.waitReadable({ timeout: 2000 })
  assert.equal(one.tryRecv(10)?.length, 4)
  assert.equal((await rejection(one.waitReadable({ timeout: 20 }))).code, 'ERR_SOCKET_TIMEOUT')
})

test('waitReadable of TCP comes after a short read only with new data, with the end, and for a listener', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  const ready = server.waitReadable()
  using client = socket(AF_INET, SOCK_STREAM)
  await client.connect(server.getsockname())
  await ready
  const accepted = server.tryAccept()
  assert.ok(accepted)
  await client.send('short')
  assert.equal((await accepted.client.recv(100))?.length, 5)
  const waiting = accepted.client.waitReadable()
  assert.equal(await Promise.race([waiting, delay(30, 'waits')]), 'waits')
  client.close()
  await waiting
  assert.equal(accepted.client.tryRecv(1), null)
  const pending = rejection(server.waitReadable())
  server.close()
  assert.equal((await pending).code, 'ERR_SOCKET_CLOSED')
  accepted.client.close()
})

test('waitWritable waits for room', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  await one.waitWritable({ timeout: 2000 })
  while (one.trySend(new Uint8Array(65_536)) !== undefined);
  const waiting = one.waitWritable()
  assert.equal(await Promise.race([waiting, delay(30, 'waits')]), 'waits')
  while (other.tryRecv(65_536) !== undefined);
  await waiting
  assert.ok((one.trySend('x') ?? 0) > 0)
})
