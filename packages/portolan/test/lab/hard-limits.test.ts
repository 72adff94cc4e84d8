/** What must not happen on the wire: a link that was not asked for, a SYN that was not counted. Truth is the kernel's. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLab } from '../../../../lab/lab.ts'
import type { PortEvent, ScanEvent, ScanFinished } from '../../src/scan/events.ts'
import { renderScopeFile } from '../../src/scan/scope/render-scope-file.ts'
import { cleanEnvironment, MAIN } from '../cli/portolan-process.ts'
import { sentBy } from './packet-counters.ts'
import { withScopeFile } from './scope-file.ts'

interface Result {
  readonly ports: readonly PortEvent[]
  readonly finished: ScanFinished
}

function readEvents(stdout: string, stderr: string): Result {
  const events = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): ScanEvent => JSON.parse(line))
  const finished = events.findLast((event) => event.type === 'scan.finished')
  assert.ok(finished, stderr)
  return { ports: events.filter((event) => event.type === 'port'), finished }
}

const EMPTY = { hosts: { host: { addresses: ['198.18.0.10'] } } }
const LINK =
  'ip link add d0 type veth peer name d1 && ip link set d1 up && ip link set d0 up && ip -6 addr add fe80::5/64 dev d0 nodad'

/** Python listens on [::1]:7777 for as long as the command that it runs. */
const WITH_LISTENER = `import socket, subprocess, sys
listener = socket.create_server(('::1', 7777), family=socket.AF_INET6)
sys.exit(subprocess.run(sys.argv[1:]).returncode)`

test('a link-local probe does not pull other addresses onto its link', async () => {
  await using lab = await createLab(EMPTY)
  assert.equal((await lab.run(['sh', '-c', LINK])).code, 0)
  for (const seed of ['1', '2', '3', '4', '5']) {
    const words = [
      'scan',
      '--json',
      '--all-states',
      '-q',
      '-p',
      '7770-7785',
      '--seed',
      seed,
      'fe80::5%d0',
      '::1',
    ]
    const argv = ['python3', '-c', WITH_LISTENER, process.execPath, MAIN, ...words]
    const { stdout, stderr } = await lab.run(argv, { env: cleanEnvironment() })
    const { ports, finished } = readEvents(stdout, stderr)
    assert.equal(finished.unknown, 0)
    const open = ports.filter(({ state }) => state === 'open').map(({ host, port }) => `${host} ${port}`)
    assert.deepEqual(open, ['::1 7777'])
  }
})

test('an address on a link that is not there gets no packet on any other', async () => {
  await using lab = await createLab(EMPTY)
  assert.equal((await lab.run(['sh', '-c', LINK])).code, 0)
  const day = (offset: number): string =>
    new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  const scope = renderScopeFile({
    include: ['fe80::1%gone'],
    owner: 'lab',
    contact: 'lab@example.org',
    reference: 'own namespaces',
    validFrom: day(-1),
    validUntil: day(1),
  })
  const before = await sentBy(lab)
  const words = [
    'scan',
    '--json',
    '--all-states',
    '-q',
    '-p',
    '1-20',
    '--seed',
    '3',
    'fe80::5%d0',
    'fe80::1%gone',
  ]
  const withScope = 'f=$(mktemp); cat >"$f"; "$@" --scope "$f"; rm "$f"'
  const { stdout, stderr } = await lab.run(['sh', '-c', withScope, 'sh', process.execPath, MAIN, ...words], {
    env: cleanEnvironment(),
    input: scope,
  })
  const { ports } = readEvents(stdout, stderr)
  const gone = ports.filter(({ host }) => host === 'fe80::1%gone')
  assert.equal(gone.length, 20)
  for (const { state, reason } of gone) assert.deepEqual([state, reason], ['unknown', 'no-route'])
  assert.equal((await sentBy(lab)).connections - before.connections, 20, 'those to the own address')
})

test('every SYN on the wire was counted: the kernel repeats none', async () => {
  await using lab = await createLab({
    hosts: { silent: { addresses: ['198.18.0.10'], firewall: [{ ports: '1-65535', action: 'drop' }] } },
  })
  for (const words of [
    ['-p', '1-200'],
    ['-T1', '-p', '1', '--max-retries', '0'],
  ]) {
    const before = await sentBy(lab)
    const finished = await withScopeFile(async (scope) => {
      const argv = [process.execPath, MAIN, 'scan', '--json', '-q', '--scope', scope, ...words, '198.18.0.10']
      const { stdout, stderr } = await lab.run(argv, { env: cleanEnvironment(), timeoutMs: 60_000 })
      return readEvents(stdout, stderr).finished
    })
    assert.equal(finished.filtered, finished.probes)
    assert.equal((await sentBy(lab)).connections - before.connections, finished.sent)
    const { stdout } = await lab.run(['nstat', '-asz', 'TcpExtTCPSynRetrans'])
    assert.match(stdout, /^TcpExtTCPSynRetrans\s+0\s/m)
  }
})
