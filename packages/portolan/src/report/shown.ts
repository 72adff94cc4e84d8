import type { PortEvent } from '../scan/events.ts'
import type { ReportOptions } from './report-writer.ts'

/** `--open`: a silent UDP port may be open, so it counts (as in nmap). */
export function isShown(event: PortEvent, options: ReportOptions): boolean {
  return options.openOnly !== true || event.state === 'open' || event.state === 'open|filtered'
}
