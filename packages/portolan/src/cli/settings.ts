/** Options from the command line laid over those of the environment. */
import { escapeText } from '../text/untrusted.ts'
import { getopt, type Operand } from './getopt.ts'
import { environmentName, type Option } from './options.ts'
import { UsageError } from './usage-error.ts'

/** One value and where it came from. */
export interface Setting {
  /** `-p` or `PORTOLAN_PORTS`: what to name in a message. */
  readonly label: string
  /** `argument 3` or `environment`. */
  readonly place: string
  readonly fromArgument: boolean
  /** Undefined for an option without a value. */
  readonly value?: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/** All settings of one run of a command; `Name` is the first long name of its options. */
export class Settings<Name extends string> {
  readonly operands: readonly Operand[]
  readonly #given = new Map<string, readonly Setting[]>()

  /** @throws UsageError for what neither the command line nor the environment may say. */
  constructor(argv: readonly string[], env: Environment, table: readonly Option[], command: string) {
    const line = getopt(argv, table, command)
    this.operands = line.operands
    for (const option of table) {
      const given = line.options
        .filter((one) => one.option === option)
        .map(({ spelling, place, value }) => ({
          label: spelling,
          place: `argument ${place}`,
          fromArgument: true,
          ...(value === undefined ? {} : { value }),
        }))
      const [, second] = given
      if (option.value !== 'none' && option.repeated === 'refuse' && second !== undefined)
        throw new UsageError(
          `option ${second.label} is given twice (${second.place})`,
          `give it once, with commas: --${option.long[0]}=A,B`,
        )
      const all = [...fromEnvironment(option, env), ...given]
      if (all.length > 0) this.#given.set(option.long[0], all)
    }
  }

  /** Every setting of an option, the environment's before the command line's. */
  all(name: Name): readonly Setting[] {
    return this.#given.get(name) ?? []
  }

  /** The setting that counts: the last one of the command line, else the environment's. */
  last(name: Name): Setting | undefined {
    return this.all(name).at(-1)
  }

  has(name: Name): boolean {
    return this.last(name) !== undefined
  }

  /** The values of the command line, or of the environment where the command line gives none. */
  replaced(name: Name): readonly Setting[] {
    const given = this.all(name).filter((setting) => setting.fromArgument)
    return given.length > 0 ? given : this.all(name)
  }

  /**
   * The one of several options that exclude each other which is in force. The command line beats the
   * environment; two in the same place are a contradiction.
   *
   * @throws UsageError naming both.
   */
  oneOf<Choice extends Name>(names: readonly Choice[], wayOut: string): Choice | undefined {
    const present = names.filter((name) => this.has(name))
    const typed = present.filter((name) => this.last(name)?.fromArgument === true)
    const [first, second] = typed.length > 0 ? typed : present
    if (first !== undefined && second !== undefined)
      throw contradiction(this.last(first), this.last(second), wayOut)
    return first
  }
}

/** Two settings that cannot both hold. */
export function contradiction(a: Setting | undefined, b: Setting | undefined, wayOut: string): UsageError {
  const place = b === undefined ? '' : ` (${b.place})`
  return new UsageError(`${a?.label ?? ''} and ${b?.label ?? ''} exclude each other${place}`, wayOut)
}

function fromEnvironment(option: Option, env: Environment): Setting[] {
  if (option.argumentOnly === true) return []
  for (const long of option.long) {
    const label = environmentName(long)
    const value = env[label]
    // An empty variable is an unset one, as NO_COLOR has it: the way to take a variable back for one run.
    if (value === undefined || value === '') continue
    if (option.notBuilt !== undefined)
      throw new UsageError(`not built yet: ${label} ${option.notBuilt} (environment)`, `unset ${label}`)
    const setting = { label, place: 'environment', fromArgument: false }
    if (option.value !== 'none') return [{ ...setting, value }]
    return isTrue(label, value) ? [setting] : []
  }
  return []
}

function isTrue(label: string, value: string): boolean {
  const word = value.toLowerCase()
  if (['1', 'true', 'yes', 'on'].includes(word)) return true
  if (['0', 'false', 'no', 'off'].includes(word)) return false
  throw new UsageError(
    `value of ${label} must be 1 or 0, not '${escapeText(value, 80)}' (environment)`,
    `set ${label}=1, or unset it`,
  )
}
