/** `portolan ports`: what a number is for, which numbers a name has, what a scan probes by default. */
import { inColumns } from '../report/columns.ts'
import { DEFAULT_PORT_COUNT, PORT_GROUPS, topPorts } from '../scan/ports/default-ports.ts'
import {
  describePort,
  namedPorts,
  portClass,
  type PortClass,
  type PortService,
} from '../scan/ports/registry.ts'
import { findServices, nearestServiceName } from '../scan/ports/service-search.ts'
import { PROTOCOLS, type Protocol } from '../scan/states.ts'
import { escapeText } from '../text/untrusted.ts'
import { PORTS_OPTIONS } from './commands.ts'
import { EXIT } from './exit-codes.ts'
import type { Operand } from './getopt.ts'
import { commandHelp } from './help.ts'
import { Settings } from './settings.ts'
import { UsageError } from './usage-error.ts'
import { choiceOf, countOf } from './values.ts'

/** One line of the answer. */
interface PortRow {
  readonly port: number
  readonly protocol: Protocol
  readonly class: PortClass
  /** Null for a port that has no name. */
  readonly name: string | null
  readonly aliases: readonly string[]
  readonly description: string
}

const CLASSES = ['well-known', 'registered', 'dynamic'] as const
const LAST_PORT = 65_535

/** @throws UsageError for a word that is no port, range, name or mask, or that no service has. */
export async function run(argv: string[]): Promise<number> {
  const settings = new Settings<(typeof PORTS_OPTIONS)[number]['long'][0]>(
    argv,
    process.env,
    PORTS_OPTIONS,
    'ports',
  )
  const help = settings.last('help')
  if (help !== undefined) {
    process.stdout.write(commandHelp('ports', help.label === '-h' ? 'short' : 'full'))
    return EXIT.ok
  }
  const list = settings.oneOf(['default', 'top-ports'], 'give one of them')
  const top = settings.last('top-ports')
  const wanted = settings.last('class')
  let rows: readonly PortRow[]
  if (settings.operands.length > 0) {
    if (list !== undefined)
      throw new UsageError(
        `--${list} lists ports by itself, without names and numbers`,
        `write portolan ports --${list}`,
      )
    rows = settings.operands.flatMap(rowsOf)
  } else if (list !== undefined)
    rows = defaultRows(
      list === 'top-ports' && top !== undefined ? countOf(top, 1, LAST_PORT) : DEFAULT_PORT_COUNT,
    )
  else if (wanted !== undefined) rows = namedPorts().map(rowOf)
  else
    throw new UsageError(
      'no port given',
      "as in portolan ports 5432, portolan ports 'http*' or portolan ports --default",
    )
  if (wanted !== undefined) {
    const only = choiceOf(wanted, CLASSES)
    rows = rows.filter((row) => row.class === only)
  }
  process.stdout.write(settings.has('json') ? `${JSON.stringify(rows, undefined, 2)}\n` : table(rows))
  return EXIT.ok
}

function rowsOf({ text, place }: Operand): readonly PortRow[] {
  const range = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text)
  if (range !== null) {
    const first = Number(range[1])
    const last = Number(range[2] ?? range[1])
    if (first > last)
      throw new UsageError(
        `range '${text}' runs backwards (argument ${place})`,
        `did you mean ${last}-${first}?`,
      )
    if (last > LAST_PORT)
      throw new UsageError(`'${text}' is no port (argument ${place})`, `ports are 0 to ${LAST_PORT}`)
    if (range[2] === undefined) return numberRows(first)
    return namedPorts()
      .filter(({ port }) => port >= first && port <= last)
      .map(rowOf)
  }
  // The whole name first: "ssh" is one service, and not everything that has ssh in its name.
  const named = findServices(text)
  const found = named.length > 0 ? named : findServices(`*${text}*`)
  if (text !== '' && found.length > 0) return found.map(rowOf)
  const near = nearestServiceName(text, PROTOCOLS)
  throw new UsageError(
    `no service is called '${escapeText(text, 80)}' (argument ${place})`,
    near === undefined ? "masks find parts of names, as in 'http*'" : `did you mean ${near}?`,
  )
}

/** Both protocols of a number; one row without a name where neither has one. */
function numberRows(port: number): readonly PortRow[] {
  const found = PROTOCOLS.map((protocol) => describePort(protocol, port)).filter((one) => one !== undefined)
  return found.length > 0 ? found.map(rowOf) : [namelessRow(port)]
}

function rowOf(service: PortService): PortRow {
  const { port, protocol, name, aliases, description, reason } = service
  return { port, protocol, class: service.class, name, aliases, description: reason ?? description }
}

function namelessRow(port: number): PortRow {
  return { port, protocol: 'tcp', class: portClass(port), name: null, aliases: [], description: '' }
}

/** The default ports in their order, each with the reason of its group. */
function defaultRows(count: number): readonly PortRow[] {
  const reasons = new Map<number, string>()
  for (const { title, ports } of PORT_GROUPS)
    for (const port of ports) if (!reasons.has(port)) reasons.set(port, title)
  return Array.from(topPorts(count), (port) => {
    const service = describePort('tcp', port)
    const row = service === undefined ? namelessRow(port) : rowOf(service)
    return { ...row, description: reasons.get(port) ?? row.description }
  })
}

function table(rows: readonly PortRow[]): string {
  if (rows.length === 0) return ''
  const cells = rows.map((row) => [`${row.port}/${row.protocol}`, row.class, row.name ?? '-', notes(row)])
  return `${inColumns([['PORT', 'CLASS', 'SERVICE', 'NOTES'], ...cells]).join('\n')}\n`
}

function notes({ aliases, description }: PortRow): string {
  const also = aliases.length === 0 ? '' : `also ${aliases.join(', ')}`
  return [description, also].filter((part) => part !== '').join('; ')
}
