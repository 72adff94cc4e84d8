import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { FUTURE_SCAN_OPTIONS } from '../../src/cli/future-options.ts'
import { environmentName, spellings } from '../../src/cli/options.ts'
import { scanArguments, type ScanArguments } from '../../src/cli/scan-arguments.ts'
import { SCAN_OPTIONS } from '../../src/cli/scan-options.ts'
import { UsageError, usageProblem } from '../../src/cli/usage-error.ts'

type Env = Readonly<Record<string, string>>

function parse(line: string, env: Env = {}): ScanArguments {
  const parsed = scanArguments(words(line), env)
  assert.equal(parsed.kind, 'scan')
  return parsed
}

function words(line: string): string[] {
  return line.split(' ').filter((word) => word !== '')
}

function problemOf(line: string, env: Env = {}): string {
  try {
    scanArguments(words(line), env)
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error))
    return usageProblem(error) ?? ''
  }
  return assert.fail(`accepted: ${line}`)
}

describe('the options of a scan', () => {
  const cases: readonly (readonly [line: string, options: ScanArguments['options']])[] = [
    ['h', { targets: ['h'] }],
    ['-iL a -iL -', { targetFiles: ['a', '-'] }],
    [
      'h --exclude a,b --exclude c --excludefile f',
      { targets: ['h'], exclude: ['a,b', 'c'], excludeFiles: ['f'] },
    ],
    ['h -4', { targets: ['h'], family: 4 }],
    ['h -6', { targets: ['h'], family: 6 }],
    ['h -sT -n -Pn', { targets: ['h'] }],
    ['h -p 22,80', { targets: ['h'], ports: '22,80' }],
    ['h -p-', { targets: ['h'], ports: '-' }],
    ['h --top-ports 10', { targets: ['h'], topPorts: 10 }],
    ['h -F', { targets: ['h'], topPorts: 100 }],
    ['h --exclude-ports 25', { targets: ['h'], excludePorts: '25' }],
    ['h --rate 0.5', { targets: ['h'], rate: 0.5 }],
    ['h --rate .5', { targets: ['h'], rate: 0.5 }],
    ['h --rate 50k', { targets: ['h'], rate: 50_000 }],
    ['h --max-rate 1.5M', { targets: ['h'], rate: 1_500_000 }],
    ['h --rate auto', { targets: ['h'], rate: 'auto' }],
    ['h --rate 5 --max-rate 7', { targets: ['h'], rate: 7 }],
    ['h --max-retries 0', { targets: ['h'], maxRetries: 0 }],
    ['h --host-timeout 15m', { targets: ['h'], hostTimeoutMs: 900_000 }],
    ['h --host-timeout 30', { targets: ['h'], hostTimeoutMs: 30_000 }],
    ['h --scan-delay 1.5s', { targets: ['h'], scanDelayMs: 1500 }],
    ['h --scan-delay 250ms', { targets: ['h'], scanDelayMs: 250 }],
    ['h --scan-delay 0', { targets: ['h'], scanDelayMs: 0 }],
    ['h -T0', { targets: ['h'], timing: 0 }],
    ['h -T5', { targets: ['h'], timing: 5 }],
    ['h -T paranoid', { targets: ['h'], timing: 0 }],
    ['h -T4 -T insane', { targets: ['h'], timing: 5 }],
    ['h --seed 9007199254740991', { targets: ['h'], seed: Number.MAX_SAFE_INTEGER }],
    ['h --seed 7 --shard 2/4', { targets: ['h'], seed: 7, shard: { index: 2, count: 4 } }],
    ['h --shard 1/2', { targets: ['h'], seed: 0, shard: { index: 1, count: 2 } }],
    ['h --scope s.yaml', { targets: ['h'], scopeFile: 's.yaml' }],
    ['h --all-states', { targets: ['h'], allStates: true }],
    ['h --driver portable', { targets: ['h'], driver: 'portable' }],
  ]
  for (const [line, options] of cases) test(line, () => assert.deepEqual(parse(line).options, options))
})

describe('the output of a scan', () => {
  test('is a table or lines unless something else is asked for', () => {
    assert.deepEqual(parse('h').output, { stdout: 'auto', files: [], append: false })
  })
  test('--json takes standard output, files go beside it', () => {
    assert.deepEqual(parse('h --json -oX a.xml -oG a.g --append-output').output, {
      stdout: 'ndjson',
      files: [
        { kind: 'xml', path: 'a.xml' },
        { kind: 'grepable', path: 'a.g' },
      ],
      append: true,
    })
  })
  test('-oX - takes the place of the table', () => {
    assert.equal(parse('h -oX -').output.stdout, 'xml')
    assert.equal(parse('h --json -oD -').output.stdout, 'ndjson')
  })
  test("-oA BASE is nmap's three files", () => {
    assert.deepEqual(parse('h -oA base').output.files, [
      { kind: 'normal', path: 'base.nmap' },
      { kind: 'xml', path: 'base.xml' },
      { kind: 'grepable', path: 'base.gnmap' },
    ])
  })
  test('file names take the time of the start', () => {
    const now = new Date(2026, 10, 2, 3, 4, 5)
    const parsed = scanArguments(['h', '-oJ', '%Y-%m-%d_%H%M%S_%T_%R_%D_%y_%%_%q_%'], {}, now)
    assert.ok(parsed.kind === 'scan')
    const [file] = parsed.output.files
    assert.equal(file?.path, '2026-11-02_030405_030405_0304_110226_26_%_q_%')
  })
})

