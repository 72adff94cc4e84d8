import type { ScanEvent } from '../scan/events.ts'
import type { StreamFormat } from './stream-report.ts'

/**
 * An event as JSON in ASCII on one line, without the line feed.
 *
 * JSON.stringify leaves DEL, C1, bidi and zero-width characters as they are; `\uXXXX` keeps them out of terminals
 * and means the same to every reader (RFC 8259 section 7).
 */
export function jsonText(event: ScanEvent): string {
  return JSON.stringify(event).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** `-oD` and `--json`: one event a line. Valid up to the last whole line however the process ends. */
export const ndjson: StreamFormat = {
  event: (event) => `${jsonText(event)}\n`,
  end: () => '',
}
