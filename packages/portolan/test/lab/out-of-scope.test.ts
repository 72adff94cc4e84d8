/**
 * What is not permitted is not sent: the counters of the kernel in the scanner's own network namespace are the witness.
 * Needs root, as the lab does.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createLab, type Lab, type Outcome } from '../../../../lab/lab.ts'
import { renderScopeFile, type ScopeFileContent } from '../../src/scan/scope/render-scope-file.ts'
import { cleanEnvironment, MAIN } from '../cli/portolan-process.ts'
import { sentBy } from './packet-counters.ts'

const WEB = '198.18.0.10'
const scratch = mkdtempSync(join(tmpdir(), 'portolan-out-of-scope-'))
const at = (name: string): string => join(scratch, name)
let lab: Lab

before(async () => {
  lab = await createLab({
    hosts: { web: { addresses: [WEB, '2001:2::10'], ports: { 80: { kind: 'accept' } } } },
  })
})
after(async () => {
  await lab.close()
  rmSync(scratch, { recursive: true })
})

function portolan(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return lab.run([process.execPath, MAIN, ...words], { env: cleanEnvironment(env), cwd: scratch })
}

function day(offset: number): string {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
}

/** A scope file that permits the web server, but for what is said otherwise. */
function scopeFile(name: string, other: Partial<ScopeFileContent> = {}): string {
  const content = {
    include: [WEB, '2001:2::/48'],
    owner: 'lab',
    contact: 'lab@example.org',
    reference: 'own namespaces',
    validFrom: day(-1),
    validUntil: day(1),
    ...other,
  }
  writeFileSync(at(name), renderScopeFile(content))
  return at(name)
}

/** Runs it and asserts that the namespace began no connection and sent no datagram meanwhile. */
async function sendingNothing(
  words: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const before = await sentBy(lab)
  const outcome = await portolan(words, env)
  assert.deepEqual(await sentBy(lab), before, 'something was sent')
  return outcome
}

test('the counters see what a permitted scan sends', async () => {
  const before = await sentBy(lab)
  const { code, stdout } = await portolan(['scan', '--scope', scopeFile('good.yaml'), '-p', '80,81', WEB])
  assert.equal(code, 0)
  assert.equal(stdout, `${WEB}:80/tcp open http\n`)
  assert.equal((await sentBy(lab)).connections, before.connections + 2)
  await portolan(['scan', '-p', '1-10', '127.0.0.1'])
  assert.equal((await sentBy(lab)).connections, before.connections + 12)
})

