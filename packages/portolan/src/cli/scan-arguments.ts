/** Words and environment of `portolan scan` to what the scan and its reports are asked for. */
import { FAST_PORT_COUNT } from '../scan/ports/default-ports.ts'
import type { ScanOptions, TimingTemplate } from '../scan/options.ts'
import { COLOR_CHOICES, type ColorChoice } from './color.ts'
import { FUTURE_SCAN_OPTIONS } from './future-options.ts'
import { outputArguments, type OutputArguments } from './output-arguments.ts'
import { SCAN_OPTIONS, type ScanOptionName } from './scan-options.ts'
import { Settings, contradiction, type Environment } from './settings.ts'
import { UsageError } from './usage-error.ts'
import { choiceOf, countOf, rateOf, shardOf, textOf, timeOf } from './values.ts'

export interface ScanArguments {
  readonly kind: 'scan'
  /** Checked in form; targets, ports and files are read and judged by the scan. */
  readonly options: ScanOptions
  readonly output: OutputArguments
  /** Only open and open|filtered ports; false with `--all-states`. */
  readonly openOnly: boolean
  readonly reason: boolean
  readonly dryRun: boolean
  readonly display: DisplayArguments
}

interface DisplayArguments {
  readonly color: ColorChoice
  /** The live line on a terminal. */
  readonly progress: boolean
  /** A line of progress each so many milliseconds, wherever stderr goes. */
  readonly statsEveryMs?: number
  readonly accessible: boolean
  /** -1 quiet, 0 as it is, 1 and up for each -v. */
  readonly verbosity: number
}

interface HelpRequest {
  readonly kind: 'help'
  readonly length: 'short' | 'full'
}

const TEMPLATES = ['paranoid', 'sneaky', 'polite', 'normal', 'aggressive', 'insane'] as const
const TEMPLATE_NUMBERS: readonly TimingTemplate[] = [0, 1, 2, 3, 4, 5]
/** The engine counts the attempts of a port in one byte. */
const MOST_RETRIES = 100

/**
 * Default < environment < command line. Where options exclude each other, one from the command line puts those
 * from the environment out of force.
 *
 * @param argv the words after `scan`.
 * @param now start of the scan, for file names.
 * @throws UsageError naming the word or the variable, its place and the way out.
 */
export function scanArguments(
  argv: readonly string[],
  env: Environment,
  now = new Date(),
): ScanArguments | HelpRequest {
  const settings = new Settings<ScanOptionName>(argv, env, [...SCAN_OPTIONS, ...FUTURE_SCAN_OPTIONS], 'scan')
  const help = settings.last('help')
  if (help !== undefined) return { kind: 'help', length: help.label === '-h' ? 'short' : 'full' }
  const states = settings.oneOf(['open', 'all-states'], 'leave one out: only open ports are shown as it is')
  const allStates = states === 'all-states'
  return {
    kind: 'scan',
    options: {
      ...targetOptions(settings),
      ...portOptions(settings),
      ...timingOptions(settings),
      ...methodOptions(settings),
      ...(allStates ? { allStates } : {}),
    },
    output: outputArguments(settings, now),
    openOnly: !allStates,
    reason: settings.has('reason'),
    dryRun: settings.has('dry-run'),
    display: displayArguments(settings),
  }
}

function targetOptions(settings: Settings<ScanOptionName>): Partial<ScanOptions> {
  const targets = settings.operands.map(({ text, place }) => {
    if (text === '-')
      throw new UsageError(`'-' is not a target (argument ${place})`, 'targets on standard input are -iL -')
    return text
  })
  // Targets of the environment never come on top of those that were typed.
  const lists = settings
    .replaced('includefile')
    .filter((setting) => setting.fromArgument || targets.length === 0)
  if (targets.length === 0 && lists.length === 0)
    throw new UsageError('no target given', 'as in portolan scan 127.0.0.1, or -iL FILE')
  const exclude = settings.all('exclude').map(textOf)
  const excludeFiles = settings.all('excludefile').map(textOf)
  const standardInput = [...lists, ...settings.all('excludefile')].filter((setting) => setting.value === '-')
  const [first, second] = standardInput
  if (second !== undefined)
    throw contradiction(first, second, 'standard input can be read once; put one list into a file')
  const family = settings.oneOf(
    ['ipv4', 'ipv6'],
    'leave both out: names and literals of both families may be mixed',
  )
  return {
    ...(targets.length === 0 ? {} : { targets }),
    ...(lists.length === 0 ? {} : { targetFiles: lists.map(textOf) }),
    ...(exclude.length === 0 ? {} : { exclude }),
    ...(excludeFiles.length === 0 ? {} : { excludeFiles }),
    ...(family === undefined ? {} : { family: family === 'ipv4' ? 4 : 6 }),
  }
}

