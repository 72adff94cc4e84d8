/** Where a scan's results go: `--json`, the `-o` family, and the file names of that family. */
import { allFormats, type ReportKind } from '../report/create-report.ts'
import { escapeText } from '../text/untrusted.ts'
import type { ScanOptionName } from './scan-options.ts'
import { contradiction, type Setting, type Settings } from './settings.ts'
import { UsageError } from './usage-error.ts'
import { textOf } from './values.ts'

interface OutputFile {
  readonly kind: ReportKind
  readonly path: string
}

export interface OutputArguments {
  /** `auto` is a table on a terminal and `host:port/proto state service` lines in a pipe. */
  readonly stdout: 'auto' | ReportKind
  readonly files: readonly OutputFile[]
  /** Add to the files instead of replacing them. */
  readonly append: boolean
}

const FORMATS: readonly (readonly [name: ScanOptionName, kind: ReportKind])[] = [
  ['output-normal', 'normal'],
  ['output-xml', 'xml'],
  ['output-grepable', 'grepable'],
  ['output-json', 'json'],
  ['output-ndjson', 'ndjson'],
]

/**
 * @param now start of the scan, for the file names.
 * @throws UsageError for two things on standard output, two formats in one file, and an empty name.
 */
export function outputArguments(settings: Settings<ScanOptionName>, now: Date): OutputArguments {
  const json = settings.last('json')
  let stdout: { readonly kind: ReportKind; readonly setting: Setting } | undefined =
    json === undefined ? undefined : { kind: 'ndjson', setting: json }
  const files: (OutputFile & { readonly setting: Setting })[] = []
  const add = (kind: ReportKind, path: string, setting: Setting): void => {
    const same = files.find((file) => file.path === path)
    if (same !== undefined)
      throw new UsageError(
        `${same.setting.label} and ${setting.label} both write '${escapeText(path, 80)}' (${setting.place})`,
        'give each format a file of its own',
      )
    files.push({ kind, path, setting })
  }
  for (const [name, kind] of FORMATS)
    for (const setting of settings.replaced(name)) {
      const path = fileNameOf(setting, now)
      if (path !== '-') add(kind, path, setting)
      // "--json -oD -" asks for one thing twice.
      else if (stdout !== undefined && stdout.kind !== kind)
        throw contradiction(
          stdout.setting,
          { ...setting, label: `${setting.label} -` },
          'only one of them can have standard output; give the other a file',
        )
      else stdout = { kind, setting }
    }
  for (const setting of settings.replaced('output-all')) {
    const base = fileNameOf(setting, now)
    if (base === '-')
      throw new UsageError(
        `${setting.label} writes three files, which standard output cannot hold (${setting.place})`,
        'give a base name, or one format as in -oX -',
      )
    for (const { kind, path } of allFormats(base)) add(kind, path, setting)
  }
  return {
    stdout: stdout?.kind ?? 'auto',
    files: files.map(({ kind, path }) => ({ kind, path })),
    append: settings.has('append-output'),
  }
}

function fileNameOf(setting: Setting, now: Date): string {
  const text = textOf(setting)
  if (text === '' || text.includes('\0'))
    throw new UsageError(
      `option ${setting.label} needs a file name (${setting.place})`,
      `as in ${setting.label} scan.out`,
    )
  return expandFileName(text, now)
}

/**
 * nmap's conversions in output file names: `%H %M %S %m %d %y %Y` as in strftime(3), `%T` = `%H%M%S`, `%R` =
 * `%H%M`, `%D` = `%m%d%y`; `%` before anything else gives that character. Local time.
 */
function expandFileName(name: string, now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const hour = two(now.getHours())
  const minute = two(now.getMinutes())
  const second = two(now.getSeconds())
  const month = two(now.getMonth() + 1)
  const day = two(now.getDate())
  const year = two(now.getFullYear() % 100)
  const parts: Readonly<Record<string, string>> = {
    H: hour,
    M: minute,
    S: second,
    m: month,
    d: day,
    y: year,
    Y: String(now.getFullYear()),
    T: hour + minute + second,
    R: hour + minute,
    D: month + day + year,
  }
  return name.replaceAll(/%(.)/gsu, (_whole, letter: string) => parts[letter] ?? letter)
}
