import { styleText } from 'node:util'
import type { PortEvent, ScanEvent } from '../scan/events.ts'
import type { PortState } from '../scan/states.ts'
import { comparePorts, sortHosts } from './address-order.ts'
import { inColumns } from './columns.ts'
import type { ReportOptions, ReportWriter } from './report-writer.ts'
import { safeText } from './safe-text.ts'
import { versionText } from './service-text.ts'
import { isShown } from './shown.ts'
import type { Sink } from './sink.ts'

/** The terminal's report: all ports in one table at the end, by address and number. Nothing at all without a port. */
export class TableReport implements ReportWriter {
  readonly #sink: Sink
  readonly #options: ReportOptions
  readonly #ports = new Map<string, PortEvent[]>()

  constructor(sink: Sink, options: ReportOptions = {}) {
    this.#sink = sink
    this.#options = options
  }

  write(event: ScanEvent): void {
    if (event.type !== 'port' || !isShown(event, this.#options)) return
    const ports = this.#ports.get(event.host)
    if (ports === undefined) this.#ports.set(event.host, [event])
    else ports.push(event)
  }

  async finish(): Promise<void> {
    const hosts = sortHosts(this.#ports.keys())
    const ports = hosts.flatMap((host) => (this.#ports.get(host) ?? []).sort(comparePorts))
    const lines = this.#options.accessible === true ? ports.map(sentence) : tableOf(ports, this.#options)
    for (const line of lines) await this.#sink.write(`${line}\n`)
    await this.#sink.close()
  }
}

/** The state is a word as well: colour only helps to find it. */
const COLORS = {
  open: 'green',
  closed: 'red',
  filtered: 'yellow',
  'open|filtered': 'yellow',
  unreachable: 'yellow',
  unknown: 'magenta',
} as const satisfies Record<PortState, Parameters<typeof styleText>[0]>

/** @param ports in order; those of one host only need no column for it */
function tableOf(ports: readonly PortEvent[], options: ReportOptions): string[] {
  const first = ports[0]
  if (first === undefined) return []
  const single = ports.every(({ host }) => host === first.host)
  const columns: Column[] = [
    ...(single ? [] : [HOST]),
    PORT,
    STATE,
    SERVICE,
    ...(options.reason === true ? [REASON] : []),
    ...(options.time === true ? [TIME] : []),
  ]
  const rows = [
    columns.map(({ head }) => head),
    ...ports.map((port) => columns.map(({ text }) => text(port))),
  ]
  const paint = (text: string, column: number, row: number): string => {
    const state = ports[row]?.state
    if (columns[column] !== STATE || state === undefined) return text
    return styleText(COLORS[state], text, { validateStream: false })
  }
  const lines = inColumns(rows, {
    ...(options.width === undefined ? {} : { width: options.width }),
    ...(options.color === true ? { paint } : {}),
    flexible: [
      { column: columns.indexOf(SERVICE), least: 12 },
      // 15 is the longest IPv4 address.
      ...(single ? [] : [{ column: columns.indexOf(HOST), least: 15 }]),
      { column: columns.indexOf(SERVICE), least: 4 },
    ],
  })
  return single ? [hostText(first), ...lines] : lines
}

interface Column {
  readonly head: string
  readonly text: (port: PortEvent) => string
}

const HOST: Column = { head: 'HOST', text: hostText }
const PORT: Column = { head: 'PORT', text: (port) => `${port.port}/${port.protocol}` }
const STATE: Column = { head: 'STATE', text: (port) => port.state }
const SERVICE: Column = { head: 'SERVICE', text: serviceText }
const REASON: Column = { head: 'REASON', text: (port) => port.reason }
const TIME: Column = {
  head: 'TIME',
  text: (port) => (port.rttMs === undefined ? '-' : `${port.rttMs.toFixed(2)} ms`),
}

function hostText(port: PortEvent): string {
  const host = safeText(port.host)
  return port.name === undefined ? host : `${host} (${safeText(port.name)})`
}

function serviceText(port: PortEvent): string {
  if (port.service === undefined) return '-'
  return `${safeText(port.service.name)} ${versionText(port.service)}`.trimEnd()
}

/** `Port 22 tcp on 127.0.0.1 is open, service ssh.` */
function sentence(port: PortEvent): string {
  const service = port.service === undefined ? '' : `, service ${serviceText(port)}`
  return `Port ${port.port} ${port.protocol} on ${hostText(port)} is ${port.state}${service}.`
}