function portOptions(settings: Settings<ScanOptionName>): Partial<ScanOptions> {
  const which = settings.oneOf(['ports', 'top-ports', 'fast'], 'give one of -p, --top-ports and -F')
  const ports = settings.last('ports')
  const top = settings.last('top-ports')
  const excluded = settings.last('exclude-ports')
  return {
    ...(which === 'ports' && ports !== undefined ? { ports: textOf(ports) } : {}),
    ...(which === 'top-ports' && top !== undefined ? { topPorts: countOf(top, 1, 65_535) } : {}),
    ...(which === 'fast' ? { topPorts: FAST_PORT_COUNT } : {}),
    ...(excluded === undefined ? {} : { excludePorts: textOf(excluded) }),
  }
}

function timingOptions(settings: Settings<ScanOptionName>): Partial<ScanOptions> {
  const timing = settings.last('timing')
  const rate = settings.last('rate')
  const retries = settings.last('max-retries')
  const hostTimeout = settings.last('host-timeout')
  const delay = settings.last('scan-delay')
  return {
    ...(timing === undefined ? {} : { timing: templateOf(timing) }),
    ...(rate === undefined ? {} : { rate: rateOf(rate) }),
    ...(retries === undefined ? {} : { maxRetries: countOf(retries, 0, MOST_RETRIES) }),
    ...(hostTimeout === undefined ? {} : { hostTimeoutMs: timeOf(hostTimeout, 'positive') }),
    ...(delay === undefined ? {} : { scanDelayMs: timeOf(delay, 'zero') }),
  }
}

function templateOf(setting: Parameters<typeof countOf>[0]): TimingTemplate {
  const digits = TEMPLATE_NUMBERS.map(String)
  const word = choiceOf(setting, [...digits, ...TEMPLATES])
  const index = digits.includes(word) ? digits.indexOf(word) : TEMPLATES.findIndex((name) => name === word)
  return TEMPLATE_NUMBERS[index] ?? 3
}

function methodOptions(settings: Settings<ScanOptionName>): Partial<ScanOptions> {
  const driver = settings.last('driver')
  const seed = settings.last('seed')
  const shard = settings.last('shard')
  const scope = settings.last('scope')
  if (scope !== undefined && textOf(scope) === '')
    throw new UsageError(
      `option ${scope.label} needs a file name (${scope.place})`,
      'as in --scope scope.yaml',
    )
  return {
    ...(driver === undefined ? {} : { driver: choiceOf(driver, ['kernel', 'portable'] as const) }),
    // Parts of different orders would overlap and leave gaps, so parts without a seed share one.
    ...(seed === undefined
      ? shard === undefined
        ? {}
        : { seed: 0 }
      : { seed: countOf(seed, 0, Number.MAX_SAFE_INTEGER) }),
    ...(shard === undefined ? {} : { shard: shardOf(shard) }),
    ...(scope === undefined ? {} : { scopeFile: textOf(scope) }),
  }
}

function displayArguments(settings: Settings<ScanOptionName>): DisplayArguments {
  const color = settings.last('color')
  const stats = settings.last('stats-every')
  const accessible = settings.has('accessible')
  const loudness = settings.oneOf(['quiet', 'verbose'], 'leave one out')
  return {
    color: color === undefined ? (accessible ? 'never' : 'auto') : choiceOf(color, COLOR_CHOICES),
    progress: !settings.has('no-progress'),
    ...(stats === undefined ? {} : { statsEveryMs: timeOf(stats, 'positive') }),
    accessible,
    verbosity: loudness === 'quiet' ? -1 : loudness === 'verbose' ? verbosityOf(settings) : 0,
  }
}

/** `-v` adds one, `-vv` two, `-v2` sets it. */
function verbosityOf(settings: Settings<ScanOptionName>): number {
  let level = 0
  for (const setting of settings.replaced('verbose')) {
    const text = textOf(setting)
    if (/^v*$/.test(text)) level += 1 + text.length
    else level = countOf(setting, 0, 9)
  }
  return level
}
