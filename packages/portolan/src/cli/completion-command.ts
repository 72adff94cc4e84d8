/** `portolan completion SHELL` prints the script; `--complete SHELL -- WORD…` is what the script calls. */
import { escapeText } from '../text/untrusted.ts'
import { SHELLS } from './commands.ts'
import { complete } from './complete.ts'
import { SCRIPTS } from './completion-scripts.ts'
import { EXIT } from './exit-codes.ts'
import { getopt } from './getopt.ts'
import { commandHelp } from './help.ts'
import { nearest } from './nearest.ts'
import { HELP_OPTIONS } from './options.ts'
import { UsageError } from './usage-error.ts'

/** @throws UsageError for a missing or unknown shell. */
export async function run(argv: string[]): Promise<number> {
  const [first, caller, , ...words] = argv
  if (first === '--complete') {
    process.stdout.write(answer(caller ?? '', words))
    return EXIT.ok
  }
  const { operands, options } = getopt(argv, HELP_OPTIONS, 'completion')
  const [help] = options
  if (help !== undefined) {
    process.stdout.write(commandHelp('completion', help.spelling === '-h' ? 'short' : 'full'))
    return EXIT.ok
  }
  const [operand, extra] = operands
  const shells = SHELLS.join(', ')
  if (operand === undefined)
    throw new UsageError('no shell given', `one of ${shells}, as in portolan completion bash`)
  if (extra !== undefined)
    throw new UsageError(
      `one shell at a time, not '${escapeText(extra.text, 80)}' too (argument ${extra.place})`,
      `one of ${shells}`,
    )
  const shell = SHELLS.find((one) => one === operand.text)
  if (shell === undefined) {
    const near = nearest(operand.text, SHELLS)
    throw new UsageError(
      `no completion for '${escapeText(operand.text, 80)}' (argument ${operand.place})`,
      near === undefined ? `one of ${shells}` : `did you mean ${near}?`,
    )
  }
  process.stdout.write(SCRIPTS[shell])
  return EXIT.ok
}

/** The protocol of completion-scripts.ts. */
function answer(shell: string, typed: readonly string[]): string {
  const { words, joined } = shell === 'bash' ? joinAtEquals(typed) : { words: typed, joined: false }
  // PowerShell's script puts a colon before the last word.
  const last = words.at(-1) ?? ''
  const { candidates, also, prefix } = complete(
    shell === 'powershell' ? [...words.slice(0, -1), last.replace(/^:/, '')] : words,
  )
  // bash and zsh have set the part up to "=" aside when they insert a candidate.
  const shown = joined || shell === 'zsh' ? '' : prefix
  return [...candidates.map(({ value, doc }) => `${shown}${value}\t${doc}`), `:${also}`, ''].join('\n')
}

/** `--color`, `=`, `al` to `--color=al`. */
function joinAtEquals(typed: readonly string[]): {
  readonly words: readonly string[]
  readonly joined: boolean
} {
  const words: string[] = []
  let joined = false
  for (let index = 0; index < typed.length; index++) {
    const word = typed[index] ?? ''
    const name = words.at(-1)
    joined = word === '=' && name?.startsWith('--') === true
    if (!joined) words.push(word)
    else {
      words[words.length - 1] = `${name ?? ''}=${typed[index + 1] ?? ''}`
      index++
    }
  }
  return { words, joined }
}
