import type { PortEvent, ScanStarted } from '../scan/events.ts'
import type { PortState } from '../scan/states.ts'
import type { HostFormat, HostReport, PortCount, ScanEnd } from './host-report.ts'
import type { ReportOptions } from './report-writer.ts'
import { safeText } from './safe-text.ts'
import { endLine, verdictLine } from './scan-lines.ts'
import { attributes, xmlEpoch } from './xml-text.ts'

/**
 * `-oX`: XML that is valid against nmap's document type (nmap.dtd, format version 1.05), for tools that read nmap's.
 *
 * - `scanner="nmap"`: the DTD allows no other word, and readers use it to know the dialect. Who really wrote the
 *   file stands in `version` and `args`, which both begin with "portolan".
 * - `unknown` has no counterpart in nmap's reports. It is written as the state `unknown` (the DTD leaves states
 *   open, and nmap's own table of names has the word), never counted into another state, and makes
 *   `finished exit="error"` with the count as its message.
 * - `unreachable` is nmap's `filtered` with the reason that says so (`no-route`), and that is how it is written.
 * - `success` is an ended scan without unknown probes; a scan that was cut off is an `error`, and still a whole
 *   document.
 * - Required by the DTD and without meaning here: `reason_ttl`, `verbose`, `debugging`, all 0 as nmap writes them.
 * - `startstr` and `timestr` are RFC 3339, where nmap writes local time without saying which.
 */
export const xml: HostFormat = {
  begin: (started, options) => head(started, options),
  host: (report) => hostElement(report),
  warning: () => '', // the DTD has no place for one
  end: (end) => `${runstats(end)}</nmaprun>\n`,
}

function head(started: ScanStarted | undefined, options: ReportOptions): string {
  const run = attributes({
    scanner: 'nmap',
    args: options.commandLine ?? 'portolan',
    start: started && xmlEpoch(started.time),
    startstr: started?.time,
    version: started === undefined ? 'portolan' : `portolan ${started.version}`,
    xmloutputversion: '1.05',
  })
  const scaninfo = (started?.methods ?? []).map((method) => {
    const ports = started?.ports ?? ''
    const numservices = countPorts(ports)
    return `<scaninfo${attributes({ type: method, protocol: 'tcp', numservices, services: ports })}/>\n`
  })
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n<nmaprun${run}>\n${scaninfo.join('')}` +
    '<verbose level="0"/>\n<debugging level="0"/>\n'
  )
}

/** Of a list in canonical form, as in `22,80,1000-2000`. */
function countPorts(ports: string): number {
  let count = 0
  for (const [, first, last = first] of ports.matchAll(/(\d+)(?:-(\d+))?/g))
    count += Number(last) - Number(first) + 1
  return count
}

function hostElement(report: HostReport): string {
  const status = { state: report.state, reason: report.reason ?? 'interrupted', reason_ttl: 0 }
  const address = { addr: report.host, addrtype: report.host.includes(':') ? 'ipv6' : 'ipv4' }
  const mac =
    report.mac === undefined ? '' : `<address${attributes({ addr: report.mac, addrtype: 'mac' })}/>\n`
  const name =
    report.name === undefined ? '' : `<hostname${attributes({ name: report.name, type: 'user' })}/>\n`
  return (
    `<host><status${attributes(status)}/>\n<address${attributes(address)}/>\n${mac}` +
    `<hostnames>\n${name}</hostnames>\n` +
    `<ports>${report.notShown.map(extraports).join('')}${report.ports.map(portElement).join('')}</ports>\n</host>\n`
  )
}

/** Only `closed` has one reason for certain: the RST of a connect scan. */
function extraports({ state, count }: PortCount): string {
  const reasons =
    state === 'closed'
      ? `<extrareasons${attributes({ reason: 'conn-refused', count, proto: 'tcp' })}/>\n`
      : ''
  return `<extraports${attributes({ state, count })}>\n${reasons}</extraports>\n`
}

function portElement(event: PortEvent): string {
  const state = { state: nmapState(event.state), reason: event.reason, reason_ttl: 0 }
  return (
    `<port${attributes({ protocol: event.protocol, portid: event.port })}>` +
    `<state${attributes(state)}/>${serviceElement(event.service)}</port>\n`
  )
}

function serviceElement(service: PortEvent['service']): string {
  if (service === undefined) return ''
  const { name, product, version, info } = service
  // 3 of 10 is what nmap gives to a name that only the port number suggests.
  return `<service${attributes({ name, product, version, extrainfo: info, method: 'table', conf: 3 })}/>`
}

function runstats(end: ScanEnd): string {
  const { up, down, unknown } = end.hosts
  const success = end.finished !== undefined && end.finished.unknown === 0
  const finished = attributes({
    time: xmlEpoch(end.time),
    timestr: end.time,
    summary: safeText(endLine(end)),
    elapsed: ((end.finished?.durationMs ?? 0) / 1000).toFixed(2),
    exit: success ? 'success' : 'error',
    errormsg: success ? undefined : verdictLine(end),
  })
  const hosts = attributes({ up, down, total: up + down + unknown })
  return `<runstats><finished${finished}/><hosts${hosts}/>\n</runstats>\n`
}

/** The word nmap has for a state; see the notes above. */
export function nmapState(state: PortState): Exclude<PortState, 'unreachable'> {
  return state === 'unreachable' ? 'filtered' : state
}
