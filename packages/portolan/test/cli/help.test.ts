import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COMMANDS } from '../../src/cli/commands.ts'
import { EXIT, EXIT_MEANINGS } from '../../src/cli/exit-codes.ts'
import { FUTURE_SCAN_OPTIONS } from '../../src/cli/future-options.ts'
import { WIDTH, twoColumns, wrap } from '../../src/cli/help-layout.ts'
import { TOPICS } from '../../src/cli/help-topics.ts'
import { commandHelp, overview, topicHelp } from '../../src/cli/help.ts'
import { environmentName, spellings, visibleOptions } from '../../src/cli/options.ts'
import { PORT_STATES } from '../../src/scan/states.ts'
import { portolan } from './portolan-process.ts'

const texts: readonly (readonly [name: string, text: string])[] = [
  ['portolan -h', overview('short')],
  ['portolan --help', overview('full')],
  ...COMMANDS.map(({ name }) => [`${name} -h`, commandHelp(name, 'short')] as const),
  ...COMMANDS.map(({ name }) => [`${name} --help`, commandHelp(name, 'full')] as const),
  ...TOPICS.map((topic) => [`help ${topic.name}`, topicHelp(topic)] as const),
]

describe('every help text', () => {
  for (const [name, text] of texts)
    test(name, () => {
      const lines = text.split('\n')
      assert.equal(lines.pop(), '', 'ends in a line end')
      for (const line of lines) {
        assert.ok(line.length <= WIDTH, `${line.length} columns: ${line}`)
        assert.doesNotMatch(line, /\s$|undefined|\t/, line)
      }
      // One screen of a terminal is 24 lines, and one of them is the next prompt.
      if (name.endsWith('-h')) assert.ok(lines.length <= 23, `${lines.length} lines`)
    })
})

test('the short help of portolan and of scan begins with three examples', () => {
  for (const text of [overview('short'), commandHelp('scan', 'short')]) {
    const examples = text.split('\n').slice(2, 5)
    assert.equal(examples.filter((line) => line.startsWith('  portolan ')).length, 3, text)
  }
})

test('the full help of a command has every option with its variable', () => {
  for (const { name, options } of COMMANDS) {
    const text = commandHelp(name, 'full').replaceAll(/\s+/g, ' ')
    for (const option of visibleOptions(options)) {
      const [long] = option.long
      assert.match(text, new RegExp(` --${long}[ ,[]`), `${name} ${long}`)
      if (option.short?.[0] !== undefined)
        assert.ok(text.includes(` -${option.short[0]},`), `${name} -${option.short[0]}`)
      if (!('argumentOnly' in option))
        assert.ok(text.includes(environmentName(long)), `${name} ${environmentName(long)}`)
    }
  }
})

test('no help offers what is not built', () => {
  const text = texts.map(([, one]) => one).join('\n')
  const words = new Set(text.split(/[\s,[\]=]+/))
  for (const option of FUTURE_SCAN_OPTIONS)
    for (const spelling of spellings(option)) assert.ok(!words.has(spelling), spelling)
})

test('the topics name every state and every exit status', () => {
  const states = TOPICS.find(({ name }) => name === 'states')
  const exits = TOPICS.find(({ name }) => name === 'exit-codes')
  assert.ok(states !== undefined && exits !== undefined)
  for (const state of PORT_STATES) assert.ok(topicHelp(states).includes(`  ${state} `), state)
  for (const status of Object.values(EXIT)) {
    assert.ok(
      EXIT_MEANINGS.some(([number]) => number === String(status)),
      String(status),
    )
    assert.match(topicHelp(exits), new RegExp(`^ {2}${status} `, 'm'))
  }
})

test('long terms and texts are wrapped, words are kept whole', () => {
  assert.deepEqual(wrap('aaa bbb ccc', 2, 9), ['  aaa bbb', '  ccc'])
  assert.deepEqual(wrap('', 2), [])
  assert.deepEqual(wrap('x'.repeat(100), 0), ['x'.repeat(100)])
  assert.deepEqual(
    twoColumns([
      ['a', 'text'],
      ['long', ''],
    ]),
    ['  a     text', '  long'],
  )
})

describe('portolan help', () => {
  test('shows overview, command and topic on standard output', () => {
    assert.deepEqual(portolan(['help']), { status: 0, stdout: overview('full'), stderr: '' })
    assert.deepEqual(portolan(['help', 'doctor']), {
      status: 0,
      stdout: commandHelp('doctor', 'full'),
      stderr: '',
    })
    const states = TOPICS.find(({ name }) => name === 'states')
    assert.ok(states !== undefined)
    assert.deepEqual(portolan(['help', 'states']), { status: 0, stdout: topicHelp(states), stderr: '' })
  })
  test('names the nearest topic', () => {
    const { status, stderr } = portolan(['help', 'exit-code'])
    assert.equal(status, 2)
    assert.match(
      stderr,
      /^portolan: no help on 'exit-code' \(argument 2\); did you mean portolan help exit-codes\?\n$/,
    )
  })
})
