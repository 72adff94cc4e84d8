/** Entry of an engine thread: turns the connect engine with the driver it was told, until every index is observed. */
import { once } from 'node:events'
import { MessagePort, parentPort, workerData } from 'node:worker_threads'
import { ProbeOrder } from '../order.ts'
import { ScopeGuard, type ScopeGuardTransfer } from '../scope/scope-guard.ts'
import { ShardSource, type IndexRange } from '../shards.ts'
import { TargetSpace, type TargetSpaceTransfer } from '../targets/target-space.ts'
import type { Timing } from '../timing.ts'
import { ConnectEngine, type ConnectJob, type EngineStatistics } from './connect-engine.ts'
import type { DialerFactory } from './dialer.ts'

/** A job as it crosses to the thread. */
export interface ConnectThreadJob {
  readonly driver: 'kernel' | 'portable'
  readonly space: TargetSpaceTransfer
  readonly guard: ScopeGuardTransfer
  readonly expiredGuard: ScopeGuardTransfer
  readonly ports: Uint16Array
  readonly size: number
  readonly seed: number
  readonly range: IndexRange
  readonly shards: SharedArrayBuffer
  readonly timing: Timing
  readonly windowLimit: number
  readonly rate: number
  readonly hostIntervalMs: number
  /** Int32: batches posted and not yet taken in; the thread waits while it is at {@link MOST_BATCHES}. */
  readonly outstanding: SharedArrayBuffer
}

export type ConnectThreadMessage =
  | { readonly kind: 'observations'; readonly batch: ArrayBuffer; readonly statistics: EngineStatistics }
  | { readonly kind: 'done' }

/**
 * Batches a thread may be ahead of the main thread: a slow reader of the results slows the scan. Eight full ones become
 * 32,768 events of some 500 bytes in the main thread's queue.
 */
const MOST_BATCHES = 8

function jobOf(data: ConnectThreadJob): ConnectJob {
  return {
    space: TargetSpace.from(data.space),
    guard: ScopeGuard.from(data.guard),
    expiredGuard: ScopeGuard.from(data.expiredGuard),
    ports: data.ports,
    order: new ProbeOrder(data.size, data.seed),
    shards: new ShardSource(data.range, data.shards),
    timing: data.timing,
    windowLimit: data.windowLimit,
    rate: data.rate,
    hostIntervalMs: data.hostIntervalMs,
  }
}

/** Milliseconds until a thread that waits for its reader looks whether the scan is abandoned. */
const LOOK_UP = 50

function sinkTo(outstanding: Int32Array, shards: ShardSource) {
  return (batch: ArrayBuffer, statistics: EngineStatistics): void => {
    post({ kind: 'observations', batch, statistics }, [batch])
    let count = Atomics.add(outstanding, 0, 1) + 1
    while (count >= MOST_BATCHES && !shards.abandoned) {
      Atomics.wait(outstanding, 0, count, LOOK_UP)
      count = Atomics.load(outstanding, 0)
    }
  }
}

function post(message: ConnectThreadMessage, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

/** Loaded one or the other: the portable driver must work where koffi does not load. */
async function dialerOf(driver: 'kernel' | 'portable', space: TargetSpace): Promise<DialerFactory> {
  if (driver === 'kernel') {
    const { KernelDialer } = await import('./kernel-dialer.ts')
    return (slots, onOutcome) => new KernelDialer(space, slots, onOutcome)
  }
  const { PortableDialer } = await import('./portable-dialer.ts')
  return (slots, onOutcome) => new PortableDialer(space, slots, onOutcome)
}

async function main(data: ConnectThreadJob): Promise<void> {
  const job = jobOf(data)
  const factory = await dialerOf(data.driver, job.space)
  const sink = sinkTo(new Int32Array(data.outstanding), job.shards)
  using engine = new ConnectEngine(job, factory, sink, performance.now())
  for (let wait = engine.step(); wait !== undefined && !job.shards.abandoned; wait = engine.step()) {
    // The kernel's dialer blocks here and gives no promise: the thread never returns to its event loop.
    const waiting = engine.wait(wait)
    if (waiting !== undefined) await waiting
  }
  post({ kind: 'done' })
}

// Most jobs are the kernel's, so its dialer is loaded while there is none yet. Where it cannot load, the job says so.
const loading = import('./kernel-dialer.ts').catch(() => undefined)
// Tells engine-threads.ts that the process may end from now on.
void loading.then(() => {
  if (workerData instanceof MessagePort) workerData.close()
})

if (parentPort !== null) {
  // Listening keeps the thread alive, so it stops with the first message, which is the job.
  const [data]: ConnectThreadJob[] = await once(parentPort, 'message')
  if (data !== undefined) await main(data)
}
