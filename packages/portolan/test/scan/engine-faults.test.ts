import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Faults } from '../../src/scan/connect/faults.ts'
import type { Reason } from '../../src/scan/states.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { jobFor, portOf, replaceLibc, runEngine } from './engine-direct.ts'
import { listeningPorts } from './kernel-truth.ts'
import { listenInPython, listenOnce } from './listeners.ts'

const SHORTAGES = {
  EMFILE: 'no-descriptor',
  ENFILE: 'no-descriptor',
  ENOBUFS: 'no-buffer',
  ENOMEM: 'no-buffer',
  EADDRNOTAVAIL: 'no-source-port',
  EAGAIN: 'no-source-port',
  ENETDOWN: 'interface-down',
} as const satisfies Partial<Record<keyof typeof ERRNO, Reason>>
const NAMES = Object.keys(SHORTAGES).filter((name): name is keyof typeof SHORTAGES => name in SHORTAGES)

/** An address of this test alone: what listens there, the test knows. */
const HOST = '127.44.3.9'
const MANNERS = ['close', 'reset', 'close', 'close', 'reset'] as const

const { socket, connect, close } = libc

/** Which calls fail: by their number from 1, and by the time since the first in milliseconds. */
type Fails = (call: number, elapsedMs: number) => boolean
const PATTERNS: readonly (readonly [string, Fails])[] = [
  ['once', (call) => call === 1],
  ['every seventh time', (call) => call % 7 === 0],
  ['for a while', (_call, elapsedMs) => elapsedMs < 60],
]

function failing(where: 'socket' | 'connect', errno: number, fails: Fails): Disposable {
  let calls = 0
  const start = performance.now()
  const fail = (): boolean => fails(++calls, performance.now() - start)
  return replaceLibc(
    where === 'socket'
      ? { socket: (...args) => (fail() ? -errno : socket(...args)) }
      : { connect: (...args) => (fail() ? -errno : connect(...args)) },
  )
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}

