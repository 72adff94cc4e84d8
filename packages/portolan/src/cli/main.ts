/**
 * The command `portolan`: finds the command module, runs it, and turns what it throws into one line and an exit
 * status. Each command is loaded when it is asked for, so that `--help` loads nothing of the scanner.
 */
import { EXIT } from './exit-codes.ts'
import { OutputFailure } from './output-failure.ts'
import { usageProblem, withHint } from './usage-error.ts'

/** What each command module exports: words after the command's name in, exit status out. */
interface CommandModule {
  readonly run: (argv: string[]) => Promise<number>
}

/** Literal imports: the compiler rewrites their endings for dist. */
const MODULES: Readonly<Record<string, () => Promise<CommandModule>>> = {
  scan: () => import('./scan-command.ts'),
  scope: () => import('./scope-command.ts'),
  ports: () => import('./ports-command.ts'),
  doctor: () => import('./doctor-command.ts'),
  completion: () => import('./completion-command.ts'),
  help: () => import('./help-command.ts'),
  version: () => import('./version-command.ts'),
}

/**
 * Runs a command line and sets `process.exitCode`; the process ends when its streams are flushed.
 *
 * @param argv the words after `portolan`.
 */
export async function main(argv: string[]): Promise<void> {
  const output = new OutputFailure(process.stdout)
  // Nobody is left to be told, and the results may still have their reader.
  process.stderr.on('error', () => undefined)
  process.on('uncaughtException', (error: unknown) => {
    process.exit(report(error))
  })
  let status: number
  try {
    status = await dispatch(argv)
  } catch (error) {
    status = report(error)
  }
  output.settle(status)
}

async function dispatch(argv: string[]): Promise<number> {
  const [word, ...rest] = argv
  const load = word === undefined ? undefined : Object.hasOwn(MODULES, word) ? MODULES[word] : undefined
  if (load !== undefined) return (await load()).run(rest)
  switch (word) {
    case undefined: {
      const { overview } = await import('./help.ts')
      process.stderr.write(overview('short'))
      return EXIT.usage
    }
    case '-h':
    case '--help': {
      const { overview } = await import('./help.ts')
      process.stdout.write(overview(word === '-h' ? 'short' : 'full'))
      return EXIT.ok
    }
    case '-V':
    case '--version':
      return (await import('./version-command.ts')).run(rest)
    default: {
      const { unknownCommand } = await import('./unknown-command.ts')
      throw unknownCommand(word, rest)
    }
  }
}

/** Prints an error in its one line, returns its exit status. */
function report(error: unknown): number {
  const usage = usageProblem(error)
  if (usage !== undefined) {
    process.stderr.write(`portolan: ${oneLine(usage)}\n`)
    return EXIT.usage
  }
  const message = error instanceof Error ? error.message || error.name : String(error)
  const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : ''
  process.stderr.write(`portolan: ${oneLine(withHint(message, hint))}\n`)
  if (process.env['PORTOLAN_DEBUG'] === '1' && error instanceof Error)
    process.stderr.write(`${error.stack ?? ''}\n`)
  return EXIT.failure
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ')
}
