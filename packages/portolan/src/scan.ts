/**
 * `portolan/scan`: port scans as a stream of events.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * import { scan } from 'portolan/scan'
 * for await (const event of scan({ targets: ['127.0.0.1'], ports: '1-1024' }))
 *   if (event.type === 'port') console.log(event.host, event.port, event.state)
 * ```
 */
export type {
  HostEvent,
  PortEvent,
  ScanEvent,
  ScanFinished,
  ScanStarted,
  WarningEvent,
} from './scan/events.ts'
export type { ScanOptions, ScanProgress, TimingTemplate } from './scan/options.ts'
export type { HostState, PortState, Protocol, Reason } from './scan/states.ts'
export { makePlan, PlanError, ScopeRefused, type Plan, type PlanProblem } from './scan/plan.ts'
export { runPlan, scan } from './scan/run.ts'

// What makePlan reads a plan from, for programs that ask the same questions.
export { topPorts } from './scan/ports/default-ports.ts'
export { parsePorts } from './scan/ports/grammar.ts'
export { PortSet } from './scan/ports/port-set.ts'
export { PortSyntaxError } from './scan/ports/syntax-error.ts'
export { readScopeFile, type ScopeFile, type ScopeLimits } from './scan/scope/scope-file.ts'
export { ScopeFileError } from './scan/scope/scope-file-error.ts'
export { Scope, type Decision } from './scan/scope/scope.ts'
export { parseTarget, type Target } from './scan/targets/grammar.ts'
export { TargetError, TargetSyntaxError } from './scan/targets/target-errors.ts'

// Events to bytes.
export { createReport, type ReportKind } from './report/create-report.ts'
export { openSink } from './report/open-sink.ts'
export { ReportError } from './report/report-error.ts'
export { ReportSet, type ReportOptions, type ReportWriter } from './report/report-writer.ts'
export { summaryOf } from './report/summary.ts'
