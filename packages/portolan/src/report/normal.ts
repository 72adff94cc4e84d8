import type { PortEvent } from '../scan/events.ts'
import { inColumns } from './columns.ts'
import { plural } from './figures.ts'
import type { HostFormat, HostReport, PortCount } from './host-report.ts'
import type { ReportOptions } from './report-writer.ts'
import { safeText } from './safe-text.ts'
import { beginLine, endLine, verdictLine } from './scan-lines.ts'
import { versionText } from './service-text.ts'

/** `-oN`: a report to read, laid out as nmap's, so that people and their scripts find what they look for. */
export const normal: HostFormat = {
  begin: (started, options) => `# ${beginLine(started, options)}\n`,
  host: (report, options) => `${hostLines(report, options).join('\n')}\n\n`,
  warning: (event) => `# Warning: ${safeText(event.message)}\n`,
  end: (end) => `# ${endLine(end)}\n# ${verdictLine(end)}\n`,
}

function hostLines(report: HostReport, options: ReportOptions): string[] {
  const host = safeText(report.host)
  const title = report.name === undefined ? host : `${safeText(report.name)} (${host})`
  const lines = [`Portolan scan report for ${title}`, stateLine(report, options)]
  const ignored = report.notShown.filter(({ state }) => state !== 'unknown')
  const undecided = report.notShown.find(({ state }) => state === 'unknown')
  if (ignored.length > 0) lines.push(`Not shown: ${ignored.map(countText).join(', ')}`)
  if (undecided !== undefined)
    lines.push(
      `Not decided: ${plural(undecided.count, 'port')} unknown, because Portolan could not decide them`,
    )
  if (report.ports.length > 0) lines.push(...portLines(report.ports, options))
  return lines
}

function stateLine(report: HostReport, options: ReportOptions): string {
  const state = report.state === 'unknown' ? 'in an unknown state' : report.state
  const reason =
    options.reason === true && report.reason !== undefined ? `, reason ${safeText(report.reason)}` : ''
  const fastest = report.ports.reduce((least, port) => Math.min(least, port.rttMs ?? Infinity), Infinity)
  const latency = fastest === Infinity ? '' : ` (${Number((fastest / 1000).toPrecision(2))}s latency)`
  return `Host is ${state}${reason}${latency}.`
}

/** Closed has one reason in a connect scan, the RST; filtered may have several, which the counts do not tell. */
function countText({ state, count }: PortCount): string {
  return `${plural(count, `${state} tcp port`)}${state === 'closed' ? ' (conn-refused)' : ''}`
}

function portLines(ports: readonly PortEvent[], options: ReportOptions): string[] {
  const cells = ports.map((port) => ({
    PORT: `${port.port}/${port.protocol}`,
    STATE: port.state,
    SERVICE: port.service === undefined ? '-' : safeText(port.service.name),
    REASON: safeText(port.reason),
    VERSION: versionText(port.service),
  }))
  const heads = ['PORT', 'STATE', 'SERVICE'] as const
  const reason = options.reason === true ? (['REASON'] as const) : []
  const version = cells.some(({ VERSION }) => VERSION !== '') ? (['VERSION'] as const) : []
  const columns = [...heads, ...reason, ...version]
  return inColumns([columns, ...cells.map((cell) => columns.map((column) => cell[column]))])
}
