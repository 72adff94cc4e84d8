/** The engine threads of one scan: started together, fed from one shard counter, heard one batch at a time. */
import type { Capacity } from '../capacity.ts'
import { ObservationBatch } from '../observation.ts'
import type { Plan } from '../plan.ts'
import { ShardSource } from '../shards.ts'
import type { EngineStatistics } from './connect-engine.ts'
import type { ConnectThreadJob, ConnectThreadMessage } from './connect-thread.ts'
import { takeEngineThread } from './engine-threads.ts'

/** An engine thread ended before its work did. What it had in hand stays unknown. */
export class EngineThreadError extends Error {
  override readonly name = 'EngineThreadError'
}

export interface EngineListener {
  /** `release` asks for more: the thread waits while too many batches are not released. */
  onBatch(batch: ObservationBatch, release: () => void): void
  onFailure(error: EngineThreadError): void
}

export class EnginePool {
  readonly #shards: ShardSource
  readonly #statistics: EngineStatistics[] = []
  readonly #ended: Promise<void>[] = []

  constructor(plan: Plan, capacity: Capacity, driver: 'kernel' | 'portable', listener: EngineListener) {
    this.#shards = new ShardSource(plan.range)
    // A shard of a small space may be empty, and so is the space of names that do not resolve.
    const threads = plan.range.from === plan.range.to ? 0 : capacity.workers
    for (let index = 0; index < threads; index++) {
      const outstanding = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
      const job: ConnectThreadJob = {
        driver,
        space: plan.space.toTransfer(),
        guard: plan.guard.toTransfer(),
        expiredGuard: plan.expiredGuard.toTransfer(),
        ports: plan.ports.tcp,
        size: plan.size,
        seed: plan.seed,
        range: plan.range,
        shards: this.#shards.shared,
        timing: plan.timing,
        windowLimit: capacity.windowLimit,
        rate: plan.rate / threads,
        hostIntervalMs: plan.hostIntervalMs,
        outstanding,
      }
      this.#start(index, job, new Int32Array(outstanding), listener)
    }
  }

  #start(index: number, job: ConnectThreadJob, outstanding: Int32Array, listener: EngineListener): void {
    const worker = takeEngineThread()
    worker.postMessage(job)
    this.#statistics.push({ sent: 0, answers: 0, losses: 0 })
    let done = false
    const release = (): void => {
      Atomics.sub(outstanding, 0, 1)
      Atomics.notify(outstanding, 0)
    }
    worker.on('message', (message: ConnectThreadMessage) => {
      if (message.kind === 'done') done = true
      else {
        this.#statistics[index] = message.statistics
        listener.onBatch(new ObservationBatch(message.batch), release)
      }
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended.push(promise)
    let failure = 'it ended by itself'
    worker.on('error', (error: unknown) => {
      failure = error instanceof Error ? error.message : String(error)
    })
    worker.on('exit', () => {
      if (!done) listener.onFailure(new EngineThreadError(`engine thread ${index + 1} failed: ${failure}`))
      resolve()
    })
  }

  /** Resolves when every thread has ended and all its batches are told. */
  async finished(): Promise<void> {
    await Promise.all(this.#ended)
  }

  /** Nothing new is sent from now on; the threads end when what is on its way has arrived or is given up. */
  stop(): void {
    this.#shards.stop()
  }

  /**
   * Ends the threads within some 50 ms, whatever they are at. Asked to, not terminated: a thread that is terminated while
   * it loads koffi takes the process with it.
   */
  async abandon(): Promise<void> {
    this.#shards.abandon()
    await this.finished()
  }

  get statistics(): EngineStatistics {
    const sum = (field: keyof EngineStatistics): number =>
      this.#statistics.reduce((total, statistics) => total + statistics[field], 0)
    return { sent: sum('sent'), answers: sum('answers'), losses: sum('losses') }
  }
}
