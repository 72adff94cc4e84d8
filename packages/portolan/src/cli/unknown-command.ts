/** The first word is no command: what was meant? */
import { escapeText } from '../text/untrusted.ts'
import { COMMANDS, FUTURE_COMMANDS } from './commands.ts'
import { nearest } from './nearest.ts'
import { UsageError } from './usage-error.ts'

/** The error to throw for a first word that is no command, with the words after it. */
export function unknownCommand(word: string, rest: readonly string[]): UsageError {
  const future = Object.hasOwn(FUTURE_COMMANDS, word) ? FUTURE_COMMANDS[word] : undefined
  if (future !== undefined) return new UsageError(`not built yet: ${word} ${future}`, 'see portolan --help')
  const shown = escapeText(word, 80)
  const line = escapeText(['portolan scan', word, ...rest].join(' '), 200)
  if (word.startsWith('-'))
    return new UsageError(`option '${shown}' stands before a command (argument 1)`, `did you mean ${line}?`)
  if (looksLikeTarget(word))
    return new UsageError(`'${shown}' is a target, not a command (argument 1)`, `did you mean ${line}?`)
  const near = nearest(word, [...COMMANDS.map(({ name }) => name), ...Object.keys(FUTURE_COMMANDS)])
  const names = COMMANDS.map(({ name }) => name).join(' ')
  return new UsageError(
    `unknown command '${shown}' (argument 1)`,
    near === undefined ? `commands: ${names}` : `did you mean portolan ${near}? see portolan --help`,
  )
}

/** Addresses, ranges and dotted names, and the one name that every machine has. */
function looksLikeTarget(word: string): boolean {
  return word === 'localhost' || /[.:/]/.test(word) || /^\d/.test(word)
}
