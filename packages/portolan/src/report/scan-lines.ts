import type { ScanStarted } from '../scan/events.ts'
import { formatDuration, plural } from './figures.ts'
import type { ScanEnd } from './host-report.ts'
import type { ReportOptions } from './report-writer.ts'
import { safeText } from './safe-text.ts'
import { summaryOf } from './summary.ts'

/** The first and the last comment of a report, in nmap's order of words; texts are safe and hold no line feed. */

/** `Portolan 0.1.0 scan initiated 2026-11-22T14:40:23.000Z as: portolan scan 127.0.0.1` */
export function beginLine(started: ScanStarted | undefined, options: ReportOptions): string {
  const version = started === undefined ? '' : ` ${safeText(started.version)}`
  const time = started === undefined ? '' : ` initiated ${safeText(started.time)}`
  const command = options.commandLine === undefined ? '' : ` as: ${safeText(options.commandLine)}`
  return `Portolan${version} scan${time}${command}`
}

/** `Portolan done at 2026-11-22T14:40:24.000Z -- 1 IP address (1 host up) scanned in 0.41 s` */
export function endLine(end: ScanEnd): string {
  const { up, down, unknown } = end.hosts
  const hosts = `${plural(up + down + unknown, 'IP address')} (${plural(up, 'host')} up)`
  const time = safeText(end.time)
  if (end.finished === undefined) return `Portolan stopped before its end at ${time} -- ${hosts} reported`
  return `Portolan done at ${time} -- ${hosts} scanned in ${formatDuration(end.finished.durationMs)}`
}

/** What the counts come to, and plainly so where the scan is incomplete. */
export function verdictLine(end: ScanEnd): string {
  if (end.finished === undefined)
    return 'Incomplete: the scan was cut off; what is not listed was not decided'
  const summary = summaryOf(end.finished)
  return end.finished.unknown === 0 ? summary : `Incomplete: ${summary}`
}
