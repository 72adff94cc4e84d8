import { grepable } from './grepable.ts'
import { HostReportWriter } from './host-report-writer.ts'
import { json } from './json.ts'
import { lines } from './lines.ts'
import { ndjson } from './ndjson.ts'
import { normal } from './normal.ts'
import type { ReportOptions, ReportWriter } from './report-writer.ts'
import type { Sink } from './sink.ts'
import { StreamReport } from './stream-report.ts'
import { TableReport } from './table.ts'
import { xml } from './xml.ts'

/** `-oN -oX -oG -oJ -oD`, and what standard output gets: a table on a terminal, lines in a pipe. */
export type ReportKind = 'normal' | 'xml' | 'grepable' | 'json' | 'ndjson' | 'lines' | 'table'

const REPORTS: Readonly<Record<ReportKind, (sink: Sink, options: ReportOptions) => ReportWriter>> = {
  normal: (sink, options) => new HostReportWriter(normal, sink, options),
  xml: (sink, options) => new HostReportWriter(xml, sink, options),
  grepable: (sink, options) => new HostReportWriter(grepable, sink, options),
  json: (sink, options) => new StreamReport(json, sink, options),
  ndjson: (sink, options) => new StreamReport(ndjson, sink, options),
  lines: (sink, options) => new StreamReport(lines, sink, options),
  table: (sink, options) => new TableReport(sink, options),
}

/** A writer of one kind; it closes the sink when it finishes. */
export function createReport(kind: ReportKind, sink: Sink, options: ReportOptions = {}): ReportWriter {
  return REPORTS[kind](sink, options)
}

/** `-oA BASE`: nmap's three files. */
export function allFormats(base: string): { readonly kind: ReportKind; readonly path: string }[] {
  return [
    { kind: 'normal', path: `${base}.nmap` },
    { kind: 'xml', path: `${base}.xml` },
    { kind: 'grepable', path: `${base}.gnmap` },
  ]
}
