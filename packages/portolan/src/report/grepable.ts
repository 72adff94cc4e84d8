import type { PortEvent } from '../scan/events.ts'
import type { HostFormat, HostReport } from './host-report.ts'
import { safeText } from './safe-text.ts'
import { beginLine, endLine, verdictLine } from './scan-lines.ts'
import { versionText } from './service-text.ts'
import { nmapState } from './xml.ts'

/**
 * `-oG`: nmap's grepable lines, fields parted by tabs:
 *
 *     Host: 127.0.0.1 (localhost)	Status: Up
 *     Host: 127.0.0.1 (localhost)	Ports: 22/open/tcp//ssh///	Ignored State: closed (999)
 *
 * A port is `port/state/protocol/owner/service/rpc/version/`; owner and rpc are never known here. nmap names an
 * ignored state only if it is the only one; here all are named (`closed (990), unknown (10)`), the most frequent
 * first, because leaving out `unknown` would make an incomplete scan look whole.
 */
export const grepable: HostFormat = {
  begin: (started, options) => `# ${beginLine(started, options)}\n`,
  host: (report) => hostLines(report),
  warning: (event) => `# Warning: ${safeText(event.message)}\n`,
  end: (end) => `# ${verdictLine(end)}\n# ${endLine(end)}\n`,
}

const STATUS = { up: 'Up', down: 'Down', unknown: 'Unknown' } as const

function hostLines(report: HostReport): string {
  const host = `Host: ${word(report.host)} (${word(report.name ?? '')})`
  const status = `${host}\tStatus: ${STATUS[report.state]}\n`
  if (report.ports.length === 0 && report.notShown.length === 0) return status
  const ports = report.ports.map(portField).join(', ')
  const ignored = report.notShown.map(({ state, count }) => `${state} (${count})`).join(', ')
  return `${status}${host}\tPorts: ${ports}${ignored === '' ? '' : `\tIgnored State: ${ignored}`}\n`
}

function portField(event: PortEvent): string {
  const service = field(safeText(event.service?.name ?? ''))
  const version = field(versionText(event.service))
  return `${event.port}/${nmapState(event.state)}/${event.protocol}//${service}//${version}/`
}

/** A host or a name: nothing in it ends it, or looks like a field to `grep`. */
function word(text: string): string {
  return safeText(text).replaceAll(/[\s(),/]/gu, escapeCharacter)
}

/** A part of a port: nmap writes `|` for `/`; a comma would begin the next port. */
function field(text: string): string {
  return text.replaceAll('/', '|').replaceAll(',', escapeCharacter)
}

/** In escapeText's notation. */
function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