describe('a target without permission is refused with status 5 before any packet', { concurrency: 1 }, () => {
  const list = at('list.txt')
  writeFileSync(list, `127.0.0.1\n${WEB}\n`)
  const grant =
    /with its owner's permission(?::|, add it to include in \S+, or:) portolan scope init \S+ > scope\.yaml/
  const scoped = (name: string, other?: Partial<ScopeFileContent>): string[] => [
    '--scope',
    scopeFile(name, other),
  ]

  const cases: readonly (readonly [what: string, words: () => string[], range: RegExp, wayOut: RegExp])[] = [
    [
      'no scope file',
      () => [WEB],
      /^198\.18\.0\.10 is in 198\.18\.0\.0\/15 \(benchmarking, RFC 2544\)/,
      grant,
    ],
    ['IPv6', () => ['2001:2::10'], /^2001:2::10 is in 2001:2::\/48 /, grant],
    ['one of many', () => ['127.0.0.1', '::1', WEB], /^198\.18\.0\.10 is in /, grant],
    ['in a file', () => ['-iL', list], /^198\.18\.0\.10 is in /, grant],
    [
      'a private network',
      () => ['10.0.0.0/8'],
      /^10\.0\.0\.0\/8 is in 10\.0\.0\.0\/8 \(private use, RFC 1918\)/,
      grant,
    ],
    ['all of IPv4', () => ['0.0.0.0/0'], /0\.0\.0\.0\/8 /, / /],
    ['IPv4-mapped', () => ['::ffff:198.18.0.10'], /198\.18\.0\.10 is in 198\.18\.0\.0\/15/, grant],
    [
      'another network',
      () => [...scoped('good.yaml'), '198.18.1.0/24'],
      /^198\.18\.1\.0\/24 is in 198\.18\.0\.0\/15/,
      grant,
    ],
    [
      'a private network in a permitted larger one',
      () => [...scoped('wide.yaml', { include: ['0.0.0.0/0'] }), '10.1.2.3'],
      /^10\.1\.2\.3 is in 10\.0\.0\.0\/8 \(private use, RFC 1918\), which needs an include entry inside that block/,
      grant,
    ],
    [
      'an expired file',
      () => [...scoped('old.yaml', { validFrom: day(-9), validUntil: day(-2) }), WEB],
      new RegExp(`^198\\.18\\.0\\.10 is refused: \\S+old\\.yaml expired after ${day(-2)} \\(UTC\\)`),
      /have the permission renewed, then set valid_until in \S+old\.yaml/,
    ],
    [
      'a file that is not valid yet',
      () => [...scoped('new.yaml', { validFrom: day(2), validUntil: day(9) }), WEB],
      new RegExp(`new\\.yaml is valid from ${day(2)} \\(UTC\\)`),
      /wait for that day/,
    ],
    [
      'an excluded address',
      () => [...scoped('but.yaml', { exclude: ['198.18.0.8/29'] }), WEB],
      /^198\.18\.0\.10 is excluded by \S+but\.yaml:\d+:\d+ \(exclude 198\.18\.0\.8\/29\)/,
      /leave it out: --exclude 198\.18\.0\.10/,
    ],
    [
      'a method that is missing',
      () => [...scoped('syn.yaml', { methods: ['syn'] }), WEB],
      /^198\.18\.0\.10 is refused: \S+syn\.yaml does not allow the method connect/,
      /if its owner agrees, add connect to methods in \S+syn\.yaml/,
    ],
  ]
  for (const [what, words, range, wayOut] of cases)
    test(what, async () => {
      const { code, stdout, stderr } = await sendingNothing(['scan', '-p', '80', ...words()])
      assert.match(stderr, /^portolan: \P{Cc}+\n$/u, 'one line')
      const message = stderr.slice('portolan: '.length)
      assert.match(message, range)
      assert.match(message, wayOut)
      assert.equal(stdout, '')
      assert.equal(code, 5)
    })

  test('with either driver, and whatever the environment says', async () => {
    for (const driver of ['kernel', 'portable'])
      assert.equal(
        (await sendingNothing(['scan', WEB], { PORTOLAN_DRIVER: driver, PORTOLAN_JSON: '1' })).code,
        5,
      )
  })

  test('the address that a name stands for', async () => {
    // A hosts file of its own, in a mount namespace of its own: hosts(5).
    writeFileSync(at('hosts'), `${WEB} web.lab.test\n127.0.0.1 localhost\n::1 localhost\n`)
    const named = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      `mount --bind ${at('hosts')} /etc/hosts && exec "$@"`,
      'sh',
    ]
    const scan = [...named, process.execPath, MAIN, 'scan', '-p', '80', '--json']
    const run = (...words: string[]): Promise<Outcome> =>
      lab.run([...scan, ...words], { env: cleanEnvironment() })
    const before = await sentBy(lab)
    const refused = await run('web.lab.test', 'localhost')
    assert.match(refused.stderr, /^portolan: 198\.18\.0\.10 is in /)
    assert.equal(refused.code, 5)
    assert.deepEqual(await sentBy(lab), before)
    const allowed = await run('--scope', scopeFile('good.yaml'), 'web.lab.test')
    assert.match(
      allowed.stdout,
      /"host":"198\.18\.0\.10","name":"web\.lab\.test","protocol":"tcp","port":80,"state":"open"/,
    )
    for (const [flag, address] of [
      ['-4', '127.0.0.1'],
      ['-6', '::1'],
    ] as const) {
      const { stdout } = await run(flag, '--all-states', 'localhost')
      assert.match(
        stdout,
        new RegExp(`"host":"${address}","name":"localhost","protocol":"tcp","port":80,"state":"closed"`),
      )
    }
  })
})

