import type { HostEvent, PortEvent, ScanFinished, ScanStarted, WarningEvent } from '../scan/events.ts'
import type { PortState } from '../scan/states.ts'
import type { ReportOptions } from './report-writer.ts'

/** What a report says about one host. */
export interface HostReport {
  readonly host: string
  readonly name?: string
  readonly state: HostEvent['state']
  /** Absent where the scan ended before the host's own event. */
  readonly reason?: HostEvent['reason']
  readonly mac?: string
  /** The ports to list, by number. */
  readonly ports: readonly PortEvent[]
  /** Ports that are not listed, by state, the most frequent state first; none with a count of 0. */
  readonly notShown: readonly PortCount[]
}

/** Of the states that a `host` event counts; `filtered` holds open|filtered and unreachable too. */
export interface PortCount {
  readonly state: CountedState
  readonly count: number
}

type CountedState = 'open' | 'closed' | 'filtered' | 'unknown'

/** What is known at the end of a report. */
export interface ScanEnd {
  readonly started: ScanStarted | undefined
  /** Absent where the scan was cut off. */
  readonly finished: ScanFinished | undefined
  /** RFC 3339; of the last event that has a time. */
  readonly time: string
  /** Hosts by state, those that the report leaves out included. */
  readonly hosts: Readonly<Record<HostEvent['state'], number>>
}

/** A format that tells one host after the other. Pure: the texts, in order, are the report. */
export interface HostFormat {
  begin(started: ScanStarted | undefined, options: ReportOptions): string
  host(report: HostReport, options: ReportOptions): string
  warning(event: WarningEvent): string
  end(end: ScanEnd): string
}

/** `ports` are those to list; what the host event counts beyond them was not shown. */
export function reportOf(event: HostEvent, ports: readonly PortEvent[]): HostReport {
  const left = { open: event.open, closed: event.closed, filtered: event.filtered, unknown: event.unknown }
  for (const port of ports) left[countedAs(port.state)]--
  return {
    ...identity(event, ports),
    reason: event.reason,
    state: event.state,
    ports,
    notShown: counts(left),
  }
}

/**
 * A host whose event never came, because the scan was cut off: what its ports say.
 *
 * @param all every port event of the host
 * @param shown those of them to list
 */
export function reportOfCutOff(
  host: string,
  all: readonly PortEvent[],
  shown: readonly PortEvent[],
): HostReport {
  const left = { open: 0, closed: 0, filtered: 0, unknown: 0 }
  for (const port of all) left[countedAs(port.state)]++
  for (const port of shown) left[countedAs(port.state)]--
  const answered = all.some(({ state }) => state === 'open' || state === 'closed')
  return {
    ...identity({ host }, all),
    state: answered ? 'up' : 'unknown',
    ports: shown,
    notShown: counts(left),
  }
}

function identity(
  event: { readonly host: string; readonly name?: string | undefined; readonly mac?: string | undefined },
  ports: readonly PortEvent[],
): Pick<HostReport, 'host' | 'name' | 'mac'> {
  const name = event.name ?? ports.find((port) => port.name !== undefined)?.name
  return {
    host: event.host,
    ...(name === undefined ? {} : { name }),
    ...(event.mac === undefined ? {} : { mac: event.mac }),
  }
}

function countedAs(state: PortState): CountedState {
  return state === 'open|filtered' || state === 'unreachable' ? 'filtered' : state
}

function counts(left: Readonly<Record<CountedState, number>>): PortCount[] {
  return (['closed', 'filtered', 'unknown', 'open'] as const)
    .map((state) => ({ state, count: left[state] }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
}
