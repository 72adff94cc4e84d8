import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listenInPython, type Wanted } from './listeners.ts'
import { listeningPortsDuring } from './kernel-truth.ts'
import { DRIVERS, openPorts, runScan, type ScanRun } from './scan-run.ts'

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

/** Scans all ports of an address and compares with the kernel: no port missed, none invented. */
async function assertScanTellsTheTruth(
  address: string,
  scan: () => Promise<ScanRun>,
  atLeast: readonly number[],
): Promise<void> {
  const scanning = scan()
  const { always, ever } = await listeningPortsDuring(address, scanning)
  const run = await scanning
  const found = new Set(openPorts(run, address))
  const missed = [...always.difference(found)]
  const invented = [...found.difference(ever)]
  assert.deepEqual({ missed, invented }, { missed: [], invented: [] })
  for (const port of atLeast) assert.ok(always.has(port), `${port} listens`)
  const { open, closed, filtered, unknown, probes } = run.finished
  assert.deepEqual({ probes, filtered, unknown }, { probes: 65_535, filtered: 0, unknown: 0 })
  assert.equal(open + closed, probes)
}

for (const driver of DRIVERS)
  describe(`a full scan with the ${driver} driver`, () => {
    for (const address of ['127.0.0.1', '127.83.19.7', '::1'])
      test(`finds exactly what the kernel says listens on ${address}`, async () => {
        const wanted = [
          ...listenersOn(address, 40),
          ...listenersOn(address.includes(':') ? '::' : '0.0.0.0', 4),
        ]
        await using listeners = await listenInPython(wanted)
        const bound = listeners.ports.filter((port) => port !== null)
        assert.ok(bound.length > 30)
        await assertScanTellsTheTruth(
          address,
          () => runScan({ targets: [address], ports: '1-65535', driver }),
          bound,
        )
      })

    test('meets itself now and then in the range of source ports, and never reports it', async () => {
      // One connection in 28,232 takes the source port it connects to: one in a scan, and each must be seen through.
      const rounds = driver === 'kernel' ? 6 : 2
      for (let round = 0; round < rounds; round++) {
        const scanning = runScan({ targets: ['127.0.0.1'], ports: '32768-60999', driver })
        const { always, ever } = await listeningPortsDuring('127.0.0.1', scanning)
        const run = await scanning
        const found = new Set(openPorts(run, '127.0.0.1'))
        assert.deepEqual([...found.difference(ever)], [])
        const inRange = [...always].filter((port) => port >= 32_768 && port <= 60_999)
        assert.deepEqual(
          inRange.filter((port) => !found.has(port)),
          [],
        )
        assert.equal(run.finished.unknown, 0)
      }
    })
  })
