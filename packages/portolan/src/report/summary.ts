import type { ScanFinished } from '../scan/events.ts'
import { formatDuration, formatPercent, plural } from './figures.ts'
import type { ReportOptions } from './report-writer.ts'

/**
 * The verdict of a scan in a line, without a line feed:
 * `3 open, 65532 closed, 0 filtered, 0 unknown of 65535 probes (coverage 100 %) in 0.41 s`.
 *
 * `unknown` is always told, so that an incomplete scan cannot look like a clean one.
 */
export function summaryOf(event: ScanFinished, options: Pick<ReportOptions, 'accessible'> = {}): string {
  if (options.accessible === true) return sentencesOf(event)
  const { open, closed, filtered, unknown } = event
  const loss =
    event.loss === undefined || event.loss === 0 ? '' : `, ${formatPercent(event.loss)} % of probes lost`
  return (
    `${open} open, ${closed} closed, ${filtered} filtered, ${unknown} unknown ` +
    `of ${plural(event.probes, 'probe')} (coverage ${formatPercent(event.coverage)} %${loss}) ` +
    `in ${formatDuration(event.durationMs)}`
  )
}

/** Without symbols and abbreviations, for a screen reader. */
function sentencesOf(event: ScanFinished): string {
  const areIs = (count: number): string => (count === 1 ? 'is' : 'are')
  const of = (count: number, state: string): string => `${plural(count, 'port')} ${areIs(count)} ${state}.`
  const duration = formatDuration(event.durationMs)
    .replace(/ s$/, ' seconds')
    .replace(' min', ' minutes')
    .replace(' h', ' hours')
  const verdict =
    event.unknown === 0
      ? `All ${plural(event.probes, 'probe')} were decided.`
      : `${plural(event.unknown, 'port')} of ${event.probes} ${areIs(event.unknown)} unknown: ` +
        `Portolan could not decide. Coverage is ${formatPercent(event.coverage)} percent.`
  const states = [of(event.open, 'open'), of(event.closed, 'closed'), of(event.filtered, 'filtered')]
  return `Scan finished in ${duration}. ${states.join(' ')} ${verdict}`
}