test('-h and --help ask for help whatever else is there', () => {
  assert.deepEqual(scanArguments(['-h'], {}), { kind: 'help', length: 'short' })
  assert.deepEqual(scanArguments(['x', '--rate', 'wrong', '--help'], {}), { kind: 'help', length: 'full' })
})

test('how much is said', () => {
  assert.equal(parse('h').display.verbosity, 0)
  assert.equal(parse('h -q').display.verbosity, -1)
  assert.equal(parse('h -v').display.verbosity, 1)
  assert.equal(parse('h -vv').display.verbosity, 2)
  assert.equal(parse('h -v -v -v').display.verbosity, 3)
  assert.equal(parse('h -nv -v').display.verbosity, 2)
  assert.equal(parse('h -v2').display.verbosity, 2)
  assert.deepEqual(parse('h --no-progress --stats-every 10s --color never --accessible').display, {
    color: 'never',
    progress: false,
    statsEveryMs: 10_000,
    accessible: true,
    verbosity: 0,
  })
})

test('--accessible takes colour away unless --color asks for it', () => {
  assert.equal(parse('h --accessible').display.color, 'never')
  assert.equal(parse('h --accessible --color auto').display.color, 'auto')
})

describe('refused', () => {
  const cases: readonly (readonly [line: string, problem: RegExp])[] = [
    ['', /^no target given; as in portolan scan 127\.0\.0\.1/],
    ['-', /^'-' is not a target \(argument 2\); .*-iL -/],
    ['h -p 22 -F', /^-p and -F exclude each other \(argument 5\); give one of/],
    ['h --top-ports 5 -F', /^--top-ports and -F exclude each other/],
    ['h -p 22 -p 80', /^option -p is given twice \(argument 5\); .*--ports=A,B/],
    ['h -4 -6', /^-4 and -6 exclude each other/],
    ['h -v -q', /^-q and -v exclude each other/],
    ['h --open --all-states', /^--open and --all-states exclude each other/],
    [
      'h --json -oX -',
      /^--json and -oX - exclude each other \(argument 4\); only one of them can have standard output/,
    ],
    ['h -oX - -oG -', /^-oX and -oG - exclude each other/],
    ['h -oX a -oG a', /^-oX and -oG both write 'a'/],
    ['h -oA -', /^-oA writes three files/],
    ['h --output-xml=', /^option --output-xml needs a file name/],
    ['-iL - --excludefile -', /^-iL and --excludefile exclude each other .*standard input/],
    [
      'h --top-ports 0',
      /^value of --top-ports must be a whole number from 1 to 65535, not '0' \(argument 3\); nearest: 1$/,
    ],
    ['h --top-ports 99999', /nearest: 65535$/],
    ['h --top-ports full', /a whole number from 1 to 65535, not 'full'/],
    ['h -T6', /^value of -T must be 0, 1, .* or insane, not '6' \(argument 3\)/],
    ['h -T agressive', /did you mean aggressive\?/],
    ['h --rate 0', /^value of --rate must be probes a second: more than 0/],
    ['h --rate -5', /not '-5'/],
    ['h --rate 1e5', /not '1e5'/],
    ['h --rate fast', /not 'fast' \(argument 3\)/],
    ['h --max-retries -1', /a whole number from 0 to 100, not '-1'/],
    ['h --max-retries 1.5', /not '1\.5'/],
    [
      'h --host-timeout 5x',
      /^value of --host-timeout must be a time such as 500ms, 30s, 15m or 2h, not '5x'/,
    ],
    ['h --host-timeout 0', /more than 0, not '0'/],
    ['h --host-timeout 1000h', /up to 24 days/],
    ['h --stats-every s', /a time such as/],
    ['h --shard 0/4', /shards are counted from 1: the first is 1\/4/],
    ['h --shard 5/4', /X\/Y with X from 1 to Y, not '5\/4' \(argument 3\)/],
    ['h --shard 1', /X\/Y/],
    ['h --seed 9007199254740992', /from 0 to 9007199254740991/],
    ['h --seed 0x10', /whole number/],
    ['h --color sometimes', /auto, always or never, not 'sometimes'/],
    ['h --driver kernal', /did you mean kernel\?/],
    ['h -v12', /^value of -v must be a whole number from 0 to 9, not '12'/],
    ['h --min-rate 5', /^not built yet: --min-rate needs/],
  ]
  for (const [line, problem] of cases) test(line, () => assert.match(problemOf(line), problem))
})

