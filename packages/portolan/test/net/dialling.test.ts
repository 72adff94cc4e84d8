/** When one attempt is made again. What the kernel does only by bad luck is scripted here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../../src/net/connect.ts'
import { dialPatiently } from '../../src/net/dialling.ts'
import type { DialOptions, Driver } from '../../src/net/driver.ts'
import { kernelDriver } from '../../src/net/kernel-driver.ts'
import { QueuedTransport } from '../../src/net/queued-transport.ts'
import type { Transport } from '../../src/net/transport.ts'
import { socket } from '../../src/socket/open.ts'
import { AF_INET, SOCK_STREAM } from '../../src/sys/constants.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import type { InetSocketAddress, SocketAddress } from '../../src/sys/socket-address.ts'
import { SocketError } from '../../src/sys/socket-error.ts'
import { portOf } from '../socket/inet-address.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { rejection } from '../socket/rejection.ts'

checkLeaks()

const OPTIONS: DialOptions = { noDelay: true, keepAliveSeconds: 0 }
const PEER: InetSocketAddress = { host: '127.0.0.1', port: 40_000 }
const OWN: InetSocketAddress = { host: '127.0.0.1', port: 40_001 }

/** A transport that carries nothing and knows where it leads. */
class Stub extends QueuedTransport {
  readonly localAddress: SocketAddress
  readonly remoteAddress = PEER
  fate: 'open' | 'closed' | 'reset' = 'open'

  constructor(localAddress: SocketAddress) {
    super()
    this.localAddress = localAddress
  }

  protected take(): number {
    return 0
  }

  protected giving(): () => number {
    return () => 0
  }

  async closeWrite(): Promise<void> {
    await this.drain()
  }

  async close(): Promise<void> {
    if (this.shut()) this.fate = 'closed'
  }

  reset(): void {
    if (this.shut()) this.fate = 'reset'
  }
}

/** Gives one outcome after the other, and the last one for ever. */
class ScriptedDriver implements Driver {
  readonly name = 'kernel'
  readonly #outcomes: (Transport | SocketError)[]
  dialled = 0

  constructor(...outcomes: (Transport | SocketError)[]) {
    this.#outcomes = outcomes
  }

  async dial(_: SocketAddress, options: DialOptions): Promise<Transport> {
    const outcome = this.#outcomes[Math.min(this.dialled++, this.#outcomes.length - 1)]
    if (options.signal?.aborted === true) throw new SocketError('ABORT_ERR', 'connect')
    if (outcome === undefined || outcome instanceof SocketError) throw outcome
    return outcome
  }

  lookUp(): never {
    return assert.fail('a name was looked up')
  }

  listen(): never {
    return assert.fail('somebody listens')
  }
}

const noPort = (syscall: string): SocketError => new SocketError(ERRNO.EADDRNOTAVAIL, syscall)

test('23. EADDRNOTAVAIL where the kernel chose the port is tried again, three times in all', async () => {
  const made = new Stub(OWN)
  const lucky = new ScriptedDriver(noPort('connect'), noPort('connect'), made)
  assert.equal(await dialPatiently(lucky, PEER, OPTIONS), made)
  const unlucky = new ScriptedDriver(noPort('connect'))
  assert.equal((await rejection(dialPatiently(unlucky, PEER, OPTIONS))).code, 'EADDRNOTAVAIL')
  assert.deepEqual([lucky.dialled, unlucky.dialled], [3, 3])
})

test('23. it is the answer where the caller chose the port, or bind(2) said it', async () => {
  const chosen = new ScriptedDriver(noPort('connect'))
  const foreign = new ScriptedDriver(noPort('bind'))
  const other = new ScriptedDriver(new SocketError(ERRNO.ECONNREFUSED, 'connect'))
  await rejection(dialPatiently(chosen, PEER, { ...OPTIONS, localAddress: OWN }))
  await rejection(dialPatiently(foreign, PEER, { ...OPTIONS, localAddress: { ...OWN, port: 0 } }))
  await rejection(dialPatiently(other, PEER, OPTIONS))
  assert.deepEqual([chosen.dialled, foreign.dialled, other.dialled], [1, 1, 1])
})

test('22. a socket that met itself is reset, and another port is tried', async () => {
  const [itself, made] = [new Stub(PEER), new Stub(OWN)]
  const driver = new ScriptedDriver(itself, made)
  assert.equal(await dialPatiently(driver, PEER, OPTIONS), made)
  assert.deepEqual([itself.fate, made.fate], ['reset', 'open'])
})

test('22. one that meets only itself has met nobody: ECONNREFUSED', async () => {
  const each = [new Stub(PEER), new Stub(PEER), new Stub(PEER)]
  const driver = new ScriptedDriver(...each)
  assert.equal((await rejection(dialPatiently(driver, PEER, OPTIONS))).code, 'ECONNREFUSED')
  assert.deepEqual(
    each.map(({ fate }) => fate),
    ['reset', 'reset', 'reset'],
  )
})

