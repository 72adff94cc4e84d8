/** `portolan doctor`: what this machine lets Portolan do, made for pasting into an issue. */
import { escapeText } from '../text/untrusted.ts'
import { paintFor, COLOR_CHOICES } from './color.ts'
import { COMMANDS, DOCTOR_OPTIONS } from './commands.ts'
import {
  clockFinding,
  environmentFinding,
  homeFinding,
  interfaceFinding,
  kernelFindings,
  loopbackFindings,
  privilegeFinding,
  runtimeFindings,
  type Finding,
} from './doctor-checks.ts'
import { scopeFinding } from './doctor-scope.ts'
import { EXIT } from './exit-codes.ts'
import { FUTURE_SCAN_OPTIONS } from './future-options.ts'
import { commandHelp } from './help.ts'
import { Settings } from './settings.ts'
import { UsageError } from './usage-error.ts'
import { choiceOf, textOf } from './values.ts'

/**
 * @returns 0, or 3 where a check failed; a warning changes nothing.
 * @throws UsageError for wrong words.
 */
export async function run(argv: string[]): Promise<number> {
  const env = process.env
  const settings = new Settings<(typeof DOCTOR_OPTIONS)[number]['long'][0]>(
    argv,
    env,
    DOCTOR_OPTIONS,
    'doctor',
  )
  const help = settings.last('help')
  if (help !== undefined) {
    process.stdout.write(commandHelp('doctor', help.label === '-h' ? 'short' : 'full'))
    return EXIT.ok
  }
  const [operand] = settings.operands
  if (operand !== undefined)
    throw new UsageError(
      `doctor takes no '${escapeText(operand.text, 80)}' (argument ${operand.place})`,
      'it looks at this machine only; portolan scan looks at others',
    )
  const color = settings.last('color')
  const choice = color === undefined ? 'auto' : choiceOf(color, COLOR_CHOICES)
  const scope = settings.last('scope')
  const findings: Finding[] = [
    ...runtimeFindings(),
    ...(await kernelFindings()),
    privilegeFinding(),
    interfaceFinding(),
    ...(await loopbackFindings()),
    clockFinding(),
    homeFinding(env),
    await scopeFinding(scope === undefined ? undefined : textOf(scope)),
    environmentFinding(env, [...COMMANDS.flatMap(({ options }) => options), ...FUTURE_SCAN_OPTIONS]),
  ]
  const failed = findings.some(({ status }) => status === 'fail')
  if (settings.has('json')) process.stdout.write(`${JSON.stringify(findings, undefined, 2)}\n`)
  else {
    const paint = paintFor(process.stdout, choice, env)
    const colors = { ok: 'green', warn: 'yellow', fail: 'red' } as const
    for (const { check, status, message, hint } of findings) {
      process.stdout.write(`${paint(colors[status], status.padEnd(4))}  ${check.padEnd(12)}  ${message}\n`)
      if (hint !== undefined) process.stdout.write(`${' '.repeat(20)}${hint}\n`)
    }
  }
  return failed ? EXIT.failure : EXIT.ok
}
