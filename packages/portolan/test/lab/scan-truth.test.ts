/**
 * The scanner against networks whose truth is known: what the kernel of each lab host says listens there, and what its
 * firewall was told. Needs root, as the lab does.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLab, type Behaviour, type HostSpec, type Lab } from '../../../../lab/lab.ts'
import type { PortEvent, ScanEvent, ScanFinished } from '../../src/scan/events.ts'
import { cleanEnvironment, MAIN } from '../cli/portolan-process.ts'
import { withScopeFile } from './scope-file.ts'

interface Result {
  readonly ports: readonly PortEvent[]
  readonly finished: ScanFinished
  readonly code: number | null
  readonly stderr: string
}

async function scanLab(lab: Lab, words: readonly string[]): Promise<Result> {
  return withScopeFile(async (scope) => {
    const argv = [process.execPath, MAIN, 'scan', '--json', '--all-states', '-q', '--scope', scope, ...words]
    const { stdout, stderr, code } = await lab.run(argv, { timeoutMs: 120_000, env: cleanEnvironment() })
    const events = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line): ScanEvent => JSON.parse(line))
    const finished = events.findLast((event) => event.type === 'scan.finished')
    assert.ok(finished, `no verdict: ${stderr}`)
    return { ports: events.filter((event) => event.type === 'port'), finished, code, stderr }
  })
}

function statesOf(result: Result, state: string): number[] {
  return result.ports.filter((port) => port.state === state).map(({ port }) => port)
}

function sorted(ports: Iterable<number>): number[] {
  return [...ports].sort((a, b) => a - b)
}

/** Every probe in exactly one state, and the verdict says the same. */
function assertAccounted({ ports, finished }: Result): void {
  assert.equal(ports.length, finished.probes)
  assert.equal(new Set(ports.map(({ host, port }) => `${host} ${port}`)).size, finished.probes)
  assert.equal(finished.open + finished.closed + finished.filtered + finished.unknown, finished.probes)
}

/** Scattered over all classes, the range of ephemeral ports included. */
const SCATTERED = Object.fromEntries(
  Array.from({ length: 60 }, (_, i): [number, Behaviour] => [1 + i * 1091, { kind: 'accept' }]),
)
const ACCEPTING: HostSpec = { addresses: ['198.18.0.10', '2001:2::10'], ports: SCATTERED }

describe('a scan of all ports finds what listens, all of it and nothing else', { concurrency: 1 }, () => {
  for (const lossPercent of [0, 1, 5])
    test(`with ${lossPercent} % of the packets lost each way`, async () => {
      await using lab = await createLab({ hosts: { host: ACCEPTING }, link: { lossPercent } })
      const truth = new Set((await lab.listening('host')).map(({ port }) => port))
      assert.ok(truth.size >= 60)
      const result = await scanLab(lab, ['-p-', '198.18.0.10'])
      assertAccounted(result)
      assert.deepEqual(sorted(statesOf(result, 'open')), sorted(truth))
      assert.equal(result.finished.closed, 65_535 - truth.size, 'a closed port was taken for silent')
      assert.equal(result.code, 0)
      if (lossPercent === 5) assert.ok((result.finished.loss ?? 0) > 0.04, 'the loss was not noticed')
    })

  test('over IPv6', async () => {
    await using lab = await createLab({ hosts: { host: ACCEPTING } })
    const truth = (await lab.listening('host')).filter(({ address }) => address.includes(':'))
    const result = await scanLab(lab, ['-p-', '2001:2::10'])
    assertAccounted(result)
    assert.deepEqual(sorted(statesOf(result, 'open')), sorted(new Set(truth.map(({ port }) => port))))
  })

  test('through a bottleneck with a queue, and past a policer', async () => {
    for (const link of [{ rate: '5mbit' }, { packetsPerSecond: 4000 }]) {
      await using lab = await createLab({ hosts: { host: ACCEPTING }, link })
      const truth = new Set((await lab.listening('host')).map(({ port }) => port))
      const result = await scanLab(lab, ['-p', '1-20000', '198.18.0.10'])
      assertAccounted(result)
      assert.deepEqual(sorted(statesOf(result, 'open')), sorted([...truth].filter((port) => port <= 20_000)))
    }
  })

  test('with the portable driver, on a link that loses 5 %', async () => {
    await using lab = await createLab({ hosts: { host: ACCEPTING }, link: { lossPercent: 5 } })
    const truth = new Set((await lab.listening('host')).map(({ port }) => port))
    const result = await scanLab(lab, ['--driver', 'portable', '-p', '1-20000', '198.18.0.10'])
    assertAccounted(result)
    assert.deepEqual(sorted(statesOf(result, 'open')), sorted([...truth].filter((port) => port <= 20_000)))
  })

  test('on 4,096 addresses of which each has one port', async () => {
    const host: HostSpec = {
      addresses: ['198.18.1.1'],
      ranges: ['198.18.16.0/20'],
      ports: { 22: { kind: 'accept' } },
    }
    await using lab = await createLab({ hosts: { host }, link: { lossPercent: 1 } })
    const result = await scanLab(lab, ['-p', '22,23', '198.18.16.0/20'])
    assertAccounted(result)
    assert.equal(result.finished.open, 4096)
    assert.equal(result.finished.closed, 4096)
  })
})