test('22. who asks for its own port to meet itself gets that', async () => {
  const itself = new Stub(PEER)
  const driver = new ScriptedDriver(itself)
  assert.equal(await dialPatiently(driver, PEER, { ...OPTIONS, localAddress: PEER }), itself)
  assert.equal(itself.fate, 'open')
})

test('a full UNIX queue is asked until it has room, or the signal ends it', async () => {
  const full = new SocketError(ERRNO.EAGAIN, 'connect')
  const made = new Stub({ path: '' })
  const driver = new ScriptedDriver(full, full, full, made)
  assert.equal(await dialPatiently(driver, { path: '/x' }, OPTIONS), made)
  assert.equal(driver.dialled, 4)
  const stop = new AbortController()
  const waiting = rejection(
    dialPatiently(new ScriptedDriver(full), { path: '/x' }, { ...OPTIONS, signal: stop.signal }),
  )
  stop.abort()
  assert.equal((await waiting).code, 'ABORT_ERR')
})

/** Runs while one member of libc fails its first calls. @returns how many calls there were */
async function withFailing(
  member: 'connect' | 'socket',
  errno: number,
  failures: number,
  work: () => Promise<void>,
): Promise<number> {
  const real = libc[member]
  let calls = 0
  const failing = (...args: readonly unknown[]): unknown =>
    ++calls <= failures ? -errno : Reflect.apply(real, libc, args)
  Reflect.set(libc, member, failing)
  try {
    await work()
  } finally {
    Reflect.set(libc, member, real)
  }
  return calls
}

test('23. kernel: EADDRNOTAVAIL of connect(2) costs a call each, and no descriptor', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  const target = { host: '127.0.0.1', port: portOf(server), driver: 'kernel' } as const
  const before = await withFailing('connect', ERRNO.EADDRNOTAVAIL, 0, async () =>
    (await connect(target)).close(),
  )
  const after = await withFailing('connect', ERRNO.EADDRNOTAVAIL, 2, async () =>
    (await connect(target)).close(),
  )
  assert.equal(after, before + 2)
  await withFailing('connect', ERRNO.EADDRNOTAVAIL, 3, async () => {
    const error = await rejection(connect(target))
    assert.deepEqual(
      [error.code, error.remote],
      ['EADDRNOTAVAIL', { host: '127.0.0.1', port: portOf(server) }],
    )
  })
})

test('20. kernel: an abort between the success and its news: the connection is closed, and ABORT_ERR', async () => {
  using full = socket(AF_INET, SOCK_STREAM)
  full.bind({ host: '127.0.0.1', port: 0 })
  full.listen(0)
  const port = portOf(full)
  // Takes the one place in the queue; the next SYN is dropped.
  await using first = await connect({ host: '127.0.0.1', port, driver: 'kernel' })
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.2', port })
  server.listen()
  const stop = new AbortController()
  const closed = libc.close
  // The loser is closed when the winner is there already, and nobody has been told yet.
  Reflect.set(libc, 'close', (fd: number) => {
    stop.abort('in between')
    return closed(fd)
  })
  try {
    const lookup = (): Promise<string[]> => Promise.resolve(['127.0.0.1', '127.0.0.2'])
    const options = { host: 'two.test', port, lookup, attemptDelay: 10, driver: 'kernel' } as const
    const error = await rejection(connect({ ...options, signal: stop.signal }))
    assert.deepEqual([error.code, error.cause, first.closed], ['ABORT_ERR', 'in between', false])
  } finally {
    Reflect.set(libc, 'close', closed)
  }
  // It had succeeded: the end is what the other side sees of it.
  const { client } = await server.accept()
  assert.equal(await client.recv(1), null)
  client.close()
})

test('89. kernel: no descriptor left says so, and where the connection was to lead', async () => {
  await withFailing('socket', ERRNO.EMFILE, Infinity, async () => {
    const error = await rejection(connect({ host: '127.0.0.1', port: 9, driver: 'kernel' }))
    assert.deepEqual(
      [error.code, error.syscall, error.remote],
      ['EMFILE', 'socket', { host: '127.0.0.1', port: 9 }],
    )
  })
})

test('kernel: small writes leave at once unless told otherwise, and 0.0.0.0 leads to 127.0.0.1', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  const target = { host: '0.0.0.0', port: portOf(server), driver: 'kernel' } as const
  await using eager = await connect(target)
  await using patient = await connect({ ...target, noDelay: false })
  assert.deepEqual([eager.socket?.options.noDelay, patient.socket?.options.noDelay], [true, false])
  assert.deepEqual(eager.remoteAddress, { host: '127.0.0.1', port: portOf(server) })
})

test('kernel: an attempt has a timeout of its own too', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  const error = await rejection(kernelDriver.dial(server.getsockname(), { ...OPTIONS, timeout: 0 }))
  assert.equal(error.code, 'ERR_SOCKET_TIMEOUT')
})
