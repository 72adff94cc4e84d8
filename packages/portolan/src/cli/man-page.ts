/** The manual portolan(1) in the macros of man(7), made from the tables that the parser uses. */
import { COMMANDS, type Command } from './commands.ts'
import { EXIT_MEANINGS } from './exit-codes.ts'
import { PRECEDENCE, TOPICS, VARIABLES } from './help-topics.ts'
import { TAGLINE, optionText } from './help.ts'
import { GROUPS, visibleOptions, type Option } from './options.ts'

/**
 * @param version of the package, for the footer. No date: the same source gives the same page.
 */
export function manPage(version: string): string {
  const lines = [
    `.TH PORTOLAN 1 "" "portolan ${version}" "Portolan Manual"`,
    // Left-aligned and not hyphenated: names of options and variables stay whole.
    '.nh',
    '.ad l',
    '.SH NAME',
    `portolan \\- ${roff(TAGLINE)}`,
    '.SH SYNOPSIS',
    ...COMMANDS.flatMap((command, index) => [...(index === 0 ? [] : ['.br']), synopsis(command)]),
    '.SH DESCRIPTION',
    'Portolan finds the open ports of hosts by connecting to them.',
    'Results go to standard output; plan, progress, warnings and errors go to standard error.',
    'A terminal gets a table, a pipe gets lines of host, port, state and service.',
    'Names and meanings of options are those of',
    '.BR nmap (1)',
    'where it has them.',
  ]
  for (const command of COMMANDS) {
    lines.push(`.SH ${roff(command.name.toUpperCase())}`, roff(sentence(command.doc)))
    const options = visibleOptions(command.options)
    for (const group of GROUPS) {
      const members = options.filter((option) => option.group === group)
      if (members.length === 0) continue
      if (command.name === 'scan') lines.push(`.SS ${roff(sentence(group.toLowerCase()).slice(0, -1))}`)
      for (const option of members) lines.push('.TP', term(option), roff(sentence(optionText(option), '')))
    }
  }
  for (const topic of TOPICS) {
    if (topic.name === 'exit-codes' || topic.name === 'environment') continue
    lines.push(`.SH ABOUT ${roff(topic.name.toUpperCase())}`)
    for (const [index, part] of topic.body.entries())
      if (typeof part !== 'string') lines.push(...rows(part))
      else lines.push(...(index === 0 ? [] : ['.PP']), roff(part))
  }
  lines.push('.SH EXIT STATUS', ...rows(EXIT_MEANINGS))
  lines.push('.SH ENVIRONMENT', ...rows(VARIABLES), '.PP', roff(PRECEDENCE))
  lines.push('.SH EXAMPLES')
  for (const command of COMMANDS)
    for (const [words, doc] of command.examples)
      lines.push('.TP', `.B ${quoted(`portolan ${words}`)}`, roff(sentence(doc)))
  lines.push('.SH SEE ALSO', '.BR nmap (1),', '.BR ndiff (1),', '.BR ss (8)')
  return `${lines.join('\n')}\n`
}

function synopsis(command: Command): string {
  return `.B ${quoted(`portolan ${command.name}`)}\n${roff(command.usage)}`.trimEnd()
}

function term(option: Option): string {
  const short = option.short?.[0]
  const names = [...(short === undefined ? [] : [`-${short}`]), ...option.long.map((name) => `--${name}`)]
  const bold = names.map((name) => `\\fB${roff(name)}\\fR`).join(', ')
  if (option.value === 'none') return bold
  const value = `\\fI${roff(option.valueName)}\\fR`
  return option.value === 'required' ? `${bold} ${value}` : `${bold}[=${value}]`
}

function rows(pairs: readonly (readonly [string, string])[]): string[] {
  return pairs.flatMap(([name, text]) => [
    '.TP',
    `.B ${quoted(name)}`,
    roff(text === '' ? 'is required' : sentence(text)),
  ])
}

function sentence(text: string, stop = '.'): string {
  const begun = text.slice(0, 1).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(begun) ? begun : begun + stop
}

/** One argument of a macro. */
function quoted(text: string): string {
  return `"${roff(text).replaceAll('"', '\\(dq')}"`
}

/**
 * Text for troff: backslash, hyphen-minus (else it becomes a hyphen that cannot be searched or pasted), quotes and
 * grave accents kept as typed, and no line that begins like a request.
 */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('…', '...')
    .replace(/^\./, '\\&.')
}
