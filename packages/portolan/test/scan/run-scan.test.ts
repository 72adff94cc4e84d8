import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { readdirSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makePlan, PlanError, type PortEvent, type ScanOptions } from '../../src/scan.ts'
import { listenInPython, type Listeners } from './listeners.ts'
import { collect, DRIVERS, openPorts, runScan, type Driver } from './scan-run.ts'

/** Addresses that nothing else listens on, wildcards aside. */
const HOST = { kernel: '127.71.0.1', portable: '127.71.0.2' } as const
const SIX_HOSTS = { kernel: '127.72.0.1-6', portable: '127.72.0.11-16' } as const

function endpoints(ports: readonly PortEvent[]): string[] {
  return ports.map(({ host, port }) => `${host} ${port}`).sort()
}

/** Options under which one thread asks one probe after the other, so that events come in the order of the plan. */
function inOrder(driver: Driver): ScanOptions {
  return { targets: [HOST[driver]], ports: '1-60', allStates: true, workers: 1, rate: 2000, driver }
}

for (const driver of DRIVERS)
  describe(`a scan with the ${driver} driver`, () => {
    let listeners: Listeners
    let ports: number[]

    before(async () => {
      const manners = ['close', 'reset', 'full'] as const
      listeners = await listenInPython(manners.map((manner) => ({ host: HOST[driver], port: 0, manner })))
      ports = listeners.ports.filter((port) => port !== null)
      assert.equal(ports.length, 3)
    })
    after(() => listeners[Symbol.asyncDispose]())

    test('calls open what accepts, whatever it does then, and filtered what stays silent', async () => {
      const { ports: events } = await runScan({
        targets: [HOST[driver]],
        ports: [...ports, 1].join(','),
        allStates: true,
        driver,
      })
      const said = new Map(events.map((event) => [event.port, event]))
      const [close = 0, reset = 0, full = 0] = ports
      assert.deepEqual([said.get(close)?.state, said.get(close)?.reason], ['open', 'syn-ack'])
      assert.equal(said.get(reset)?.state, 'open')
      assert.deepEqual([said.get(1)?.state, said.get(1)?.reason], ['closed', 'conn-refused'])
      assert.deepEqual([said.get(full)?.state, said.get(full)?.reason], ['filtered', 'no-response'])
      assert.ok((said.get(full)?.attempts ?? 0) >= 2)
      assert.equal(said.get(full)?.rttMs, undefined)
      assert.ok((said.get(close)?.rttMs ?? -1) >= 0)
    })

    test('observes every port of every host once', async () => {
      const {
        ports: events,
        hosts,
        finished,
      } = await runScan({
        targets: [SIX_HOSTS[driver]],
        ports: '1-2000',
        allStates: true,
        driver,
      })
      assert.equal(events.length, 12_000)
      assert.equal(new Set(endpoints(events)).size, 12_000)
      assert.deepEqual(
        hosts.map(({ host, state, open, closed }) => [Number(host.split('.')[3]), state, open + closed]),
        hosts.map((_, i) => [(driver === 'kernel' ? 1 : 11) + i, 'up', 2000]),
      )
      assert.deepEqual([finished.coverage, finished.exit, finished.probes], [1, 0, 12_000])
      assert.ok(finished.sent >= 12_000)
    })

    test('in shards covers the space once', async () => {
      const options = {
        targets: [HOST[driver]],
        ports: `1-200,${ports[0]},${ports[1]}`,
        seed: 99,
        allStates: true,
        driver,
      }
      const whole = await runScan(options)
      const shards = await Promise.all(
        [1, 2, 3].map((index) => runScan({ ...options, shard: { index, count: 3 } })),
      )
      assert.deepEqual(endpoints(shards.flatMap((shard) => shard.ports)), endpoints(whole.ports))
      assert.equal(
        shards.reduce((sum, { finished }) => sum + finished.probes, 0),
        whole.finished.probes,
      )
      assert.deepEqual(
        shards.flatMap((shard) => openPorts(shard, HOST[driver])).sort((a, b) => a - b),
        openPorts(whole, HOST[driver]),
      )
    })

    test('asks in the same order for the same seed, and in another for another', async () => {
      const orders = []
      for (const seed of [5, 5, 6]) {
        const { ports: events } = await runScan({ ...inOrder(driver), seed })
        orders.push(events.map(({ port }) => port))
      }
      const [one = [], same, other] = orders
      assert.deepEqual(one, same)
      assert.notDeepEqual(one, other)
      assert.notDeepEqual(
        one,
        one.toSorted((a, b) => a - b),
      )
    })

    test('that is aborted before it starts sends nothing and says unknown', async () => {
      const options = { targets: [HOST[driver]], ports: '1-1000', allStates: true, driver }
      const plan = await makePlan(options)
      const signal = AbortSignal.abort()
      const { ports: events, hosts, finished } = await collect(plan, { ...options, signal })
      assert.deepEqual([finished.sent, finished.unknown, finished.exit, finished.coverage], [0, 1000, 4, 0])
      assert.equal(events.length, 0)
      assert.deepEqual(
        hosts.map(({ host, state, reason, unknown }) => [host, state, reason, unknown]),
        [[HOST[driver], 'unknown', 'interrupted', 1000]],
      )
    })

    test(
      'that is aborted in the middle, and once more, keeps what it knows',
      { timeout: 60_000 },
      async () => {
        const controller = new AbortController()
        // At 50 a second there is always a probe that waits; at the end of its pace it would take minutes.
        const options = {
          targets: [HOST[driver]],
          ports: `${ports[0]},1-30000`,
          allStates: true,
          rate: 50,
          signal: controller.signal,
          driver,
        }
        const { ports: events, finished } = await runScan(options, (event) => {
          if (event.type !== 'port') return
          controller.abort()
          controller.abort()
        })
        assert.ok(finished.unknown > 0 && finished.closed + finished.open > 0)
        assert.equal(finished.exit, 4)
        for (const { state, reason } of events)
          if (state === 'unknown') assert.equal(reason, 'interrupted')
          else assert.ok(state === 'closed' || state === 'open')
        assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
      },
    )

    test('that is aborted while its probes wait for a silent host ends and does not call it filtered', async () => {
      const controller = new AbortController()
      const { finished } = await runScan({
        targets: [HOST[driver]],
        ports: `${ports[2]}`,
        signal: controller.signal,
        driver,
        onProgress: () => controller.abort(),
      })
      assert.deepEqual([finished.unknown, finished.filtered], [1, 0])
    })

    test('that is aborted ends at once, however slow its pace', { timeout: 15_000 }, async () => {
      const controller = new AbortController()
      const { signal } = controller
      const options = {
        targets: [HOST[driver]],
        ports: '1-100',
        rate: 1 / 30,
        allStates: true,
        signal,
        driver,
      }
      const { finished } = await runScan(options, (event) => {
        if (event.type === 'port') controller.abort()
      })
      assert.deepEqual([finished.closed + finished.open, finished.unknown], [1, 99])
    })

    test('leaves no descriptor, no thread and no listener behind', async () => {
      const { signal } = new AbortController()
      const options = {
        targets: [HOST[driver]],
        ports: `${ports.join(',')},1-3000`,
        maxRetries: 0,
        signal,
        driver,
      }
      await runScan(options)
      const descriptors = readdirSync('/proc/self/fd').length
      const threads = readdirSync('/proc/self/task').length
      for (let round = 0; round < 3; round++) await runScan(options)
      assert.equal(getEventListeners(signal, 'abort').length, 0)
      // A worker's own descriptors are closed a moment after its 'exit'.
      for (let i = 0; i < 50 && readdirSync('/proc/self/fd').length > descriptors; i++) await sleep(20)
      assert.equal(readdirSync('/proc/self/fd').length, descriptors)
      assert.ok(readdirSync('/proc/self/task').length <= threads)
    })

    test('waits for a slow reader, loses nothing and blames no port for the wait', async () => {
      const workers = 1
      let most = 0
      let read = 0
      let ahead = 0
      const { ports: events, finished } = await runScan(
        {
          targets: [HOST[driver]],
          ports: '1-65535',
          allStates: true,
          workers,
          driver,
          onProgress: ({ done }) => {
            most = Math.max(most, done)
            ahead = Math.max(ahead, done - read)
          },
        },
        async (event) => {
          if (event.type !== 'port') return
          // Long enough for every probe in flight to be overdue, twice: once at the start and once on the way.
          if (read === 0 || read === 40_000) await sleep(1200)
          read++
        },
      )
      assert.equal(events.length, 65_535)
      assert.equal(finished.closed + finished.open + finished.filtered, 65_535)
      // The one port whose backlog is full.
      assert.deepEqual(
        events.filter(({ state }) => state === 'filtered').map(({ port }) => port),
        [ports[2]],
      )
      assert.ok(most > 0)
      // Eight batches of 4096 are told ahead of the reader, and the ninth is in the engine's hands.
      assert.ok(ahead <= 9 * 4096, `${ahead} events ahead of the reader`)
    })

    test('goes on without a thread that dies, and says what that leaves unknown', async () => {
      const plan = await makePlan({ targets: [HOST[driver]], ports: '1-20000', seed: 3 })
      // Twice as many probes as there are hosts for: a thread that draws one of the others throws.
      const size = plan.size * 2
      const { warnings, finished } = await collect(
        { ...plan, size, range: { from: 0, to: size } },
        { workers: 2, driver },
      )
      assert.deepEqual(
        warnings.map(({ code }) => code),
        ['ENGINE_FAILED', 'ENGINE_FAILED'],
      )
      assert.match(warnings[0]?.message ?? '', /^engine thread [12] failed: no target has the ordinal/)
      assert.ok(finished.unknown > 0)
      assert.equal(finished.exit, 4)
    })
  })