describe('the connect engine, when this machine runs short', () => {
  for (const [pattern, fails] of PATTERNS)
    test(`tells the truth in the end where a call fails ${pattern}`, async () => {
      await using listeners = await listenInPython(MANNERS.map((manner) => ({ host: HOST, port: 0, manner })))
      const bound = listeners.ports.filter((port) => port !== null).sort((a, b) => a - b)
      const closed = Array.from({ length: 45 }, (_, i) => 2 + i)
      const taken = await listeningPorts(HOST)
      const ports = [...bound, ...closed.filter((port) => !taken.has(port))]
      for (const name of NAMES)
        for (const where of ['socket', 'connect'] as const) {
          const before = openDescriptors()
          const job = await jobFor({ targets: [HOST], ports: ports.join(',') })
          using _ = failing(where, ERRNO[name], fails)
          const { observed, losses } = runEngine(job)
          assert.equal(observed.length, ports.length)
          const wrong = observed.filter(
            ({ port, state }) => state !== (bound.includes(port) ? 'open' : 'closed'),
          )
          assert.deepEqual(wrong, [], `${name} from ${where}()`)
          assert.equal(losses, 0, 'what was not sent was not lost')
          assert.equal(openDescriptors(), before)
        }
    })

  test('ends where nothing ever comes free, with everything unknown for its reason', async () => {
    const job = await jobFor({ targets: [HOST], ports: '1-3000' })
    const nameFor = (port: number): keyof typeof SHORTAGES => NAMES[port % NAMES.length] ?? 'EMFILE'
    using _ = replaceLibc({ connect: (_fd, address) => -ERRNO[nameFor(portOf(address))] })
    const { observed, sent } = runEngine(job)
    assert.equal(observed.length, 3000)
    for (const { port, state, reason, attempts } of observed)
      assert.deepEqual([state, reason, attempts], ['unknown', SHORTAGES[nameFor(port)], 0])
    assert.equal(sent, 0)
  })

  test('gives up the one probe that always fails, and finishes the others', async () => {
    await using listener = await listenOnce({ host: HOST, manner: 'close' })
    const job = await jobFor({ targets: [HOST], ports: `100-300,1000,${listener.port}` })
    using _ = replaceLibc({
      connect: (fd, address, length) =>
        portOf(address) === 1000 ? -ERRNO.EADDRNOTAVAIL : connect(fd, address, length),
    })
    const taken = await listeningPorts(HOST)
    const { observed } = runEngine(job)
    assert.equal(observed.length, 203)
    for (const { port, state, reason } of observed)
      if (port === 1000) assert.deepEqual([state, reason], ['unknown', 'no-source-port'])
      else assert.equal(state, taken.has(port) ? 'open' : 'closed')
  })

  test('gives up at once what the rules of this machine forbid, and what nobody foresaw', async () => {
    const job = await jobFor({ targets: [HOST], ports: '1-9' })
    const refusals: Record<number, readonly [number, Reason]> = {
      1: [ERRNO.EPERM, 'local-firewall'],
      2: [ERRNO.EACCES, 'local-firewall'],
      3: [ERRNO.EINVAL, 'local-error'],
      4: [ERRNO.ENETUNREACH, 'no-route'],
      5: [ERRNO.EHOSTUNREACH, 'no-route'],
    }
    const calls = new Map<number, number>()
    using _ = replaceLibc({
      connect: (fd, address, length) => {
        const port = portOf(address)
        calls.set(port, (calls.get(port) ?? 0) + 1)
        const [errno] = refusals[port] ?? []
        return errno === undefined ? connect(fd, address, length) : -errno
      },
    })
    const { observed } = runEngine(job)
    for (const { port, state, reason } of observed) {
      const [, expected] = refusals[port] ?? []
      if (expected === undefined) assert.equal(state, 'closed')
      else assert.deepEqual([state, reason, calls.get(port)], ['unknown', expected, 1])
    }
  })

  test('sees through a connection that met itself and asks again', async () => {
    const ports = (await freePorts(30)).join(',')
    const met = new Set<number>()
    const job = await jobFor({ targets: ['127.0.0.1'], ports })
    using _ = replaceLibc({
      // The first connection to each port is made from that port: TCP's simultaneous open with itself, for real.
      connect: (fd, address, length) => {
        const port = portOf(address)
        if (!met.has(port)) {
          met.add(port)
          assert.equal(libc.bind(fd, address, length), 0)
        }
        return connect(fd, address, length)
      },
    })
    const { observed, losses } = runEngine(job)
    assert.equal(met.size, 30)
    assert.deepEqual([...new Set(observed.map(({ state }) => state))], ['closed'])
    assert.equal(losses, 0)
  })

  test('says unknown of a port that is met by itself again and again', async () => {
    const ports = (await freePorts(3)).join(',')
    const job = await jobFor({ targets: ['127.0.0.1'], ports })
    using _ = replaceLibc({
      connect: (fd, address, length) => {
        libc.bind(fd, address, length)
        return connect(fd, address, length)
      },
    })
    for (const { state, reason } of runEngine(job).observed)
      assert.deepEqual([state, reason], ['unknown', 'self-connect'])
  })

  test('finds the answers that it slept over', async () => {
    await using listeners = await listenInPython(MANNERS.map((manner) => ({ host: HOST, port: 0, manner })))
    const bound = listeners.ports.filter((port) => port !== null)
    const job = await jobFor({ targets: [HOST], ports: `1-20,${bound.join(',')}` })
    const nap = new Int32Array(new SharedArrayBuffer(4))
    const started = new Map<number, number>()
    using _ = replaceLibc({
      // For 50 ms a connection has no outcome, and no event ever tells of one: only the last look, at 100 ms or later, can.
      connect: (fd, address, length) => {
        const since = started.get(fd)
        if (since !== undefined && performance.now() - since < 50) return -ERRNO.EALREADY
        started.set(fd, performance.now())
        return connect(fd, address, length)
      },
      close: (fd) => {
        started.delete(fd)
        return close(fd)
      },
      epoll_wait: (_epoll, _events, _capacity, timeoutMs) => {
        Atomics.wait(nap, 0, 0, timeoutMs)
        return 0
      },
    })
    const { observed, losses } = runEngine(job)
    assert.equal(observed.length, 25)
    for (const { port, state, attempts } of observed)
      assert.deepEqual([port, state, attempts], [port, bound.includes(port) ? 'open' : 'closed', 1])
    assert.equal(losses, 0)
  })

  test('pauses once for one shortage, however many probes it hit', () => {
    const faults = new Faults()
    for (let probe = 0; probe < 500; probe++)
      assert.equal(faults.occurred('no-descriptor', 1, 1000), 'back-off')
    const first = faults.waitMs(1000)
    assert.ok(first > 0 && first < 100, `${first} ms`)
    faults.occurred('no-descriptor', 2, 1000 + first)
    assert.ok(faults.waitMs(1000 + first) > first, 'the next one is longer')
    faults.cleared()
    faults.occurred('no-descriptor', 1, 5000)
    assert.equal(faults.waitMs(5000), first)
  })

  test('opens its window again after a shortage', async () => {
    // A thread that had one probe in flight when descriptors ran out must not go on one by one for ever.
    const job = await jobFor({ targets: [HOST], ports: '1-5000' }, { windowLimit: 512 })
    let failures = 0
    using _ = replaceLibc({ socket: (...args) => (failures++ < 3 ? -ERRNO.EMFILE : socket(...args)) })
    const { observed } = runEngine(job)
    assert.equal(observed.filter(({ state }) => state === 'unknown').length, 0)
    assert.equal(observed.length, 5000)
  })
})

/** Ports in the range of source ports that nothing has now. */
async function freePorts(count: number): Promise<number[]> {
  const taken = await listeningPorts('127.0.0.1')
  const ports: number[] = []
  for (let port = 61_000; ports.length < count && port < 65_000; port++)
    if (!taken.has(port)) ports.push(port)
  return ports
}
