/** `portolan scope`: answers as a scan would, explains, and writes a file to fill in. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { commandHelp } from '../../src/cli/help.ts'
import { run, type RunOptions } from './running-portolan.ts'

const scratch = mkdtempSync(join(tmpdir(), 'portolan-scope-'))
after(() => rmSync(scratch, { recursive: true }))

function day(offset: number): string {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
}

const file = join(scratch, 'lab.yaml')
writeFileSync(
  file,
  `version: 1
authorisation:
  owner: "Netops \\e[31m"
  contact: soc@example.org
  reference: SOW-1
  valid_from: ${day(-1)}
  valid_until: ${day(1)}
include:
  - 198.18.0.0/24
exclude:
  - 198.18.0.128/25
methods: [connect]
`,
)

const scope = (words: readonly string[], options?: RunOptions) => run(['scope', ...words], options)

describe('scope check', { concurrency: 2 }, () => {
  const cases: readonly (readonly [words: string[], lines: RegExp, status: number])[] = [
    [['127.0.0.0/8', '::1'], /^allowed: 16777217 addresses\n$/, 0],
    [['--scope', file, '198.18.0.1'], /^allowed: 1 address\n$/, 0],
    [
      ['--scope', file, '198.18.0.0/24'],
      /^left out: 198\.18\.0\.128\/25 is excluded by \S+lab\.yaml:11:5 \(exclude 198\.18\.0\.128\/25\); [^\n]+\nallowed: 128 addresses\n$/,
      0,
    ],
    [
      ['198.18.0.1'],
      /^refused: 198\.18\.0\.1 is in 198\.18\.0\.0\/15 [^\n]+ portolan scope init 198\.18\.0\.1 > scope\.yaml, [^\n]+\n$/,
      5,
    ],
    [
      ['--scope', file, '198.18.0.1', '198.18.0.200'],
      /^refused: 198\.18\.0\.200 is excluded by [^\n]+\n$/,
      5,
    ],
    [
      ['--scope', file, '198.18.1.1'],
      /^refused: 198\.18\.1\.1 is in [^\n]+ add it to include in \S+lab\.yaml, or: [^\n]+\n$/,
      5,
    ],
    [['224.0.0.1'], /^refused: 224\.0\.0\.1 is never scanned: 224\.0\.0\.0\/4 [^\n]+\n$/, 5],
  ]
  for (const [words, lines, status] of cases)
    test(words.at(-1) ?? '', async () => {
      const outcome = await scope(['check', ...words])
      assert.match(outcome.stdout, lines)
      assert.deepEqual([outcome.status, outcome.stderr], [status, ''])
    })

  test('reads the file that PORTOLAN_SCOPE names', async () => {
    const { status, stdout } = await scope(['check', '198.18.0.1'], { env: { PORTOLAN_SCOPE: file } })
    assert.deepEqual([status, stdout], [0, 'allowed: 1 address\n'])
  })
  test('warns of names that do not resolve, with status 4', async () => {
    const { status, stdout, stderr } = await scope(['check', 'nope.invalid', '127.0.0.1'], { isolated: true })
    assert.match(stderr, /^warning: nope\.invalid is not scanned: [^\n]+\n$/)
    assert.deepEqual([status, stdout], [4, 'allowed: 1 address\n'])
  })
})

test('scope explain names the rule, its line, and the permission, with nothing unescaped', async () => {
  const { status, stdout } = await scope([
    'explain',
    '--scope',
    file,
    '198.18.0.1',
    '198.18.0.200',
    '127.0.0.1',
  ])
  assert.match(
    stdout,
    /^198\.18\.0\.1 by connect: allowed \(scope\), by \S+lab\.yaml:9:5 \(include 198\.18\.0\.0\/24\)$/m,
  )
  assert.match(stdout, /^198\.18\.0\.1 by syn: refused \(METHOD_NOT_ALLOWED\)/m)
  assert.match(
    stdout,
    /^198\.18\.0\.200[^\n]*: refused \(EXCLUDED\), by \S+lab\.yaml:11:5 \(exclude 198\.18\.0\.128\/25\)$/m,
  )
  assert.match(stdout, /^127\.0\.0\.1: allowed \(loopback\), by 127\.0\.0\.0\/8 /m)
  assert.match(stdout, /^permission: Netops \\x1b\[31m, SOW-1, /m)
  assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u)
  assert.equal(status, 5)
})

describe('scope init', { concurrency: 2 }, () => {
  test('writes a file that is right once it is filled in', async () => {
    const { status, stdout, stderr } = await scope([
      'init',
      '198.18.0.0/24',
      '2001:2::/64',
      '--exclude',
      '198.18.0.1,198.18.0.2',
    ])
    assert.deepEqual([status, stderr], [0, ''])
    assert.equal(stdout.split('FILL IN').length, 4, 'owner, contact and reference')
    const empty = join(scratch, 'not-filled.yaml')
    writeFileSync(empty, stdout)
    const refused = await scope(['check', '--scope', empty, '198.18.0.3'])
    assert.deepEqual([refused.status, refused.stdout], [2, ''])
    assert.match(refused.stderr, /^portolan: [^\n]*not-filled\.yaml:\d+:\d+: owner is not filled in[^\n]*\n$/)
    const filled = join(scratch, 'filled.yaml')
    writeFileSync(filled, stdout.replaceAll(/FILL IN: \w+/g, 'known'))
    assert.equal(
      (await scope(['check', '--scope', filled, '198.18.0.3', '2001:2::7'])).stdout,
      'allowed: 2 addresses\n',
    )
    assert.equal((await scope(['check', '--scope', filled, '198.18.0.2'])).status, 5)
  })
  test('takes owner, contact, reference and length from its options, whatever is in them', async () => {
    const odd = 'Net: "ops" #1 \u001b[2J'
    const { stdout } = await scope([
      'init',
      '198.18.0.0/24',
      '--owner',
      odd,
      '--contact',
      'c',
      '--reference',
      'r',
      '--days',
      '7',
    ])
    assert.doesNotMatch(stdout, /FILL IN/)
    assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u)
    assert.match(stdout, new RegExp(`valid_until: ${day(7)} `))
    const made = join(scratch, 'odd.yaml')
    writeFileSync(made, stdout)
    const explained = await scope(['explain', '--scope', made, '198.18.0.1'])
    assert.match(explained.stdout, /^permission: Net: "ops" #1 \\x1b\[2J, r, /m)
  })
})

describe('a mistake is one line and status 2', { concurrency: 2 }, () => {
  const cases: readonly (readonly [words: string[], line: RegExp])[] = [
    [[], /^no action given; as in portolan scope check 198\.18\.0\.0\/24, /],
    [['check'], /^no target given for scope check; /],
    [['chekc', '127.0.0.1'], /^'chekc' is nothing that scope does \(argument 2\); did you mean check\?$/],
    [['check', '300.1.1.1'], /^target "300\.1\.1\.1", character 1: 300 is above 255; /],
    [['explain', '127.0.0.1', '10.0.0.0/8'], /^'10\.0\.0\.0\/8' is not an address \(argument 4\); /],
    [['init', 'host.example'], /^"host\.example" is a name, and a scope file holds addresses; /],
    [
      ['init', '198.18.0.0/24', '--days', '0'],
      /^value of --days must be .* not '0' \(argument 4\); nearest: 1$/,
    ],
    [['check', '--scope', '/nope/s.yaml', '127.0.0.1'], /^\/nope\/s\.yaml: cannot be read \(ENOENT\); /],
    [
      ['check', '--scpoe', 'x', '127.0.0.1'],
      /^unknown option '--scpoe' \(argument 3\); did you mean --scope\?/,
    ],
    [['check', '127.0.0.1\u001b[2J'], /^target "127\.0\.0\.1\\x1b\[2J", /],
  ]
  for (const [words, line] of cases)
    test(JSON.stringify(words), async () => {
      const { status, stdout, stderr } = await scope(words)
      assert.match(stderr, /^portolan: \P{Cc}+\n$/u)
      assert.match(stderr.slice('portolan: '.length, -1), line)
      assert.deepEqual([status, stdout], [2, ''])
    })
})

test('-h and --help are the help of the command', async () => {
  for (const [word, length] of [
    ['-h', 'short'],
    ['--help', 'full'],
  ] as const)
    assert.deepEqual(await scope([word]), { status: 0, stdout: commandHelp('scope', length), stderr: '' })
})
