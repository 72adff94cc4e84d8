/** Runs a scan to its end and sorts its events. */
import assert from 'node:assert/strict'
import {
  makePlan,
  runPlan,
  type HostEvent,
  type Plan,
  type PortEvent,
  type ScanEvent,
  type ScanFinished,
  type ScanOptions,
  type WarningEvent,
} from '../../src/scan.ts'

export const DRIVERS = ['kernel', 'portable'] as const
export type Driver = (typeof DRIVERS)[number]

export interface ScanRun {
  readonly ports: readonly PortEvent[]
  readonly hosts: readonly HostEvent[]
  readonly warnings: readonly WarningEvent[]
  readonly finished: ScanFinished
}

/** @param onEvent is awaited for each event: a reader as slow as it wants to be */
export async function runScan(
  options: ScanOptions,
  onEvent?: (event: ScanEvent) => void | Promise<void>,
): Promise<ScanRun> {
  return collect(await makePlan(options), options, onEvent)
}

export async function collect(
  plan: Plan,
  options: ScanOptions,
  onEvent?: (event: ScanEvent) => void | Promise<void>,
): Promise<ScanRun> {
  const ports: PortEvent[] = []
  const hosts: HostEvent[] = []
  const warnings: WarningEvent[] = []
  let finished: ScanFinished | undefined
  for await (const event of runPlan(plan, options)) {
    assert.equal(finished, undefined, 'nothing comes after scan.finished')
    if (event.type === 'port') ports.push(event)
    else if (event.type === 'host') hosts.push(event)
    else if (event.type === 'warning') warnings.push(event)
    else if (event.type === 'scan.finished') finished = event
    await onEvent?.(event)
  }
  assert.ok(finished !== undefined, 'the scan ends with scan.finished')
  const run = { ports, hosts, warnings, finished }
  assertAddsUp(run)
  return run
}

/** The laws of every scan, however it ended. */
function assertAddsUp({ ports, hosts, finished }: ScanRun): void {
  const { open, closed, filtered, unknown, probes, coverage, exit } = finished
  assert.equal(open + closed + filtered + unknown, probes)
  for (const count of [open, closed, filtered, unknown]) assert.ok(count >= 0)
  assert.equal(coverage, probes === 0 ? 1 : (probes - unknown) / probes)
  if (unknown > 0) assert.equal(exit, 4)
  const endpoints = new Set(ports.map(({ host, port }) => `${host} ${port}`))
  assert.equal(endpoints.size, ports.length, 'no port is told twice')
  assert.equal(ports.filter(({ state }) => state === 'open').length, open)
  const named = new Set(hosts.map(({ host }) => host))
  assert.equal(named.size, hosts.length, 'no host is told twice')
  for (const state of ['open', 'closed', 'filtered'] as const)
    assert.ok(hosts.reduce((sum, host) => sum + host[state], 0) <= finished[state])
}

/** Open ports of a host, ascending. */
export function openPorts(run: ScanRun, host: string): number[] {
  return run.ports
    .filter((event) => event.host === host && event.state === 'open')
    .map(({ port }) => port)
    .sort((a, b) => a - b)
}
