/** What `portolan scan` makes of its plan: dry runs, seeds, shards, states, names, drivers. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { holdPorts, type HeldPorts } from './held-ports.ts'
import { run } from './running-portolan.ts'

const HOST = '127.0.0.1'
let held: HeldPorts
let list: string
before(async () => {
  held = await holdPorts()
  list = [...held.open, ...held.closed].join(',')
})
after(() => held[Symbol.asyncDispose]())

/** The lines of a scan of the held ports, in the order they came. */
async function linesOf(...words: string[]): Promise<string[]> {
  const { status, stdout, stderr } = await run(['scan', '-p', list, '-q', ...words, HOST])
  assert.deepEqual([status, stderr], [0, ''])
  return stdout.trimEnd().split('\n')
}

const sorted = (lines: Iterable<string>): string[] => [...lines].sort()
const truth = (): string[] =>
  sorted([...held.open.map((port) => `${port} open`), ...held.closed.map((port) => `${port} closed`)])
const found = (lines: readonly string[]): string[] =>
  sorted(lines.map((line) => line.replace(/^127\.0\.0\.1:(\d+)\/tcp (\S+).*$/, '$1 $2')))

describe('--dry-run', { concurrency: 2 }, () => {
  test('prints the plan with both ends of the addresses', async () => {
    const { status, stdout, stderr } = await run([
      'scan',
      '--dry-run',
      '--seed',
      '7',
      '-p',
      '80,443',
      '127.0.0.0/12',
      '::1',
      '--exclude',
      '127.0.0.0/24',
      '--rate',
      '1k',
    ])
    assert.equal(
      stdout,
      'plan   1048321 addresses (256 excluded) x 2 ports = 2096642 probes\n' +
        'how    TCP connect, at most 1000 probes a second, 34 min 57 s at least, seed 7\n' +
        'scope  this machine only (no scope file)\n' +
        'hosts  127.0.1.0 to ::1\n' +
        'ports  80,443\n' +
        'nothing was sent (--dry-run)\n',
    )
    assert.equal(stderr, '')
    assert.equal(status, 0)
  })
  test('tells how long the limits alone will take', async () => {
    const { stdout } = await run(['scan', '--dry-run', '-T0', '-F', HOST])
    assert.match(stdout, /, 5 min 0 s between probes to a host, 1 at a time, 8 h 20 min at least, seed /)
  })
})

describe('--seed', { concurrency: 2 }, () => {
  test('repeats the order of probes, another seed gives another', async () => {
    // One probe at a time, so that the order of results is the order of probes.
    const order = (seed: string): Promise<string[]> =>
      linesOf('--all-states', '--rate', '100', '--seed', seed)
    const [once, again, other] = await Promise.all([order('5'), order('5'), order('6')])
    assert.deepEqual(again, once)
    assert.notDeepEqual(other, once)
    assert.deepEqual(sorted(other), sorted(once))
  })
})

describe('--shard', { concurrency: 2 }, () => {
  test('1/3, 2/3 and 3/3 do not overlap and together are the whole', async () => {
    const parts = await Promise.all(
      ['1/3', '2/3', '3/3'].map((shard) => linesOf('--all-states', '--shard', shard)),
    )
    for (const part of parts) assert.ok(part.length >= 10 && part.length <= 11, String(part.length))
    assert.deepEqual(found(parts.flat()), truth())
  })
})

describe('what is shown', { concurrency: 2 }, () => {
  test('is what is open; with --all-states everything', async () => {
    const open = truth().filter((line) => line.endsWith('open'))
    assert.deepEqual(found(await linesOf()), open)
    assert.deepEqual(found(await linesOf('--open')), open)
    assert.deepEqual(found(await linesOf('--all-states')), truth())
  })
  test('is the same by the portable driver', async () => {
    const { status, stdout, stderr } = await run(
      ['scan', '-p', `${list},${held.silent}`, '-q', '--all-states', '--max-retries', '1', HOST],
      {
        env: { PORTOLAN_DRIVER: 'portable' },
      },
    )
    assert.deepEqual([status, stderr], [0, ''])
    assert.deepEqual(found(stdout.trimEnd().split('\n')), sorted([...truth(), `${held.silent} filtered`]))
  })
  test('tells the reason with --reason, in the files and in the events', async () => {
    const { stdout } = await run([
      'scan',
      '-p',
      `${held.open[0]},${held.closed[0]}`,
      '--all-states',
      '--reason',
      '-oN',
      '-',
      HOST,
    ])
    assert.match(stdout, new RegExp(`^${held.open[0]}/tcp +open +.*syn-ack$`, 'm'))
    assert.match(stdout, new RegExp(`^${held.closed[0]}/tcp +closed +.*conn-refused$`, 'm'))
  })
  test('where nothing is open is said in the summary, and nothing is on stdout', async () => {
    const { status, stdout, stderr } = await run(['scan', '-p', held.closed.join(','), HOST])
    assert.match(stderr, /^0 open, 20 closed, 0 filtered, 0 unknown of 20 probes in [\d.]+ s$/m)
    assert.deepEqual([status, stdout], [0, ''])
  })
})

describe('names', { concurrency: 2 }, () => {
  const ask =
    'import socket,sys\nfor a in socket.getaddrinfo("localhost",0,type=socket.SOCK_STREAM): print(a[4][0])'
  const addresses = execFileSync('python3', ['-c', ask], { encoding: 'utf8' }).trimEnd().split('\n')

  for (const [flag, of] of [
    ['-4', (address: string) => !address.includes(':')],
    ['-6', (address: string) => address.includes(':')],
  ] as const)
    test(`localhost with ${flag} is what the system's resolver says, and keeps its name`, async () => {
      const expected = addresses.find(of)
      const { status, stdout } = await run(['scan', flag, '-p', '1', '--all-states', '--json', 'localhost'])
      const ports = stdout.split('\n').filter((line) => line.includes('"type":"port"'))
      if (expected === undefined) {
        assert.match(stdout, /"message":"localhost is not scanned: the name has no IPv[46] address"/)
        assert.deepEqual([status, ports], [4, []])
        return
      }
      assert.equal(ports.length, 1)
      assert.match(ports[0] ?? '', new RegExp(`"host":"${expected}","name":"localhost"`))
      assert.equal(status, 0)
    })

  test('are in the XML, the grepable lines and the normal output', async () => {
    for (const [flag, pattern] of [
      ['-oX', /<hostname name="localhost" type="user"\/>/],
      ['-oG', /^Host: \S+ \(localhost\)\tPorts: /m],
      ['-oN', /localhost/],
    ] as const) {
      const { stdout } = await run(['scan', flag, '-', '-p', list, '-4', 'localhost'])
      assert.match(stdout, pattern)
    }
  })
})
