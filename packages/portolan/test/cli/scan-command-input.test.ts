/** What `portolan scan` is given wrong: told in one line with word, place and way out, and nothing on stdout. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { run, type RunOptions } from './running-portolan.ts'

const scratch = mkdtempSync(join(tmpdir(), 'portolan-input-'))
after(() => rmSync(scratch, { recursive: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(scratch, name)
  writeFileSync(path, content)
  return path
}

const badList = file('bad.txt', '# ours\n127.0.0.1 # loopback\n\n  127.0.0.2\t127.0.0.399\n')
const binary = file('binary', Uint8Array.of(0x31, 0xff, 0xfe, 0x0a))
const empty = file('empty.txt', '')
const comments = file('comments.txt', '# nothing yet\n\n   # but soon\n')
const endless = file('endless.txt', '1'.repeat(1_000_000))
const badScope = file('scope.yaml', 'version: 1\nauthorisation:\n  ownr: Netops\n')
const T = '127.0.0.1'

type Case = readonly [words: readonly string[], line: string | RegExp, options?: RunOptions]

const wrong: readonly Case[] = [
  [['-p', '80-70', T], '-p (argument 2): "80-70" runs backwards: did you mean "70-80"?'],
  [
    [T, '-p', '22,80-70'],
    '-p (argument 3): "80-70" (character 4 of "22,80-70") runs backwards: did you mean "70-80"?',
  ],
  [['-p', 'htpp', T], '-p (argument 2): "htpp" is no service name: did you mean "http"?'],
  [['-p70000', T], '-p (argument 2): "70000" is no port: ports end at 65535'],
  [['--ports=', T], /^--ports \(argument 2\): /],
  [['--exclude-ports', '9-3', T], '--exclude-ports (argument 2): "9-3" runs backwards: did you mean "3-9"?'],
  [['-p', '80', '--exclude-ports', '1-100', T], /^no port is left to scan; --exclude-ports takes away /],
  [[T, '1.2.3.400'], 'argument 3: target "1.2.3.400", character 7: 400 is above 255; an octet is 0 to 255'],
  [[`${T}/33`], /^argument 2: target "127\.0\.0\.1\/33", character 11: \/33 is too long a prefix; /],
  [[T, ''], /^argument 3: target "", character 1: it is empty; /],
  [['fe80::1'], /^the link-local target fe80::1 names no link; add the interface, as in fe80::1%eth0$/],
  [
    ['--exclude', '127.0.0.2,127.0.0.300', T],
    /^--exclude \(argument 2\): target "127\.0\.0\.300", character 9: /,
  ],
  [
    ['--exclude', 'nope.invalid', T],
    /^the excluded name nope\.invalid does not resolve \(\w+\); /,
    { isolated: true },
  ],
  [
    [T, '--exclude', '127.0.0.0/8'],
    /^no target is left: 1 address excluded, which is all; look at --exclude, /,
  ],
  [['--opne', T], "unknown option '--opne' (argument 2); did you mean --open? see portolan scan --help"],
  [['-zZ', T], /^unknown option '-zZ' \(argument 2\); /],
  [['-T9', T], /^value of -T must be 0, 1, .* not '9' \(argument 2\); /],
  [[T, '--rate', 'fast'], /^value of --rate must be .* not 'fast' \(argument 3\); as in 0\.5, /],
  [['--shard', '5/2', T], /^value of --shard must be X\/Y .* not '5\/2' \(argument 2\); as in 1\/4 to 4\/4$/],
  [['--seed', '-1', T], /^value of --seed must be .* not '-1' \(argument 2\); nearest: 0$/],
  [['--host-timeout', '5d', T], /^value of --host-timeout must be a time .* not '5d' \(argument 2\); /],
  [['--color', 'alwyas', T], /'alwyas' \(argument 2\); did you mean always\?$/],
  [['--driver', 'kernl', T], /'kernl' \(argument 2\); did you mean kernel\?$/],
  [[T, '-oX'], /^option -oX needs a FILE, but the line ends \(argument 3\); /],
  [
    ['-oX', '--open', T],
    /^option -oX needs a FILE, but the next word is the option '--open' \(argument 3\); /,
  ],
  [['-oX', 'a', '-oG', 'a', T], /^-oX and -oG both write 'a' \(argument 4\); /],
  [['--json', '-oX', '-', T], /^--json and -oX - exclude each other \(argument 3\); /],
  [['-F', '-p', '22', T], /exclude each other \(argument \d\); give one of -p, --top-ports and -F$/],
  [['-e', 'eth0', T], /^not built yet: -e .* \(argument 2\); see portolan scan --help$/],
  [['-sS', T], /^not built yet: -sS .* \(argument 2\); see portolan scan --help$/],
  [[], 'no target given; as in portolan scan 127.0.0.1, or -iL FILE'],
  [['-'], "'-' is not a target (argument 2); targets on standard input are -iL -"],
  [['-iL', '/nope/list', T], /^\/nope\/list: cannot be read \(ENOENT\); /],
  [['-iL', scratch], /: cannot be read \(EISDIR\); /],
  [
    ['-iL', badList],
    `${badList}:4: target "127.0.0.399", character 9: 399 is above 255; an octet is 0 to 255`,
  ],
  [['-iL', binary], `${binary}: not UTF-8 text, near line 1; save the list as plain UTF-8`],
  [['-iL', endless], `${endless}:1: the line is longer than 4096 characters; write one target a line`],
  [['-iL', empty], `no target given: -iL ${empty} holds none; write one a line`],
  [['-iL', comments], `no target given: -iL ${comments} holds none; write one a line`],
  [['-iL', '-'], 'no target given: -iL - holds none; write one a line'],
  [
    ['-iL', '-'],
    /^stdin:2: target "127\.0\.0\.1\/40", character 11: /,
    { input: '127.0.0.2\n127.0.0.1/40\n' },
  ],
  [['-iL', '-', '--excludefile', '-', T], /exclude each other .*; standard input can be read once; /],
  [
    ['--scope', '/nope/scope.yaml', T],
    /^\/nope\/scope\.yaml: cannot be read \(ENOENT\); portolan scope init writes one$/,
  ],
  [['--scope', badScope, T], /^\S+scope\.yaml:3:3: authorisation\.owner is missing; /],
  [
    [T],
    'PORTOLAN_PORTS (environment): "9-3" runs backwards: did you mean "3-9"?',
    { env: { PORTOLAN_PORTS: '9-3' } },
  ],
  [[T], /^value of PORTOLAN_RATE must be .* not 'abc' \(environment\); /, { env: { PORTOLAN_RATE: 'abc' } }],
  [
    [T],
    /^value of PORTOLAN_JSON must be 1 or 0, not 'maybe' \(environment\); /,
    { env: { PORTOLAN_JSON: 'maybe' } },
  ],
  [
    [T],
    /^not built yet: PORTOLAN_FLEET .* \(environment\); unset PORTOLAN_FLEET$/,
    { env: { PORTOLAN_FLEET: 'u' } },
  ],
  [[T], /^\S+scope\.yaml:3:3: authorisation\.owner is missing; /, { env: { PORTOLAN_SCOPE: badScope } }],
  // What the user typed comes back escaped.
  [
    ['-p', '8\u001b[2J0\n', T],
    /^-p \(argument 2\): "8\\x1b" \(character 1 of "8\\x1b\[2J0\\x0a"\) is neither /,
  ],
  [[`${T}\u202e`], /^argument 2: target "127\.0\.0\.1\\u\{202e\}", character \d+: /],
  [['--scope', '/nope/\u001b]0;x\u0007', T], /^\/nope\/\\x1b\]0;x\\x07: cannot be read /],
  [['-iL', '/nope/\u001b[2J', T], /^\/nope\/\\x1b\[2J: cannot be read /],
]

describe('wrong input to portolan scan is one line, status 2 and no result', { concurrency: 2 }, () => {
  for (const [words, line, options] of wrong)
    test(`${JSON.stringify(words).slice(0, 90)} ${JSON.stringify(options ?? '')}`, async () => {
      const { status, stdout, stderr } = await run(['scan', ...words], options)
      assert.match(stderr, /^portolan: \P{Cc}+\n$/u, 'one line without control characters')
      const message = stderr.slice('portolan: '.length, -1)
      if (typeof line === 'string') assert.equal(message, line)
      else assert.match(message, line)
      assert.equal(stdout, '')
      assert.equal(status, 2)
    })

  // Linux takes 128 KiB in one argument (MAX_ARG_STRLEN of execve(2)), its end included.
  const huge = 'a'.repeat(128 * 1024 - 1)
  for (const words of [
    [huge],
    ['-p', huge, T],
    ['--exclude', huge, T],
    [`--${huge.slice(2)}`, T],
    ['--rate', huge, T],
    ['--scope', huge, T],
    ['-iL', huge],
  ])
    test(`an argument of 128 KiB as ${words.length > 1 ? words[0]?.slice(0, 12) : 'a target'}`, async () => {
      const { status, stdout, stderr } = await run(['scan', ...words])
      assert.match(stderr, /^portolan: \P{Cc}+\n$/u)
      assert.ok(stderr.length < 6000, `${stderr.length} characters`)
      assert.equal(stdout, '')
      assert.equal(status, 2)
    })
})

describe('lists of targets', { concurrency: 2 }, () => {
  const dry = (words: readonly string[], options?: RunOptions) =>
    run(['scan', '--dry-run', '-p', '1', ...words], options)

  test('may hold comments, blank lines, several words a line and either line end', async () => {
    const list = file(
      'list.txt',
      '# ours\r\n127.0.0.1 127.0.0.2\t127.0.0.3 # three\r\n\r\n127.0.0.9-10\n127.0.0.1',
    )
    const { status, stdout } = await dry(['-iL', list])
    assert.match(stdout, /^plan {3}5 addresses x 1 port = 5 probes\n/)
    assert.match(stdout, /^hosts {2}127\.0\.0\.1 to 127\.0\.0\.10$/m)
    assert.equal(status, 0)
  })
  test('come on standard input too', async () => {
    const { status, stdout } = await dry(['-iL', '-'], { input: '127.0.0.7\n127.0.0.5\n' })
    assert.match(stdout, /^plan {3}2 addresses x 1 port/)
    assert.equal(status, 0)
  })
  test('of 100,000 lines count every address once', async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `127.${i % 7}.${(i >> 8) & 255}.${i & 255}`)
    const list = file('long.txt', lines.join('\n'))
    const { status, stdout } = await dry(['-iL', list])
    assert.match(stdout, new RegExp(`^plan {3}${new Set(lines).size} addresses `))
    assert.equal(status, 0)
  })
  test('may be a command line of a megabyte', async () => {
    const { status, stdout } = await dry(
      Array.from({ length: 80_000 }, (_, i) => `127.${i >> 16}.${(i >> 8) & 255}.${i & 255}`),
    )
    assert.match(stdout, /^plan {3}80000 addresses /)
    assert.equal(status, 0)
  })
})

describe('names that do not resolve', { concurrency: 2 }, () => {
  const warning =
    /^warning: nope\.invalid is not scanned: the name does not resolve \((?:ENOTFOUND|EAI_AGAIN)\); check the spelling and the resolver, or give the address$/m

  test('are warned of, the others are scanned, and the scan is incomplete', async () => {
    const { status, stdout, stderr } = await run(['scan', '-p', '1', '--all-states', 'nope.invalid', T], {
      isolated: true,
    })
    assert.match(stderr, warning)
    assert.match(stderr, /^incomplete: 1 target not scanned, see the warnings above$/m)
    assert.match(stdout, /^127\.0\.0\.1:1\/tcp (?:open|closed) tcpmux\n$/)
    assert.equal(status, 4)
  })
  test('alone leave nothing to scan, which is not a success', async () => {
    const { status, stdout, stderr } = await run(['scan', 'nope.invalid', '--json'], { isolated: true })
    assert.match(stderr, warning)
    assert.match(stdout, /"type":"warning".*"code":"NAME_NOT_RESOLVED"/)
    assert.match(stdout, /"type":"scan\.finished".*"exit":4\}\n$/)
    assert.equal(status, 4)
  })
  test('are told of by --dry-run as well', async () => {
    const { status, stdout, stderr } = await run(['scan', '--dry-run', 'nope.invalid', T], { isolated: true })
    assert.match(stderr, warning)
    assert.match(stdout, /^plan {3}1 address /)
    assert.equal(status, 4)
  })
})

test('a variable that nothing reads, and that is nearly one of ours, is warned of', async () => {
  const { status, stderr } = await run(['scan', '-p', '1', T], {
    env: { PORTOLAN_EXCLUD: '127.0.0.1', PORTOLAN_SERVICE_HOST: '198.18.0.1' },
  })
  assert.match(stderr, /^warning: nothing reads PORTOLAN_EXCLUD; did you mean PORTOLAN_EXCLUDE\?$/m)
  assert.doesNotMatch(stderr, /SERVICE_HOST/)
  assert.equal(status, 0)
})
