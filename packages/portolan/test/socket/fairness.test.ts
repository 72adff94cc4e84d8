/** A peer that always has more keeps nobody else from their turn. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_WAITALL,
  SOCK_DGRAM,
  SOCK_STREAM,
} from '../../src/sys/constants.ts'
import { libc } from '../../src/sys/libc.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

/** So many calls in a row succeed at once; then the flood ends, so that a starved test fails instead of hanging. */
const FLOOD = 300_000

async function until(ended: () => boolean, call: () => Promise<unknown>): Promise<void> {
  while (!ended()) await call().catch(() => undefined)
}

const FLOODS: readonly (readonly [
  string,
  'recv' | 'recvfrom' | 'send',
  (flood: Socket) => Promise<unknown>,
])[] = [
  ['recv', 'recv', (flood) => flood.recv(1)],
  ['recvInto', 'recv', (flood) => flood.recvInto(new Uint8Array(1))],
  ['recvfrom', 'recvfrom', (flood) => flood.recvfrom(1)],
  ['recv with MSG_WAITALL of much', 'recv', (flood) => flood.recv(FLOOD, { flags: MSG_WAITALL })],
  ['recv with MSG_DONTWAIT', 'recv', (flood) => flood.recv(1, { flags: MSG_DONTWAIT })],
  ['send', 'send', (flood) => flood.send('x')],
  ['sendAll of much', 'send', (flood) => flood.sendAll(new Uint8Array(FLOOD))],
]

for (const [name, member, call] of FLOODS)
  test(`42. timers and another socket get their turn while ${name} never has to wait`, async () => {
    const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
    using flood = left
    using _ = right
    const [one, other] = socketpair(AF_UNIX, SOCK_STREAM)
    using near = one
    using far = other
    const real = libc[member]
    let calls = 0
    Reflect.set(libc, member, (...args: readonly [number, ...unknown[]]): unknown => {
      if (args[0] !== flood.fd) return Reflect.apply(real, libc, args)
      calls++
      return 1
    })
    let over = false
    try {
      const flooding = until(
        () => over || calls >= FLOOD,
        () => call(flood),
      )
      for (let i = 0; i < 20; i++) {
        await sleep(1)
        const receiving = near.recv(4)
        await far.send('turn')
        assert.equal((await receiving)?.length, 4)
      }
      over = true
      const atTheEnd = calls
      flood.close()
      await flooding
      assert.ok(
        atTheEnd > 100 && atTheEnd < FLOOD,
        `${atTheEnd} calls had been made when the others were done`,
      )
    } finally {
      Reflect.set(libc, member, real)
    }
  })

test('42. MSG_DONTWAIT that always fails does not starve the rest either', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using idle = left
  using _ = right
  let calls = 0
  let over = false
  const polling = until(
    () => over || calls++ >= FLOOD,
    () => idle.recv(1, { flags: MSG_DONTWAIT }),
  )
  await sleep(1)
  over = true
  await polling
  assert.ok(calls < FLOOD)
})

test('42. a real flood by TCP and UDP: a third socket has its dialogue meanwhile', async () => {
  using tcpServer = socket(AF_INET, SOCK_STREAM)
  using udp = socket(AF_INET, SOCK_DGRAM)
  using quiet = socket(AF_INET, SOCK_STREAM)
  for (const each of [tcpServer, udp, quiet]) each.bind({ host: '127.0.0.1', port: 0 })
  tcpServer.listen()
  quiet.listen()
  await python.run(
    `import threading
stop = threading.Event()
t = socket.create_connection(('127.0.0.1', tcp)); q = socket.create_connection(('127.0.0.1', quiet))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
block = bytes(65536)
def flood_tcp():
    try:
        while not stop.is_set(): t.sendall(block)
    except OSError: pass
def flood_udp():
    while not stop.is_set(): u.sendto(block[:1000], ('127.0.0.1', udp))
def echo():
    while (data := q.recv(100)): q.sendall(data)
threads = [threading.Thread(target=f) for f in (flood_tcp, flood_udp, echo)]
for x in threads: x.start()`,
    { tcp: portOf(tcpServer), udp: portOf(udp), quiet: portOf(quiet) },
  )
  const { client: flood } = await tcpServer.accept()
  const { client: friend } = await quiet.accept()
  let bytes = 0
  let over = false
  const reading = [
    until(
      () => over,
      async () => (bytes += (await flood.recv(4096))?.length ?? 0),
    ),
    until(
      () => over,
      () => udp.recvfrom(2000),
    ),
  ]
  for (let i = 0; i < 50; i++) {
    await friend.sendAll(`turn ${i}`)
    assert.equal(Buffer.from((await friend.recv(100)) ?? []).toString(), `turn ${i}`)
    await sleep(1)
  }
  over = true
  assert.ok(bytes > 0)
  flood.close()
  udp.close()
  friend.close()
  await Promise.all(reading)
  await python.run('stop.set(); [x.join() for x in threads]; [s.close() for s in (t, q, u)]')
})
