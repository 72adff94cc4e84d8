import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listeningPortsDuring } from './kernel-truth.ts'
import { listenInPython, type Wanted } from './listeners.ts'
import { DRIVERS, runScan, type Driver, type ScanRun } from './scan-run.ts'

const ADDRESSES = { kernel: ['127.0.0.1', '127.83.19.7', '::1'], portable: ['127.0.0.1', '::1'] } as const

/** `count` ports that differ from run to run, half of them where the kernel takes source ports (ip(7)). */
function somePorts(count: number): number[] {
  const ports = new Set<number>()
  while (ports.size < count) {
    const [low, high] = ports.size % 2 === 0 ? [1024, 32_767] : [32_768, 60_999]
    ports.add(low + Math.floor(Math.random() * (high - low + 1)))
  }
  return [...ports]
}

function listenersOn(host: string, count: number): Wanted[] {
  return somePorts(count).map((port, index) => ({ host, port, manner: index % 3 === 0 ? 'reset' : 'close' }))
}

function inState(run: ScanRun, state: string): Set<number> {
  return new Set(run.ports.filter((event) => event.state === state).map(({ port }) => port))
}

/**
 * Scans a range of ports of an address and compares with the kernel: no port missed, none invented.
 *
 * @param own listeners of the test itself; those of others may have a full backlog, and then they are filtered
 */
async function assertScanTellsTheTruth(
  address: string,
  driver: Driver,
  [first, last]: readonly [number, number],
  own: readonly number[] = [],
): Promise<void> {
  const runs: ScanRun[] = []
  const { always, ever } = await listeningPortsDuring(address, async () => {
    runs.push(await runScan({ targets: [address], ports: `${first}-${last}`, allStates: true, driver }))
  })
  const [run] = runs
  assert.ok(run !== undefined)
  const [open, filtered] = [inState(run, 'open'), inState(run, 'filtered')]
  const expected = [...always].filter((port) => port >= first && port <= last && !filtered.has(port))
  const missed = expected.filter((port) => !open.has(port))
  const invented = [...open, ...filtered].filter((port) => !ever.has(port))
  assert.deepEqual({ missed, invented }, { missed: [], invented: [] })
  for (const port of own) assert.ok(open.has(port), `${port} is open`)
  assert.equal(run.ports.length, last - first + 1)
  assert.equal(run.finished.unknown, 0)
}

for (const driver of DRIVERS)
  describe(`a full scan with the ${driver} driver`, () => {
    for (const address of ADDRESSES[driver])
      test(`finds exactly what the kernel says listens on ${address}`, async () => {
        const everywhere = address.includes(':') ? '::' : '0.0.0.0'
        await using listeners = await listenInPython([
          ...listenersOn(address, 40),
          ...listenersOn(everywhere, 4),
        ])
        const bound = listeners.ports.filter((port) => port !== null)
        assert.ok(bound.length > 30)
        await assertScanTellsTheTruth(address, driver, [1, 65_535], bound)
      })

    test('meets itself now and then in the range of source ports, and never reports it', async () => {
      // One connection in 28,232 takes the source port it connects to: one in a scan, and each must be seen through.
      const rounds = driver === 'kernel' ? 4 : 1
      for (let round = 0; round < rounds; round++)
        await assertScanTellsTheTruth('127.0.0.1', driver, [32_768, 60_999])
    })
  })
