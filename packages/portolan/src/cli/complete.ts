/** What may stand in the place of the word that is being typed: the same answer for every shell. */
import { COMMANDS, type Command } from './commands.ts'
import { TOPICS } from './help-topics.ts'
import { HELP_OPTIONS, spellings, visibleOptions, type Option, type ValueOption } from './options.ts'

interface Candidate {
  readonly value: string
  readonly doc: string
}

interface Completion {
  readonly candidates: readonly Candidate[]
  /** What the shell itself should offer in addition. */
  readonly also: 'nothing' | 'files' | 'hosts'
  /** The part of the word before the candidates' values: `--color=`, or empty. */
  readonly prefix: string
}

/** @param words those after `portolan`, the last one as far as it is typed. */
export function complete(words: readonly string[]): Completion {
  const current = words.at(-1) ?? ''
  const [name] = words
  if (words.length < 2) {
    if (current.startsWith('-')) return offer(current, [...optionNames(HELP_OPTIONS), ...VERSION])
    return offer(current, COMMANDS.map(named))
  }
  const command = COMMANDS.find((one) => one.name === name)
  if (command === undefined) return offer(current, [])
  const before = words.slice(1, -1)
  const options = visibleOptions(command.options)
  const valueFor = awaiting(options, before.at(-1))
  if (valueFor !== undefined && !before.includes('--')) return values(valueFor, current, '')
  if (!current.startsWith('-') || before.includes('--'))
    return operands(command, operandsOf(before, options), current)
  const equals = current.indexOf('=')
  if (equals > 0) {
    const option = options.find((one) => spellings(one).includes(current.slice(0, equals)))
    if (option === undefined || option.value === 'none') return offer(current, [])
    return values(option, current.slice(equals + 1), current.slice(0, equals + 1))
  }
  return offer(current, [...optionNames(options), ...gluedValues(options, current)])
}

const VERSION: readonly Candidate[] = ['-V', '--version'].map((value) => ({
  value,
  doc: 'print the version',
}))

function named({ name, doc }: { readonly name: string; readonly doc: string }): Candidate {
  return { value: name, doc }
}

function optionNames(options: readonly Option[]): Candidate[] {
  return options.flatMap((option) => spellings(option).map((value) => ({ value, doc: option.doc })))
}

/** `-T4`, once `-T` is typed. */
function gluedValues(options: readonly Option[], current: string): Candidate[] {
  const option = options.find(({ short }) =>
    short?.some((name) => name.length === 1 && `-${name}` === current.slice(0, 2)),
  )
  if (option === undefined || option.value === 'none' || typeof option.values !== 'object') return []
  return option.values.map((value) => ({ value: current.slice(0, 2) + value, doc: option.doc }))
}

function values(option: ValueOption, current: string, prefix: string): Completion {
  if (option.values === 'file') return { candidates: [], also: 'files', prefix }
  return offer(
    current,
    (option.values ?? []).map((value) => ({ value, doc: option.doc })),
    prefix,
  )
}

function operands(command: Command, before: readonly string[], current: string): Completion {
  if (command.name === 'help') return offer(current, [...TOPICS.map(named), ...COMMANDS.map(named)])
  const position = Math.min(before.length, command.operands.length - 1)
  const choice = command.operands[position] ?? []
  if (choice === 'host') return { candidates: [], also: 'hosts', prefix: '' }
  return offer(
    current,
    choice.map((value) => ({ value, doc: '' })),
  )
}

/** The words that are neither options nor values of options. */
function operandsOf(words: readonly string[], options: readonly Option[]): readonly string[] {
  const end = words.indexOf('--')
  const open = end < 0 ? words : words.slice(0, end)
  const found = open.filter(
    (word, index) => !word.startsWith('-') && awaiting(options, open[index - 1]) === undefined,
  )
  return end < 0 ? found : [...found, ...words.slice(end + 1)]
}

/** The option that takes the next word for its value. */
function awaiting(options: readonly Option[], word: string | undefined): ValueOption | undefined {
  const option = options.find((one) => spellings(one).includes(word ?? ''))
  return option?.value === 'required' ? option : undefined
}

/** Those that begin with what is typed, each once. */
function offer(current: string, all: readonly Candidate[], prefix = ''): Completion {
  const fitting = new Map<string, Candidate>()
  for (const candidate of all)
    if (candidate.value.startsWith(current) && !fitting.has(candidate.value))
      fitting.set(candidate.value, candidate)
  return { candidates: [...fitting.values()], also: 'nothing', prefix }
}
