/** `portolan help [COMMAND|TOPIC]`. */
import { escapeText } from '../text/untrusted.ts'
import { COMMANDS, FUTURE_COMMANDS } from './commands.ts'
import { EXIT } from './exit-codes.ts'
import { getopt } from './getopt.ts'
import { TOPICS } from './help-topics.ts'
import { commandHelp, overview, topicHelp } from './help.ts'
import { nearest } from './nearest.ts'
import { HELP_OPTIONS } from './options.ts'
import { UsageError } from './usage-error.ts'

/** @throws UsageError for a word that is neither. */
export async function run(argv: string[]): Promise<number> {
  const { operands, options } = getopt(argv, HELP_OPTIONS, 'help')
  process.stdout.write(
    options.length > 0 ? commandHelp('help', 'full') : textFor(operands.map(({ text }) => text)),
  )
  return EXIT.ok
}

function textFor(words: readonly string[]): string {
  const [name, ...more] = words
  if (name === undefined) return overview('full')
  if (more.length > 0)
    throw new UsageError(
      `help explains one thing at a time, not '${escapeText(more[0] ?? '', 80)}' too (argument 3)`,
      `write portolan help ${escapeText(name, 80)}`,
    )
  // A topic explains more than the usage of the command of the same name, which has its own --help.
  const topic = TOPICS.find((one) => one.name === name)
  if (topic !== undefined) return topicHelp(topic)
  if (COMMANDS.some((one) => one.name === name)) return commandHelp(name, 'full')
  if (Object.hasOwn(FUTURE_COMMANDS, name))
    throw new UsageError(`not built yet: ${name} ${FUTURE_COMMANDS[name] ?? ''}`, 'see portolan --help')
  const names = [...TOPICS.map((one) => one.name), ...COMMANDS.map((one) => one.name)]
  const near = nearest(name, names)
  throw new UsageError(
    `no help on '${escapeText(name, 80)}' (argument 2)`,
    near === undefined
      ? `topics: ${TOPICS.map((one) => one.name).join(', ')}`
      : `did you mean portolan help ${near}?`,
  )
}
