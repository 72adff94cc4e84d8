/** What may stand in the place of the word that is being typed: the same answer for every shell. */
import { COMMANDS, type Command } from './commands.ts'
import { TOPICS } from './help-topics.ts'
import { HELP_OPTIONS, spellings, visibleOptions, type Option, type ValueOption } from './options.ts'

export interface Candidate {
  readonly value: string
  readonly doc: string
}

export interface Completion {
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
  if (before.includes('--')) return operands(command, current)
  const options = visibleOptions(command.options)
  const awaiting = options.find(
    (option) => option.value === 'required' && spellings(option).includes(before.at(-1) ?? ''),
  )
  if (awaiting?.value === 'required') return values(awaiting, current, '')
  if (!current.startsWith('-')) return operands(command, current)
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

function operands(command: Command, current: string): Completion {
  if (command.name === 'help') return offer(current, [...TOPICS.map(named), ...COMMANDS.map(named)])
  if (command.operands === 'host') return { candidates: [], also: 'hosts', prefix: '' }
  if (command.operands === 'file') return { candidates: [], also: 'files', prefix: '' }
  return offer(
    current,
    (command.operands ?? []).map((value) => ({ value, doc: '' })),
  )
}

/** Those that begin with what is typed, each once. */
function offer(current: string, all: readonly Candidate[], prefix = ''): Completion {
  const fitting = new Map<string, Candidate>()
  for (const candidate of all)
    if (candidate.value.startsWith(current) && !fitting.has(candidate.value))
      fitting.set(candidate.value, candidate)
  return { candidates: [...fitting.values()], also: 'nothing', prefix }
}