describe('each answer has its state', { concurrency: 1 }, () => {
  const WALL: HostSpec = {
    addresses: ['198.18.0.20', '2001:2::20'],
    ports: {
      '1-60': { kind: 'accept' },
      61: { kind: 'accept-and-reset' },
      62: { kind: 'banner', text: 'hello\r\n' },
      63: { kind: 'silent' },
      64: { kind: 'full-backlog' },
    },
    firewall: [
      { ports: '1-10', action: 'drop' },
      { ports: '11-20', action: 'reject-rst' },
      { ports: '21-30', action: 'reject-icmp' },
      { ports: '31-40', action: 'reject-icmp', icmp: 'admin-prohibited' },
      { ports: '41-50', action: 'reject-icmp', icmp: 'host-unreachable' },
    ],
  }
  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i)

  for (const [family, address] of [
    ['IPv4', '198.18.0.20'],
    ['IPv6', '2001:2::20'],
  ] as const)
    test(`over ${family}`, async () => {
      await using lab = await createLab({ hosts: { wall: WALL } })
      const result = await scanLab(lab, ['-p', '1-70', address])
      assertAccounted(result)
      assert.deepEqual(sorted(statesOf(result, 'open')), range(51, 63))
      const reasonOf = (port: number): string => {
        const event = result.ports.find((event) => event.port === port)
        return `${event?.state} ${event?.reason}`
      }
      assert.equal(reasonOf(5), 'filtered no-response')
      assert.equal(reasonOf(15), 'closed conn-refused')
      // connect(2) cannot tell a port unreachable of a firewall from a RST (icmp_err_convert in Linux).
      assert.equal(reasonOf(25), 'closed conn-refused')
      assert.equal(reasonOf(64), 'filtered no-response')
      assert.equal(reasonOf(65), 'closed conn-refused')
      if (family === 'IPv4') {
        assert.equal(reasonOf(35), 'filtered host-unreach')
        assert.equal(reasonOf(45), 'filtered host-unreach')
      } else {
        // icmpv6_err_convert: administratively prohibited is EACCES, address unreachable EHOSTUNREACH
        assert.equal(reasonOf(45), 'filtered host-unreach')
        assert.equal(reasonOf(35), 'filtered admin-prohibited')
      }
    })

  test('a network that only the router knows not to exist is unreachable; one without a route is unknown', async () => {
    await using lab = await createLab({ topology: 'routed', hosts: { host: ACCEPTING } })
    const away = await scanLab(lab, ['-p', '80', '198.19.77.1'])
    assert.deepEqual(
      away.ports.map(({ state, reason }) => [state, reason]),
      [['unreachable', 'net-unreach']],
    )
    await lab.run(['ip', 'route', 'flush', 'table', 'main'])
    const lost = await scanLab(lab, ['-p', '80', '198.18.0.10'])
    assert.deepEqual(
      lost.ports.map(({ state, reason }) => [state, reason]),
      [['unknown', 'no-route']],
    )
    assert.equal(lost.code, 4)
  })
})
