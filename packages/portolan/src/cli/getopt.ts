/**
 * Splits the words of a command line into options and operands, the way getopt_long_only(3) does for nmap:
 * `-sS`, `-oX FILE`, `-p22,80`, `-p-`, `-T4`, `-vv`, `--top-ports 100`, `--top-ports=100`, `-top-ports 100`;
 * options may stand after operands, `--` ends them.
 *
 * Two differences, both for scripts that must mean tomorrow what they mean today: a beginning of a long name is
 * not taken for it (only suggested), and a word that looks like an option is not taken as the value of another.
 */
import { escapeText } from '../text/untrusted.ts'
import { nearest } from './nearest.ts'
import { shortestName, spellings, visibleOptions, type Option, type ValueOption } from './options.ts'
import { UsageError } from './usage-error.ts'

/** An option as it was given. */
interface GivenOption<Name extends string = string> {
  readonly name: Name
  readonly option: Option
  /** The option as it was typed, with its dashes, without its value. */
  readonly spelling: string
  readonly value?: string
  /** Which word of the command line held it, counted from 1 for the command's name. */
  readonly place: number
}

/** A word that is no option: a target, a port, a shell's name. */
export interface Operand {
  readonly text: string
  readonly place: number
}

interface CommandLine {
  readonly options: readonly GivenOption[]
  readonly operands: readonly Operand[]
}

/** What one word turned out to be, before a value is looked for in the next one. */
interface Match {
  readonly option: Option
  readonly spelling: string
  readonly value?: string
}

/**
 * @param argv the words after the command's name.
 * @param command its name, for the hints.
 * @throws UsageError naming the word, its place and the nearest right one.
 */
export function getopt(argv: readonly string[], table: readonly Option[], command: string): CommandLine {
  const options: GivenOption[] = []
  const operands: Operand[] = []
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    const place = index + 2 // the command's name is word 1
    if (word === '--') {
      for (const [offset, text] of argv.slice(index + 1).entries())
        operands.push({ text, place: place + 1 + offset })
      break
    }
    if (!word.startsWith('-') || word === '-') {
      operands.push({ text: word, place })
      continue
    }
    const matches = matchWord(word, table)
    if (matches === undefined) throw unknownOption(word, place, table, command)
    for (const { option, spelling, value } of matches) {
      const given = { name: option.long[0], option, spelling, place }
      if (option.notBuilt !== undefined)
        throw new UsageError(
          `not built yet: ${spelling} ${option.notBuilt} (argument ${place})`,
          seeHelp(command),
        )
      if (option.value === 'none' && value !== undefined)
        throw new UsageError(
          `option ${spelling} takes no value, but '${escapeText(value)}' was given (argument ${place})`,
          `write ${spelling} alone`,
        )
      if (value !== undefined) options.push({ ...given, value })
      else if (option.value !== 'required') options.push(given)
      else options.push({ ...given, value: nextWord(option, spelling, argv[++index], place) })
    }
  }
  return { options, operands }
}

function matchWord(word: string, table: readonly Option[]): readonly Match[] | undefined {
  const equals = word.indexOf('=')
  const spelling = equals < 0 ? word : word.slice(0, equals)
  const exact = table.find((option) => spellings(option).includes(spelling) || isLong(option, spelling))
  if (exact !== undefined)
    return [{ option: exact, spelling, ...(equals < 0 ? {} : { value: word.slice(equals + 1) }) }]
  if (word.startsWith('--')) return undefined
  return (
    (isNearlyLong(word, table) ? undefined : glued(word, table)) ??
    scanTypes(word, table) ??
    cluster(word, table)
  )
}

/** getopt_long_only: a long name may stand after one dash. */
function isLong(option: Option, spelling: string): boolean {
  return option.long.some((name) => `-${name}` === spelling)
}

/** `-port`, `-excludes`: a long name mistyped, rather than `-p ort` and `-e xcludes`. */
function isNearlyLong(word: string, table: readonly Option[]): boolean {
  if (!/^-[a-z][a-z-]{3,}$/.test(word)) return false
  const names = table.flatMap((option) => option.long)
  const near = nearest(word.slice(1), names)
  return near !== undefined && near.startsWith(word.slice(1, 4))
}

