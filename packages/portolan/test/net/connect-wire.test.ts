/**
 * `connect` on a wire of its own: hosts that are silent, refuse or cannot be reached, in network namespaces. The other
 * side of each test is the kernel's (SYNs, ss) or Python's. Needs root, as the lab does.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createLab, type Lab } from '../../../../lab/lab.ts'
import { run } from '../../../../lab/process.ts'
import type { WireJob, WireReport } from './wire-program.ts'

const PROGRAM = fileURLToPath(new URL('wire-program.ts', import.meta.url))

type Run = (argv: readonly string[]) => Promise<{ readonly stdout: string; readonly stderr: string }>

async function reportOf(runIt: Run, job: WireJob): Promise<WireReport> {
  const words = [process.execPath, '--conditions=source', PROGRAM, JSON.stringify(job)]
  const { stdout, stderr } = await runIt(words)
  assert.ok(stdout.startsWith('{'), stderr)
  const report: WireReport = JSON.parse(stdout)
  return report
}

const DEAD = '2001:2::20'
const LIVE = '198.18.0.10'
const LIVE_6 = '2001:2::10'
const DEAD_4 = '198.18.0.20'
const AWAY = '198.18.0.30'

for (const driver of ['kernel', 'portable'] as const)
  describe(`${driver}: connect on the wire`, { concurrency: true }, () => {
    let lab: Lab
    before(async () => {
      lab = await createLab({
        hosts: {
          live: { addresses: [LIVE, LIVE_6], ports: { '1-9': { kind: 'silent' } } },
          // Listening in vain: the SYNs are dropped on their way in.
          dead: {
            addresses: [DEAD, DEAD_4],
            ports: { '1-9': { kind: 'accept' } },
            firewall: [{ ports: '1-9', action: 'drop' }],
          },
          away: {
            addresses: [AWAY],
            firewall: [{ ports: '1-9', action: 'reject-icmp', icmp: 'host-unreachable' }],
          },
        },
      })
      // One repetition of a SYN after 1 s, and the end after 2 s more (ip-sysctl).
      const settings = ['tcp_syn_linear_timeouts=0', 'tcp_syn_retries=1'].map((setting) => setting.split('='))
      for (const [name, value] of settings)
        await lab.run(['sh', '-c', `echo ${value} > /proc/sys/net/ipv4/${name}`])
      // Looked up, and not found in this table nor in any other.
      await lab.run(['ip', 'route', 'add', 'throw', '198.18.77.0/24'])
    })
    after(() => lab.close())

    const seen = (job: WireJob): Promise<WireReport> => reportOf((argv) => lab.run(argv), job)
    const at = (host: string, port: number): unknown => ({ host, port })

    test('26. an IPv6 address that drops SYNs costs a delay: IPv4 wins, and nothing of the other is left', async () => {
      const options = { host: 'half.test', port: 1, driver }
      const report = await seen({ options, addresses: [DEAD, LIVE] })
      assert.deepEqual(report.connected?.remote, at(LIVE, 1))
      assert.deepEqual(report.syns, [DEAD, LIVE])
      assert.deepEqual(report.ss, [`ESTAB ${LIVE}:1`])
      assert.equal(report.descriptors, 1)
    })

    test('26. an address that answers in its time leaves the others alone', async () => {
      const options = { host: 'good.test', port: 2, attemptDelay: 2000, driver }
      const report = await seen({ options, addresses: [LIVE_6, DEAD_4, DEAD] })
      assert.deepEqual([report.connected?.remote, report.syns], [at(LIVE_6, 2), [LIVE_6]])
    })

    test('26. the first two attempts differ in family, whatever the order of the look-up', async () => {
      const options = { host: 'mixed.test', port: 3, attemptDelay: 50, driver }
      const report = await seen({ options, addresses: [DEAD, LIVE_6, DEAD_4, LIVE] })
      assert.deepEqual(report.syns.slice(0, 3), [DEAD, DEAD_4, LIVE_6])
      assert.deepEqual(report.connected?.remote, at(LIVE_6, 3))
      assert.deepEqual([report.ss, report.descriptors], [[`ESTAB [${LIVE_6}]:3`], 1])
    })

    test('18. our timeout: one error that holds every attempt, and nothing left', async () => {
      const options = { host: 'dead.test', port: 4, attemptDelay: 50, timeout: 2000, driver }
      const report = await seen({ options, addresses: [DEAD, DEAD_4] })
      const code = 'ERR_SOCKET_TIMEOUT'
      assert.equal(
        report.failed?.message,
        `connect ${code} dead.test:4: [${DEAD}]:4 ${code}, ${DEAD_4}:4 ${code}`,
      )
      assert.deepEqual(report.failed.attempts, [
        [at(DEAD, 4), code],
        [at(DEAD_4, 4), code],
      ])
      assert.deepEqual([report.ss, report.descriptors, report.syns], [[], 0, [DEAD, DEAD_4]])
    })

    test('18. addresses that had no turn before the timeout are counted', async () => {
      const options = { host: 'dead.test', port: 5, attemptDelay: 2000, timeout: 1500, driver }
      const report = await seen({ options, addresses: [DEAD, DEAD_4, LIVE] })
      assert.match(report.failed?.message ?? '', / ERR_SOCKET_TIMEOUT, 2 more not tried$/)
    })

    test("18. the kernel's timeout, no host and no network are errors of their own", async () => {
      const codes = await Promise.all(
        [DEAD_4, AWAY, '198.18.77.1'].map(async (host) => {
          const report = await seen({ options: { host, port: 6, timeout: 20_000, driver } })
          return report.failed?.code
        }),
      )
      assert.deepEqual(codes, ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])
    })

    test('25. the code is that of the attempt that tells most: a refusal before a network that is not there', async () => {
      const options = { host: 'bad.test', port: 99, driver }
      const report = await seen({ options, addresses: ['198.18.77.1', LIVE_6, LIVE] })
      assert.deepEqual(
        [report.failed?.code, report.failed?.attempts.map(([, code]) => code)],
        ['ECONNREFUSED', ['ENETUNREACH', 'ECONNREFUSED', 'ECONNREFUSED']],
      )
    })

    test('7, 21. an abort while SYNs are on their way: all attempts end and nothing is left', async () => {
      const options = { host: 'dead.test', port: 7, attemptDelay: 50, driver }
      const report = await seen({ options, addresses: [DEAD, DEAD_4], abortAtSyns: 2 })
      assert.deepEqual(
        [report.failed?.code, report.failed?.cause, report.failed?.attempts.length],
        ['ABORT_ERR', 'enough', 2],
      )
      assert.deepEqual([report.ss, report.descriptors], [[], 0])
    })
  })

/** A namespace with a loopback, nothing else and no name server; names are what /etc/hosts says. */
function alone(folder: string, setting = ''): Run {
  const script = [
    'mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf',
    'mount --bind "$1/hosts" /etc/hosts',
    'ip link set lo up',
    setting,
    'shift; exec "$@"',
  ]
  return (argv) =>
    run([
      'unshare',
      '--net',
      '--mount',
      'sh',
      '-e',
      '-c',
      script.filter(Boolean).join('\n'),
      'sh',
      folder,
      ...argv,
    ])
}

