import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { FUTURE_SCAN_OPTIONS } from '../../src/cli/future-options.ts'
import { getopt } from '../../src/cli/getopt.ts'
import { spellings, type Option } from '../../src/cli/options.ts'
import { SCAN_OPTIONS } from '../../src/cli/scan-options.ts'
import { UsageError, usageProblem } from '../../src/cli/usage-error.ts'

const table: readonly Option[] = [...SCAN_OPTIONS, ...FUTURE_SCAN_OPTIONS]
/** The same table as if everything were built. */
const everything: readonly Option[] = table.map((option) => {
  const built = { ...option }
  delete built.notBuilt
  return built
})

function parse(line: string, options = table): [options: string[], operands: string[]] {
  const words = line.split(' ').filter((word) => word !== '')
  const parsed = getopt(words, options, 'scan')
  const given = parsed.options.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`))
  return [given, parsed.operands.map(({ text }) => text)]
}

function problemOf(words: readonly string[]): string {
  try {
    getopt(words, table, 'scan')
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error))
    return usageProblem(error) ?? ''
  }
  return assert.fail(`accepted: ${words.join(' ')}`)
}

describe('getopt reads', () => {
  test("nmap's long line, every option and both targets", () => {
    const line =
      '-sS -sV -p 22,80-90 -oX out.xml -T4 -Pn -PS80,443 -vv -iL list --top-ports 100 -6 -d NET -p- -O HOST --script=default -oA base'
    assert.deepEqual(parse(line, everything), [
      [
        'syn',
        'services',
        'ports=22,80-90',
        'output-xml=out.xml',
        'timing=4',
        'skip-host-discovery',
        'discover-syn=80,443',
        'verbose=v',
        'includefile=list',
        'top-ports=100',
        'ipv6',
        'debug',
        'ports=-',
        'os-detection',
        'script=default',
        'output-all=base',
      ],
      ['NET', 'HOST'],
    ])
  })

  const lines: readonly (readonly [line: string, options: string[], operands: string[]])[] = [
    ['-sT 127.0.0.1', ['connect'], ['127.0.0.1']],
    ['127.0.0.1 -sT', ['connect'], ['127.0.0.1']],
    ['-p22,80', ['ports=22,80'], []],
    ['-p=22', ['ports=22'], []],
    ['-p -1024', ['ports=-1024'], []],
    ['-p - h', ['ports=-'], ['h']],
    ['-p 1-', ['ports=1-'], []],
    ['-p-', ['ports=-'], []],
    ['-p-6', ['ports=-6'], []],
    ['-phttp*', ['ports=http*'], []],
    ['-pssh', ['ports=ssh'], []],
    ['-pU:53', ['ports=U:53'], []],
    ['-T4', ['timing=4'], []],
    ['-T 4', ['timing=4'], []],
    ['-Taggressive', ['timing=aggressive'], []],
    ['-oX -', ['output-xml=-'], []],
    ['-oX=-', ['output-xml=-'], []],
    ['-oX out.xml -oG out.g', ['output-xml=out.xml', 'output-grepable=out.g'], []],
    ['-iL - -iL b', ['includefile=-', 'includefile=b'], []],
    ['-v', ['verbose'], []],
    ['-vvv', ['verbose=vv'], []],
    ['-v2', ['verbose=2'], []],
    ['-v 2', ['verbose'], ['2']],
    ['-n6', ['no-dns', 'ipv6'], []],
    ['-nvv', ['no-dns', 'verbose', 'verbose'], []],
    ['-PN -P0 -Pn', ['skip-host-discovery', 'skip-host-discovery', 'skip-host-discovery'], []],
    ['--top-ports 100', ['top-ports=100'], []],
    ['--top-ports=100', ['top-ports=100'], []],
    ['-top-ports 100', ['top-ports=100'], []],
    ['-top-ports=100', ['top-ports=100'], []],
    ['--max-rate 5k --rate=auto', ['rate=5k', 'rate=auto'], []],
    ['--color=', ['color='], []],
    ['--output-xml=--open', ['output-xml=--open'], []],
    ['--output-xml=a=b', ['output-xml=a=b'], []],
    ['-F -- -F --open', ['fast'], ['-F', '--open']],
    ['-F -', ['fast'], ['-']],
    ['-open -json', ['open', 'json'], []],
    ['-sT -reason', ['connect', 'reason'], []],
  ]
  for (const [line, options, operands] of lines)
    test(line, () => assert.deepEqual(parse(line), [options, operands]))

  test('several types of scan behind one -s', () => {
    assert.deepEqual(parse('-sSV', everything), [['syn', 'services'], []])
    assert.deepEqual(parse('-sTUV', everything), [['connect', 'udp', 'services'], []])
  })

  test('the place of each word, counted from the command', () => {
    const { options, operands } = getopt(['a', '-p', '22', 'b', '--', 'c'], table, 'scan')
    assert.deepEqual(
      options.map(({ place }) => place),
      [3],
    )
    assert.deepEqual(operands, [
      { text: 'a', place: 2 },
      { text: 'b', place: 5 },
      { text: 'c', place: 7 },
    ])
  })

  test('every spelling of every option as that option', () => {
    for (const option of everything)
      for (const spelling of [...spellings(option), ...option.long.map((name) => `-${name}`)]) {
        const words = option.value === 'required' ? [spelling, 'x'] : [spelling]
        const [found, ...more] = getopt(words, everything, 'scan').options
        assert.equal(found?.option, option, spelling)
        assert.equal(found?.value, option.value === 'required' ? 'x' : undefined, spelling)
        assert.deepEqual(more, [])
      }
  })
})

describe('getopt refuses', () => {
  const cases: readonly (readonly [line: string, problem: RegExp])[] = [
    ['--prots 22', /^unknown option '--prots' \(argument 2\); did you mean --ports\?/],
    ['127.0.0.1 --top-port 5', /^unknown option '--top-port' \(argument 3\); did you mean --top-ports\?/],
    ['--max-ret 3', /'--max-ret'.* did you mean --max-retries\?/],
    ['--Open', /did you mean --open\?/],
    ['-ox f', /'-ox' \(argument 2\); did you mean -oX\?/],
    ['-st', /did you mean -sT\?/],
    ['-t4', /'-t4' .* did you mean -T\?/],
    ['--p 22', /'--p' .* did you mean -p\?/],
    ['-port 22', /'-port' .* did you mean --ports\?/],
    ['-excludes h', /'-excludes' .* did you mean --exclude\?/],
    ['-oXout.xml', /'-oXout.xml' \(argument 2\); did you mean -oX out.xml\?/],
    ['--zzzzzz', /^unknown option '--zzzzzz' \(argument 2\); see portolan scan --help$/],
    ['-p', /^option -p needs a SPEC, but the line ends \(argument 2\); write -p SPEC/],
    [
      '-oX --open',
      /^option -oX needs a FILE, but the next word is the option '--open' \(argument 3\); .*--output-xml=--open/,
    ],
    ['-p -F h', /needs a SPEC, but the next word is the option '-F'/],
    ['-p -6', /the next word is the option '-6'/],
    ['--open=yes', /^option --open takes no value, but 'yes' was given \(argument 2\)/],
    ['-F=1', /-F takes no value/],
    ['-sS', /^not built yet: -sS needs raw scanning; -sT is what this version does/],
    ['-sSV h', /^not built yet: -sS /],
    ['-e eth0', /^not built yet: -e needs/],
    ['-g53', /^not built yet: -g needs/],
    ['-PS80,443', /^not built yet: -PS needs/],
    ['--fleet x', /^not built yet: --fleet needs/],
    ['--script=default', /^not built yet: --script needs/],
  ]
  for (const [line, problem] of cases) test(line, () => assert.match(problemOf(line.split(' ')), problem))

  test('-pn is read as -p n, which the port grammar judges', () => {
    assert.deepEqual(parse('-pn'), [['ports=n'], []])
  })

  test('every option of a later version, by every spelling', () => {
    for (const option of FUTURE_SCAN_OPTIONS)
      for (const spelling of spellings(option))
        assert.match(problemOf([spelling, 'x']), new RegExp(`^not built yet: ${spelling} \\w`))
  })

  test('beginnings of long names, though they are unambiguous', () => {
    for (const option of SCAN_OPTIONS)
      for (const name of option.long) {
        const beginning = name.slice(0, -1)
        if (table.some((other) => other.long.includes(beginning))) continue
        assert.match(problemOf([`--${beginning}`]), /^unknown option/)
      }
  })

  test('control characters in a word reach the message escaped', () => {
    assert.ok(problemOf(['--\u001b[31mred']).includes(String.raw`--\x1b[31mred`))
  })
})

test('whatever the words, getopt accepts them or names a usage error', () => {
  const names = everything.flatMap((option) => spellings(option))
  const word = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(...names),
    fc.tuple(fc.constantFrom(...names), fc.string({ maxLength: 4 })).map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom(...names), fc.string({ maxLength: 4 })).map((parts) => parts.join('=')),
    fc.constantFrom('-', '--', '', '-=', '--=', '-p', '=', '-s', '-o'),
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), fc.constantFrom(table, everything), (words, options) => {
      try {
        const parsed = getopt(words, options, 'scan')
        for (const { option, value } of parsed.options)
          if (option.value === 'required') assert.notEqual(value, undefined)
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error))
        assert.doesNotMatch(error.message, /\p{Cc}/u)
      }
    }),
    { numRuns: 3000 },
  )
})

test('a word that begins with no dash is an operand, and nothing is lost or invented', () => {
  const operand = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !text.startsWith('-'))
  fc.assert(
    fc.property(fc.array(operand), (words) => {
      assert.deepEqual(
        getopt(words, table, 'scan').operands.map(({ text }) => text),
        words,
      )
    }),
  )
})