describe('the environment', () => {
  test('counts less than the command line and more than the default', () => {
    const env = {
      PORTOLAN_TOP_PORTS: '7',
      PORTOLAN_RATE: '5',
      PORTOLAN_SCOPE: 's.yaml',
      PORTOLAN_DRIVER: 'portable',
    }
    const both = { rate: 5, scopeFile: 's.yaml', driver: 'portable' }
    assert.deepEqual(parse('h', env).options, { targets: ['h'], topPorts: 7, ...both })
    assert.deepEqual(parse('h --top-ports 9', env).options, { targets: ['h'], topPorts: 9, ...both })
  })
  test('gives way to a flag that excludes it', () => {
    assert.deepEqual(parse('h -p 22', { PORTOLAN_TOP_PORTS: '7', PORTOLAN_FAST: '1' }).options, {
      targets: ['h'],
      ports: '22',
    })
    assert.equal(parse('h -q', { PORTOLAN_VERBOSE: '2' }).display.verbosity, -1)
  })
  test('adds to exclusions, never takes one away', () => {
    assert.deepEqual(parse('h --exclude a', { PORTOLAN_EXCLUDE: 'b' }).options.exclude, ['b', 'a'])
  })
  test('adds no targets to those that were typed', () => {
    assert.deepEqual(parse('h', { PORTOLAN_INCLUDEFILE: 'f' }).options, { targets: ['h'] })
    assert.deepEqual(parse('', { PORTOLAN_INCLUDEFILE: 'f' }).options, { targetFiles: ['f'] })
  })
  test('an empty variable is an unset one, 0 is no', () => {
    assert.equal(parse('h', { PORTOLAN_RATE: '', PORTOLAN_JSON: '0' }).output.stdout, 'auto')
    assert.equal(parse('h', { PORTOLAN_JSON: 'yes' }).output.stdout, 'ndjson')
  })
  test('wrong values name their variable', () => {
    assert.match(
      problemOf('h', { PORTOLAN_RATE: 'x' }),
      /^value of PORTOLAN_RATE must be .* not 'x' \(environment\)/,
    )
    assert.match(
      problemOf('h', { PORTOLAN_JSON: 'maybe' }),
      /^value of PORTOLAN_JSON must be 1 or 0, not 'maybe'/,
    )
    assert.match(problemOf('h', { PORTOLAN_FLEET: 'u' }), /^not built yet: PORTOLAN_FLEET needs/)
    assert.match(
      problemOf('h', { PORTOLAN_TOP_PORTS: '1', PORTOLAN_FAST: '1' }),
      /^PORTOLAN_TOP_PORTS and PORTOLAN_FAST exclude each other \(environment\)/,
    )
  })
  test('has a name for every long option of the scan but help, and each is read', () => {
    const sample: Readonly<Record<string, string>> = {
      shard: '1/2',
      color: 'auto',
      driver: 'kernel',
      timing: '3',
    }
    for (const option of SCAN_OPTIONS)
      for (const long of option.long) {
        if (long === 'help') continue
        const wrong = problemOrNone({ [environmentName(long)]: '\0' })
        const right = problemOrNone({ [environmentName(long)]: sample[long] ?? '1' })
        assert.equal(right, undefined, long)
        // Free text (files, port and target lists) has no wrong value here.
        if (/^(?:includefile|exclude|excludefile|ports|exclude-ports|scope)$/.test(long)) continue
        assert.match(wrong ?? '', new RegExp(environmentName(long)), long)
      }
  })
})

function problemOrNone(env: Env): string | undefined {
  try {
    scanArguments(['h'], env)
    return undefined
  } catch (error) {
    return usageProblem(error)
  }
}

test('whatever words and variables, the result is arguments or a usage error of one line', () => {
  const names = [...SCAN_OPTIONS, ...FUTURE_SCAN_OPTIONS].flatMap((option) => spellings(option))
  const value = fc.oneof(
    fc.constantFrom('1', '0', '-', '1/2', '10s', 'auto', '65536', '9'.repeat(30)),
    fc.string({ maxLength: 6 }),
  )
  const word = fc.oneof(
    fc.constantFrom(...names),
    value,
    fc.tuple(fc.constantFrom(...names), value).map((parts) => parts.join('=')),
  )
  const variable = fc.constantFrom(...SCAN_OPTIONS.flatMap((option) => option.long.map(environmentName)))
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 6 }),
      fc.dictionary(variable, value, { maxKeys: 3 }),
      (argv, env) => {
        try {
          scanArguments(argv, env)
        } catch (error) {
          assert.ok(error instanceof UsageError, String(error))
          assert.doesNotMatch(usageProblem(error) ?? '', /[\p{Cc}\p{Zl}\p{Zp}]/u)
          assert.notEqual(error.hint, '')
        }
      },
    ),
    { numRuns: 3000 },
  )
})
