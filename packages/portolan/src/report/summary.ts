import type { ScanFinished } from '../scan/events.ts'
import { formatDuration, formatPercent, plural } from './figures.ts'
import type { ReportOptions } from './report-writer.ts'

/**
 * The verdict of a scan in a line, without a line feed:
 * `3 open, 65532 closed, 0 filtered, 0 unknown of 65535 probes in 0.41 s`. Coverage and loss are told where there is
 * something to tell, so that the usual line fits into 80 columns.
 *
 * `unknown` is always told, so that an incomplete scan cannot look like a clean one.
 */
export function summaryOf(event: ScanFinished, options: Pick<ReportOptions, 'accessible'> = {}): string {
  if (options.accessible === true) return sentencesOf(event)
  const { open, closed, filtered, unknown } = event
  const remarks = [
    ...(event.coverage < 1 ? [`coverage ${formatPercent(event.coverage)} %`] : []),
    ...(event.loss === undefined || event.loss === 0
      ? []
      : [`${formatPercent(event.loss)} % of probes lost`]),
  ]
  return (
    `${open} open, ${closed} closed, ${filtered} filtered, ${unknown} unknown of ${plural(event.probes, 'probe')} ` +
    `${remarks.length === 0 ? '' : `(${remarks.join(', ')}) `}in ${formatDuration(event.durationMs)}`
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