for (const driver of ['kernel', 'portable'] as const)
  describe(`${driver}: connect with nobody else`, { concurrency: true }, () => {
    let folder: string
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'portolan-alone-'))
      writeFileSync(join(folder, 'nsswitch.conf'), 'hosts: files\n')
      writeFileSync(join(folder, 'hosts'), '127.0.0.1 localhost twice\n::1 localhost\n127.0.0.1 twice\n')
    })
    after(() => rmSync(folder, { recursive: true }))

    test('localhost is looked up: IPv6 first, and IPv4 where only that listens', async () => {
      const options = { host: 'localhost', port: 4000, driver }
      const six = await reportOf(alone(folder), { options, listen: '::1' })
      assert.deepEqual(six.connected?.remote, { host: '::1', port: 4000 })
      const four = await reportOf(alone(folder), { options, listen: '127.0.0.1' })
      assert.deepEqual(four.connected?.remote, { host: '127.0.0.1', port: 4000 })
      assert.deepEqual(four.syns, ['::1', '127.0.0.1'])
    })

    test('a name that does not resolve is EAI_NONAME; one that has an address twice is tried once', async () => {
      const none = await reportOf(alone(folder), { options: { host: 'none.test', port: 1, driver } })
      assert.deepEqual(
        [none.failed?.code, none.failed?.syscall, none.failed?.message],
        ['EAI_NONAME', 'getaddrinfo', 'getaddrinfo EAI_NONAME none.test'],
      )
      const twice = await reportOf(alone(folder), { options: { host: 'twice', port: 1, driver } })
      assert.deepEqual(twice.failed?.attempts, [[{ host: '127.0.0.1', port: 1 }, 'ECONNREFUSED']])
    })

    test('22. a connection to itself is none, where every source port leads there', async () => {
      // Python, who takes what the kernel gives, does meet itself there.
      const onePort = alone(folder, 'echo 40000 40000 > /proc/sys/net/ipv4/ip_local_port_range')
      const python = 'import socket; s = socket.create_connection(("127.0.0.1", 40000)); '
      const check = `${python}print(s.getsockname() == s.getpeername())`
      assert.equal((await onePort(['python3', '-c', check])).stdout, 'True\n')
      const options = { host: '127.0.0.1', port: 40_000, driver }
      const report = await reportOf(onePort, { options })
      assert.deepEqual([report.failed?.code, report.descriptors, report.ss], ['ECONNREFUSED', 0, []])
      const wanted = { ...options, localAddress: { host: '127.0.0.1', port: 40_000 } }
      const itself = { host: '127.0.0.1', port: 40_000 }
      assert.deepEqual((await reportOf(onePort, { options: wanted })).connected, {
        local: itself,
        remote: itself,
      })
    })
  })