describe('a scan', () => {
  test('that is aborted while it is planned never begins', async () => {
    await assert.rejects(runScan({ targets: ['127.0.0.1'], signal: AbortSignal.abort() }), {
      name: 'AbortError',
    })
  })

  test('of no address at all is complete and has nothing to say', async () => {
    const { hosts, finished } = await runScan({ targets: ['127.0.0.1'], exclude: ['127.0.0.1'] })
    assert.deepEqual([finished.probes, finished.sent, finished.exit, hosts.length], [0, 0, 0, 0])
  })

  test('of the empty shard of a small space is complete', async () => {
    const { finished } = await runScan({ targets: ['127.0.0.1'], ports: '1', shard: { index: 2, count: 2 } })
    assert.deepEqual([finished.probes, finished.exit], [0, 0])
  })

  test('of one probe works', async () => {
    const { finished } = await runScan({ targets: ['127.0.0.1'], ports: '1', workers: 7 })
    assert.deepEqual([finished.probes, finished.closed, finished.sent], [1, 1, 1])
  })

  test('refuses numbers that mean nothing, before it starts', async () => {
    const wrong: ScanOptions[] = [
      { seed: -1 },
      { seed: NaN },
      { seed: 2 ** 53 },
      { maxRetries: -1 },
      { maxRetries: 0.5 },
      { hostTimeoutMs: NaN },
      { hostTimeoutMs: 0 },
      { scanDelayMs: -1 },
      { scanDelayMs: Infinity },
      { workers: 0 },
      { workers: NaN },
      { rate: 0 },
      { rate: NaN },
      { rate: -5 },
      { topPorts: 0 },
      { topPorts: 65_536 },
      { excludePorts: '0-65535' },
      { ports: '80', excludePorts: '80' },
      { shard: { index: 0, count: 3 } },
      { shard: { index: 4, count: 3 } },
      { shard: { index: NaN, count: NaN } },
    ]
    for (const options of wrong)
      await assert.rejects(
        makePlan({ targets: ['127.0.0.1'], ...options }),
        PlanError,
        JSON.stringify(options),
      )
    const plan = await makePlan({ targets: ['127.0.0.1'] })
    await assert.rejects(collect(plan, { workers: 0 }), RangeError)
  })
})