/** `-p22`, `-T4`, `-PS80,443`, `-vv`. A longer name, as `-oX`, is not glued: `-oXML` is rather a slip. */
function glued(word: string, table: readonly Option[]): readonly Match[] | undefined {
  for (const length of [3, 2]) {
    const spelling = word.slice(0, length)
    const option = table.find((one) => one.short?.some((name) => `-${name}` === spelling))
    if (option !== undefined && (option.value === 'glued' || (option.value === 'required' && length === 2)))
      return [{ option, spelling, value: word.slice(length) }]
  }
  return undefined
}

/** `-sSV`: several types of scan behind one `-s`. */
function scanTypes(word: string, table: readonly Option[]): readonly Match[] | undefined {
  if (!/^-s[A-Za-z]{2,}$/.test(word)) return undefined
  return lettersOf(word.slice(2), '-s', table)
}

/** `-n6`, `-nvv`: one-letter options without a value. */
function cluster(word: string, table: readonly Option[]): readonly Match[] | undefined {
  return lettersOf(word.slice(1), '-', table)
}

function lettersOf(letters: string, prefix: string, table: readonly Option[]): readonly Match[] | undefined {
  const matches: Match[] = []
  for (const letter of letters) {
    const spelling = `${prefix}${letter}`
    const option = table.find((one) => one.short?.some((name) => `-${name}` === spelling))
    if (option === undefined || option.value === 'required') return undefined
    matches.push({ option, spelling })
  }
  return matches
}

function nextWord(option: ValueOption, spelling: string, word: string | undefined, place: number): string {
  if (word === undefined)
    throw new UsageError(
      `option ${spelling} needs ${article(option.valueName)} ${option.valueName}, but the line ends (argument ${place})`,
      example(option, spelling),
    )
  // "-p -1024" and "-oX -" are values; "-oX --open" and "-p -F" are a forgotten value.
  if (/^-(?:-|[A-Za-z]|[46]$)/.test(word))
    throw new UsageError(
      `option ${spelling} needs ${article(option.valueName)} ${option.valueName}, but the next word is the option '${escapeText(word)}' (argument ${place + 1})`,
      `if it is the value, write --${option.long[0]}=${escapeText(word)}`,
    )
  return word
}

function article(valueName: string): string {
  return /^[AEIO]/.test(valueName) ? 'an' : 'a'
}

function example(option: ValueOption, spelling: string): string {
  return `write ${spelling} ${option.valueName}: ${option.doc}`
}

function unknownOption(word: string, place: number, table: readonly Option[], command: string): UsageError {
  const equals = word.indexOf('=')
  const name = equals < 0 ? word : word.slice(0, equals)
  const message = `unknown option '${escapeText(name, 80)}' (argument ${place})`
  const valueOf = table.find(
    (option) =>
      option.value === 'required' && spellings(option).some((one) => one.length > 2 && word.startsWith(one)),
  )
  if (valueOf !== undefined && !word.startsWith('--')) {
    const spelling = shortestName(valueOf)
    return new UsageError(message, `did you mean ${spelling} ${escapeText(word.slice(spelling.length), 80)}?`)
  }
  const suggestion = nearestOption(name, table)
  return new UsageError(
    message,
    suggestion === undefined ? seeHelp(command) : `did you mean ${suggestion}? ${seeHelp(command)}`,
  )
}

function nearestOption(word: string, table: readonly Option[]): string | undefined {
  const spelled = new Map<string, string>()
  for (const option of visibleOptions(table))
    for (const spelling of spellings(option)) spelled.set(spelling.replace(/^-+/, ''), spelling)
  const bare = word.replace(/^-+/, '')
  const near =
    nearest(bare, [...spelled.keys()]) ??
    nearest(
      bare.slice(0, 1),
      [...spelled.keys()].filter((name) => name === bare[0]?.toUpperCase()),
    )
  return near === undefined ? undefined : spelled.get(near)
}

function seeHelp(command: string): string {
  return `see portolan ${command} --help`
}
