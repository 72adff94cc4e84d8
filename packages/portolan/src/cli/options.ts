/**
 * What an option is. The tables of options (`scan-options.ts`, `commands.ts`) are written once, and from them
 * come the parser, both lengths of help, the manual, completion and the names of the environment variables.
 */

/** Headings of the full help, in its order. */
export const GROUPS = ['TARGETS', 'PORTS', 'METHOD', 'TIMING', 'OUTPUT', 'DISPLAY', 'SCOPE', 'OTHER'] as const
export type Group = (typeof GROUPS)[number]

interface Named {
  /** Names after one dash (`p`, `sT`, `oX`); the first is the one that help shows. */
  readonly short?: readonly string[]
  /** Names after two dashes; the first identifies the option. Each has an environment name. */
  readonly long: readonly [string, ...string[]]
  readonly group: Group
  /** One line of help: begins with a small letter, ends without a stop. */
  readonly doc: string
  /** Further sentences for the full help and the manual. */
  readonly more?: string
  /** Shown on the one-screen help of `-h`. */
  readonly brief?: boolean
  /** Not set by the environment. */
  readonly argumentOnly?: boolean
  /**
   * Recognised but of a later version: what it needs, and what to do today. Such an option is answered with exit
   * status 2 and appears in no help.
   */
  readonly notBuilt?: string
}

/** An option without a value. */
export interface FlagOption extends Named {
  readonly value: 'none'
}

/** An option with a value. */
export interface ValueOption extends Named {
  /**
   * `required`: the next word, or after `=`, or glued to a one-letter name (`-p22`).
   * `glued`: optional, and only glued (`-PS80`, `-v2`), as getopt's `::`.
   */
  readonly value: 'required' | 'glued'
  readonly valueName: string
  /** The default in words. */
  readonly fallback?: string
  /** What completion offers: file names, or these words. */
  readonly values?: 'file' | readonly string[]
  /** A second one: `last` (the default) replaces, `collect` adds, `refuse` is an error. */
  readonly repeated?: 'last' | 'collect' | 'refuse'
}

export type Option = FlagOption | ValueOption

export const HELP_OPTIONS = [
  {
    short: ['h'],
    long: ['help'],
    value: 'none',
    group: 'OTHER',
    doc: '-h is one screen, --help is everything',
    argumentOnly: true,
  },
] as const satisfies readonly Option[]

/** `PORTOLAN_TOP_PORTS` for `top-ports`. */
export function environmentName(long: string): string {
  return `PORTOLAN_${long.toUpperCase().replaceAll('-', '_')}`
}

/** The options that help, manual and completion show. */
export function visibleOptions(table: readonly Option[]): readonly Option[] {
  return table.filter((option) => option.notBuilt === undefined)
}

/** Every spelling of an option with its dashes, short ones first. */
export function spellings(option: Option): string[] {
  return [...(option.short ?? []).map((name) => `-${name}`), ...option.long.map((name) => `--${name}`)]
}

/** The spelling to use in messages: the short one where there is one. */
export function shortestName(option: Option): string {
  return option.short?.[0] === undefined ? `--${option.long[0]}` : `-${option.short[0]}`
}
