/** Where in the command line or the environment a fault stands that the floors below found in a word. */
import { PortSyntaxError } from '../scan/ports/syntax-error.ts'
import { splitTargetList } from '../scan/targets/target-list.ts'
import { TargetSyntaxError } from '../scan/targets/target-errors.ts'
import { FUTURE_SCAN_OPTIONS } from './future-options.ts'
import { SCAN_OPTIONS, type ScanOptionName } from './scan-options.ts'
import { Settings, type Environment, type Setting } from './settings.ts'
import { UsageError } from './usage-error.ts'
import { textOf } from './values.ts'

/**
 * The same error with its place before it, as in `-p (argument 2): "80-70" runs backwards`; any other error, and one
 * from a file, which names its line, comes back as it is.
 *
 * @param argv the words after `scan`; they were read once without a fault
 */
export function withPlace(error: unknown, argv: readonly string[], env: Environment): unknown {
  if (!(error instanceof PortSyntaxError || error instanceof TargetSyntaxError)) return error
  const settings = new Settings<ScanOptionName>(argv, env, [...SCAN_OPTIONS, ...FUTURE_SCAN_OPTIONS], 'scan')
  const place =
    error instanceof PortSyntaxError ? portPlace(settings, error.spec) : targetPlace(settings, error)
  return place === undefined ? error : new UsageError(`${place}: ${error.message}`, error.hint)
}

function portPlace(settings: Settings<ScanOptionName>, spec: string): string | undefined {
  return labelOf([...settings.all('ports'), ...settings.all('exclude-ports')], (text) => text === spec)
}

function targetPlace(
  settings: Settings<ScanOptionName>,
  { word, source }: TargetSyntaxError,
): string | undefined {
  if (source !== undefined) return undefined
  const operand = settings.operands.find(({ text }) => text === word)
  if (operand !== undefined) return `argument ${operand.place}`
  return labelOf(settings.all('exclude'), (text) => splitTargetList(text).includes(word))
}

function labelOf(settings: readonly Setting[], holds: (text: string) => boolean): string | undefined {
  const found = settings.find((setting) => holds(textOf(setting)))
  return found === undefined ? undefined : `${found.label} (${found.place})`
}
