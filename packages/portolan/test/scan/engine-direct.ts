/** A connect engine with the kernel's dialer in this thread, where a test can replace members of `libc`. */
import assert from 'node:assert/strict'
import { ConnectEngine, type ConnectJob } from '../../src/scan/connect/connect-engine.ts'
import { KernelDialer } from '../../src/scan/connect/kernel-dialer.ts'
import { ObservationBatch } from '../../src/scan/observation.ts'
import type { ScanOptions } from '../../src/scan/options.ts'
import { ProbeOrder } from '../../src/scan/order.ts'
import { makePlan } from '../../src/scan/plan.ts'
import { ShardSource } from '../../src/scan/shards.ts'
import type { PortState, Reason } from '../../src/scan/states.ts'
import { libc, type Libc } from '../../src/sys/libc.ts'

export interface Observed {
  readonly host: number
  readonly port: number
  readonly state: PortState
  readonly reason: Reason
  readonly attempts: number
}

/** The job that a plan with these options makes for one thread. */
export async function jobFor(options: ScanOptions, change: Partial<ConnectJob> = {}): Promise<ConnectJob> {
  const plan = await makePlan({ targets: ['127.0.0.1'], ...options })
  return {
    space: plan.space,
    guard: plan.guard,
    expiredGuard: plan.expiredGuard,
    ports: plan.ports.tcp,
    order: new ProbeOrder(plan.size, plan.seed),
    shards: new ShardSource(plan.range),
    timing: plan.timing,
    windowLimit: 1024,
    rate: plan.rate,
    hostIntervalMs: plan.hostIntervalMs,
    ...change,
  }
}

export interface DirectRun {
  readonly observed: readonly Observed[]
  /** Probes sent, as the last batch says */
  readonly sent: number
  readonly losses: number
}

/**
 * Steps an engine to its end: at most `steps` times, so that none runs for ever.
 *
 * @param onBatch what the receiver of observations does before the engine goes on
 */
export function runEngine(
  job: ConnectJob,
  onStep?: () => void,
  steps = 100_000,
  onBatch?: () => void,
): DirectRun {
  const observed: Observed[] = []
  let last = { sent: 0, losses: 0 }
  using engine = new ConnectEngine(
    job,
    (slots, onOutcome) => new KernelDialer(job.space, slots, onOutcome),
    (buffer, statistics) => {
      last = statistics
      onBatch?.()
      const batch = new ObservationBatch(buffer)
      for (let i = 0; i < batch.count; i++) {
        const probe = batch.probe(i)
        const host = Math.floor(probe / job.ports.length)
        observed.push({
          host,
          port: job.ports[probe - host * job.ports.length] ?? -1,
          state: batch.state(i),
          reason: batch.reason(i),
          attempts: batch.attempts(i),
        })
      }
    },
    performance.now(),
  )
  for (let step = 0; step < steps; step++) {
    onStep?.()
    const wait = engine.step()
    if (wait === undefined) {
      const endpoints = new Set(observed.map(({ host, port }) => `${host} ${port}`))
      assert.equal(endpoints.size, observed.length, 'no probe is observed twice')
      return { observed, sent: last.sent, losses: last.losses }
    }
    void engine.wait(wait)
  }
  return assert.fail(`the engine did not end in ${steps} steps`)
}

/** Replaces members of `libc` until disposed. */
export function replaceLibc(replacement: Partial<Libc>): Disposable {
  const before: Libc = { ...libc }
  Object.assign(libc, replacement)
  return {
    [Symbol.dispose]() {
      Object.assign(libc, before)
    },
  }
}

/** Port of a sockaddr_in or sockaddr_in6. */
export function portOf(address: Uint8Array): number {
  return (address[2] ?? 0) * 256 + (address[3] ?? 0)
}
