/** Events as a scan yields them, and a sink that keeps what a report wrote. */
import { createReport, type ReportKind } from '../../src/report/create-report.ts'
import type { ReportOptions } from '../../src/report/report-writer.ts'
import type { Sink } from '../../src/report/sink.ts'
import type { HostEvent, PortEvent, ScanEvent, ScanFinished, ScanStarted } from '../../src/scan/events.ts'

const SCAN = '01JD0000000000000000000000'
const TIME = '2026-11-22T14:40:23.125Z'

export function started(with_: Partial<ScanStarted> = {}): ScanStarted {
  return {
    type: 'scan.started',
    schema: 1,
    scan: SCAN,
    time: TIME,
    version: '0.1.0',
    seed: 7,
    targets: ['127.0.0.1'],
    ports: '1-1000',
    probes: 1000,
    methods: ['connect'],
    scope: null,
    ...with_,
  }
}

export function port(host: string, number: number, with_: Partial<PortEvent> = {}): PortEvent {
  return {
    type: 'port',
    scan: SCAN,
    time: TIME,
    host,
    protocol: 'tcp',
    port: number,
    state: 'open',
    reason: 'syn-ack',
    attempts: 1,
    ...with_,
  }
}

export function host(address: string, with_: Partial<HostEvent> = {}): HostEvent {
  const counts = { open: 0, closed: 0, filtered: 0, unknown: 0 }
  const answer = { state: 'up', reason: 'conn-refused' } as const
  return { type: 'host', scan: SCAN, time: TIME, host: address, ...answer, ...counts, ...with_ }
}

export function finished(with_: Partial<ScanFinished> = {}): ScanFinished {
  return {
    type: 'scan.finished',
    scan: SCAN,
    time: '2026-11-22T14:40:23.535Z',
    durationMs: 410,
    probes: 1000,
    sent: 1000,
    open: 2,
    closed: 998,
    filtered: 0,
    unknown: 0,
    coverage: 1,
    rate: 2439,
    exit: 0,
    ...with_,
  }
}

/** One host with two open ports. */
export function sampleScan(): ScanEvent[] {
  return [
    started(),
    port('127.0.0.1', 8080, { rttMs: 0.31 }),
    port('127.0.0.1', 22, { rttMs: 0.25, service: { name: 'ssh', confidence: 'port' } }),
    host('127.0.0.1', { name: 'localhost', open: 2, closed: 998 }),
    finished(),
  ]
}

export class TextSink implements Sink {
  readonly path = 'memory'
  text = ''
  closed = 0

  write(text: string): void {
    this.text += text
  }

  close(): Promise<void> {
    this.closed++
    return Promise.resolve()
  }
}

/** The whole report of a sequence of events. */
export async function reported(
  kind: ReportKind,
  events: Iterable<ScanEvent>,
  options: ReportOptions = {},
): Promise<string> {
  const sink = new TextSink()
  const report = createReport(kind, sink, options)
  for (const event of events) await report.write(event)
  await report.finish()
  return sink.text
}