test('the command of the refusal makes a file that permits the scan once it is filled in', async () => {
  const { stderr } = await portolan(['scan', '-p', '80', WEB])
  const [, command = '', option = ''] =
    /permission: (portolan scope init .* > scope\.yaml), then scan with (--scope scope\.yaml)\n$/.exec(
      stderr,
    ) ?? []
  const shell = `portolan() { '${process.execPath}' '${MAIN}' "$@"; }; `
  const made = await lab.run(['bash', '-c', shell + command], { env: cleanEnvironment(), cwd: scratch })
  assert.equal(made.code, 0, made.stderr)
  const text = readFileSync(at('scope.yaml'), 'utf8')
  const filled = text.replaceAll(/"FILL IN: (\w+)"/g, '"the $1 of the lab"')
  assert.notEqual(filled, text)
  writeFileSync(at('scope.yaml'), filled)
  const {
    code,
    stdout,
    stderr: told,
  } = await lab.run(['bash', '-c', `${shell}portolan scan ${option} -p 80 ${WEB}`], {
    env: cleanEnvironment(),
    cwd: scratch,
  })
  assert.equal(stdout, `${WEB}:80/tcp open http\n`)
  assert.match(
    told,
    /^scope {2}scope\.yaml#[0-9a-f]{8} \(the owner of the lab, the reference of the lab, to \d{4}-\d\d-\d\d\)$/m,
  )
  assert.equal(code, 0)
})

test('what a scope file excludes from a permitted range is left out, with a word about it', async () => {
  const scope = scopeFile('part.yaml', { include: ['198.18.0.8/29'], exclude: ['198.18.0.12/30'] })
  const before = await sentBy(lab)
  const { code, stdout, stderr } = await portolan([
    'scan',
    '--scope',
    scope,
    '-p',
    '80',
    '--max-retries',
    '0',
    '--all-states',
    '198.18.0.8/29',
  ])
  assert.match(stderr, /^plan {3}4 addresses \(4 excluded\) x 1 port/m)
  assert.match(stderr, /^warning: 198\.18\.0\.12\/30 is excluded by \S+part\.yaml:\d+:\d+ /m)
  assert.deepEqual(
    new Set(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(':')[0]),
    ),
    new Set(['198.18.0.8', '198.18.0.9', '198.18.0.10', '198.18.0.11']),
  )
  assert.equal((await sentBy(lab)).connections, before.connections + 4)
  assert.equal(code, 0)
})

describe('nothing is sent', { concurrency: 1 }, () => {
  const cases: readonly (readonly [what: string, words: readonly string[], status: number])[] = [
    ['for a wrong port', ['-p', '80-70', '127.0.0.1'], 2],
    ['for a wrong target after a right one', ['127.0.0.1', '1.2.3.400'], 2],
    ['for an unknown option', ['127.0.0.1', '--opne'], 2],
    ['for a list that is missing', ['127.0.0.1', '-iL', '/nope'], 2],
    ['for an empty list', ['-iL', '/dev/null'], 2],
    ['for an output file that cannot be opened', ['127.0.0.1', '-oX', '/nope/x.xml'], 3],
    ['by --dry-run', ['127.0.0.1', '--dry-run'], 0],
    ['by --dry-run of a million addresses', ['127.0.0.0/12', '-p', '80', '--dry-run'], 0],
  ]
  for (const [what, words, status] of cases)
    test(what, async () => assert.equal((await sendingNothing(['scan', ...words])).code, status))
})
