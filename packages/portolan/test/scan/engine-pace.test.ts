import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { libc } from '../../src/sys/libc.ts'
import type { ConnectJob } from '../../src/scan/connect/connect-engine.ts'
import { jobFor, portOf, replaceLibc, runEngine, type Observed } from './engine-direct.ts'
import { connectingTo } from './kernel-truth.ts'
import { listenInPython } from './listeners.ts'
import { DRIVERS, runScan } from './scan-run.ts'

const { connect } = libc

/** A probe that left between two moments. */
interface Departure {
  readonly host: string
  readonly after: number
  readonly before: number
}

/** Runs an engine and writes down the first connect(2) to each port: a second one only asks for the outcome. */
function watchDepartures(job: ConnectJob): { departures: Departure[]; observed: readonly Observed[] } {
  const departures: Departure[] = []
  const seen = new Set<string>()
  let after = 0
  using _ = replaceLibc({
    connect: (fd, address, length) => {
      const host = address.subarray(4, 8).join('.')
      const endpoint = `${host} ${portOf(address)}`
      if (!seen.has(endpoint)) departures.push({ host, after, before: performance.now() })
      seen.add(endpoint)
      return connect(fd, address, length)
    },
  })
  const { observed } = runEngine(job, () => {
    after = performance.now()
  })
  return { departures, observed }
}

function assertRateHeld(departures: readonly Departure[], rate: number): void {
  for (let first = 0; first < departures.length; first++)
    for (let last = first + 1; last < departures.length; last++) {
      const stretch = (departures[last]?.before ?? 0) - (departures[first]?.after ?? 0)
      const most = 1 + (rate * (stretch + 5)) / 1000
      assert.ok(last - first + 1 <= most, `${last - first + 1} probes in ${stretch} ms at ${rate}/s`)
    }
}

function assertIntervalHeld(departures: readonly Departure[], interval: number): void {
  const last = new Map<string, number>()
  for (const { host, after, before } of departures) {
    const gap = before - (last.get(host) ?? -Infinity)
    assert.ok(gap >= interval, `two probes to ${host} within ${gap} ms`)
    last.set(host, after)
  }
}

describe('the pace of the engine', () => {
  test('holds a rate over every stretch', async () => {
    const { departures } = watchDepartures(await jobFor({ ports: '1-200', rate: 400 }))
    assert.equal(departures.length, 200)
    assertRateHeld(departures, 400)
  })

  test('holds the delay between probes to one host, and asks other hosts meanwhile', async () => {
    const { departures, observed } = watchDepartures(
      await jobFor({ targets: ['127.0.0.1-4'], ports: '1-20', scanDelayMs: 15 }),
    )
    assert.equal(observed.length, 80)
    assertIntervalHeld(departures, 15)
    // One host after the other would change hosts three times.
    const changes = departures.filter(({ host }, i) => i > 0 && host !== departures[i - 1]?.host).length
    assert.ok(changes > 30, `${changes} changes of host`)
  })

  test('holds both at once: a delay for each host and a rate for all', async () => {
    // Ten hosts at 100 a second each could be asked 1000 times a second; 150 are allowed.
    const { departures } = watchDepartures(
      await jobFor({ targets: ['127.0.0.1-10'], ports: '1-10', scanDelayMs: 10, rate: 150 }),
    )
    assert.equal(departures.length, 100)
    assertRateHeld(departures, 150)
    assertIntervalHeld(departures, 10)
  })

  test('gives up what cannot be asked within the time of its host', async () => {
    const job = await jobFor({
      targets: ['127.0.0.1-3'],
      ports: '1-100',
      scanDelayMs: 20,
      hostTimeoutMs: 200,
    })
    const { departures, observed } = watchDepartures(job)
    assert.equal(observed.length, 300)
    const late = observed.filter(({ reason }) => reason === 'host-timeout')
    for (const { state } of late) assert.equal(state, 'unknown')
    for (const host of ['127.0.0.1', '127.0.0.2', '127.0.0.3']) {
      const own = departures.filter((departure) => departure.host === host)
      assert.ok(own.length >= 1 && own.length <= 11, `${own.length} probes to ${host} in 200 ms`)
    }
    assert.equal(late.length, 300 - departures.length)
  })
})

for (const driver of DRIVERS)
  describe(`the pace of a scan with the ${driver} driver`, { concurrency: true }, () => {
    test('takes its time for a rate', async () => {
      const start = performance.now()
      const { finished } = await runScan({ targets: ['127.0.0.1'], ports: '1-300', rate: 200, driver })
      assert.ok(performance.now() - start >= 1400)
      assert.equal(finished.closed + finished.open, 300)
    })

    test('does not wait for the pace when there is nothing left to ask', { timeout: 15_000 }, async () => {
      // One probe in 30 seconds: the first leaves at once, and nothing comes after it.
      const { finished } = await runScan({ targets: ['127.0.0.1'], ports: '1', rate: 1 / 30, driver })
      assert.equal(finished.unknown, 0)
    })

    test('says unknown of what a host had no time for', async () => {
      const { ports, finished } = await runScan({
        targets: ['127.0.0.1'],
        ports: '1-500',
        scanDelayMs: 10,
        hostTimeoutMs: 150,
        allStates: true,
        driver,
      })
      assert.equal(ports.length, 500)
      const late = ports.filter(({ reason }) => reason === 'host-timeout')
      assert.ok(late.length > 400 && late.every(({ state }) => state === 'unknown'))
      assert.deepEqual([finished.unknown, finished.exit], [late.length, 4])
    })

    test('asks one at a time with the polite template, and many at once with the normal one', async () => {
      // The silence of full backlogs keeps probes on their way long enough to be counted.
      const host = driver === 'kernel' ? '127.61.0.1' : '127.61.0.2'
      await using listeners = await listenInPython(
        Array.from({ length: 6 }, () => ({ host, port: 0, manner: 'full' as const })),
      )
      const mostAtOnce = async (timing: 2 | 3, count: number): Promise<number> => {
        const end = new AbortController()
        const ports = listeners.ports.slice(0, count).join(',')
        const scan = runScan({ targets: [host], ports, timing, maxRetries: 0, driver }).finally(() =>
          end.abort(),
        )
        let most = 0
        while (!end.signal.aborted) {
          // ss does not look at all sockets in one moment: it may see a probe that ends and the next one. Twice it won't.
          most = Math.max(most, Math.min(await connectingTo(host), await connectingTo(host)))
          await sleep(20)
        }
        assert.equal((await scan).finished.filtered, count)
        return most
      }
      assert.equal(await mostAtOnce(2, 2), 1)
      assert.equal(await mostAtOnce(3, 6), 6)
    })
  })
