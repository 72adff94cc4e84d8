/** Help in two lengths, made from the tables of commands and options. */
import { COMMANDS, type Command } from './commands.ts'
import { EXIT_MEANINGS } from './exit-codes.ts'
import { twoColumns, wrap } from './help-layout.ts'
import { PRECEDENCE, TOPICS, VARIABLES, type Topic } from './help-topics.ts'
import { GROUPS, environmentName, visibleOptions, type Option } from './options.ts'
import { VERSION } from '../scan/version.ts'

type HelpLength = 'short' | 'full'

export const TAGLINE = 'a port scanner that says unknown where it does not know'

/** Three examples that a newcomer can run as they stand. */
const FIRST_EXAMPLES: readonly (readonly [string, string])[] = [
  ['portolan scan 127.0.0.1', 'what listens on this machine'],
  ["portolan ports 'http*'", 'numbers by name'],
  ['portolan doctor', 'what this machine lets Portolan do'],
]

/** `portolan -h` and `portolan --help`. */
export function overview(length: HelpLength): string {
  const lines = [
    `portolan ${VERSION}: ${TAGLINE}`,
    '',
    ...twoColumns(FIRST_EXAMPLES),
    '',
    'Usage: portolan COMMAND [options]',
    ...twoColumns(COMMANDS.map(({ name, doc }) => [name, doc])),
    '',
  ]
  const topics = TOPICS.map(({ name, doc }) => [name, doc] as const)
  if (length === 'short')
    lines.push(
      ...wrap(`Topics of portolan help: ${topics.map(([name]) => name).join(', ')}.`, 0),
      'portolan COMMAND -h is one screen, portolan COMMAND --help is everything.',
    )
  else
    lines.push(
      'TOPICS (portolan help TOPIC)',
      ...twoColumns(topics),
      '',
      ...exitStatus(),
      '',
      ...environment(),
      '',
      'portolan COMMAND --help explains the options of a command.',
    )
  return `${lines.join('\n')}\n`
}

/**
 * `portolan COMMAND -h` and `portolan COMMAND --help`.
 *
 * @throws Error for a name that is not in the table of commands: a fault of ours.
 */
export function commandHelp(name: string, length: HelpLength): string {
  const command = COMMANDS.find((one) => one.name === name)
  if (command === undefined) throw new Error(`no help for the command ${name}`)
  const lines = length === 'short' ? shortHelp(command) : fullHelp(command)
  return `${lines.join('\n')}\n`
}

function usage(command: Command): string {
  return `Usage: portolan ${command.name} ${command.usage}`.trimEnd()
}

function examples(command: Command): string[] {
  return twoColumns(command.examples.map(([words, doc]) => [`portolan ${words}`, doc]))
}

function shortHelp(command: Command): string[] {
  const options = visibleOptions(command.options)
  const brief = options.filter((option) => option.brief === true)
  const rest = options.length - brief.length
  return [
    `portolan ${command.name}: ${command.doc}`,
    '',
    ...(command.examples.length === 0 ? [] : [...examples(command), '']),
    usage(command),
    ...twoColumns((brief.length === 0 ? options : brief).map((option) => [optionTerm(option), option.doc])),
    ...(brief.length === 0 ? [] : ['', `${rest} more options: portolan ${command.name} --help`]),
  ]
}

function fullHelp(command: Command): string[] {
  const options = visibleOptions(command.options)
  const lines = [`portolan ${command.name}: ${command.doc}`, '', usage(command), '']
  for (const group of GROUPS) {
    const members = options.filter((option) => option.group === group)
    if (members.length === 0) continue
    lines.push(group)
    for (const option of members) lines.push(`  ${optionTerm(option)}`, ...wrap(optionText(option), 10))
    lines.push('')
  }
  if (command.examples.length > 0) lines.push('EXAMPLES', ...examples(command), '')
  return [...lines, ...exitStatus(), '', ...environment()]
}

function exitStatus(): string[] {
  return ['EXIT STATUS', ...twoColumns(EXIT_MEANINGS)]
}

function environment(): string[] {
  return ['ENVIRONMENT', ...twoColumns(VARIABLES), ...wrap(PRECEDENCE, 2)]
}

/** `-p, --ports SPEC`; further short spellings are understood but not shown. */
function optionTerm(option: Option): string {
  const short = option.short?.[0]
  const names = [
    ...(short === undefined ? [] : [`-${short}`]),
    ...option.long.map((name) => `--${name}`),
  ].join(', ')
  if (option.value === 'none') return names
  return option.value === 'required' ? `${names} ${option.valueName}` : `${names}[=${option.valueName}]`
}

/** What the full help and the manual say of an option, defaults and variables included. */
export function optionText(option: Option): string {
  const sentences = [`${option.doc}.`]
  if (option.more !== undefined) sentences.push(option.more)
  if (option.value !== 'none' && option.fallback !== undefined)
    sentences.push(`[default: ${option.fallback}]`)
  if (option.argumentOnly !== true) sentences.push(`[env: ${option.long.map(environmentName).join(', ')}]`)
  return sentences.join(' ')
}

/** `portolan help TOPIC`. */
export function topicHelp(topic: Topic): string {
  const parts = topic.body.map((part) =>
    (typeof part === 'string' ? wrap(part, 0) : twoColumns(part)).join('\n'),
  )
  return `${topic.name}: ${topic.doc}\n\n${parts.join('\n\n')}\n`
}
