/**
 * `portolan/scan`: port scans as a stream of events.
 *
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
export { makePlan, PlanError, type Plan, type PlanProblem } from './scan/plan.ts'
export { runPlan, scan } from './scan/run.ts'
