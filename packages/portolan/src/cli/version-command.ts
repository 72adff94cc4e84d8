/** `portolan version`, `-V`, `--version`. */
import { escapeText } from '../text/untrusted.ts'
import { HELP_OPTIONS } from './options.ts'
import { EXIT } from './exit-codes.ts'
import { getopt } from './getopt.ts'
import { UsageError } from './usage-error.ts'
import { VERSION } from '../scan/version.ts'

/** @throws UsageError for any operand. */
export async function run(argv: string[]): Promise<number> {
  const line = getopt(argv, HELP_OPTIONS, 'version')
  const [extra] = line.operands
  if (extra !== undefined)
    throw new UsageError(
      `version takes no '${escapeText(extra.text, 80)}' (argument ${extra.place})`,
      'write portolan version alone',
    )
  if (line.options.length > 0) {
    const { commandHelp } = await import('./help.ts')
    process.stdout.write(commandHelp('version', 'full'))
  } else process.stdout.write(`portolan ${VERSION}\n`)
  return EXIT.ok
}
