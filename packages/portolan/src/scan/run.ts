/** Runs a plan: threads out, observations in, events to the caller. */
import { formatAddress } from './address.ts'
import { capacityFor, type Capacity } from './capacity.ts'
import { EnginePool, type EngineThreadError } from './connect/engine-pool.ts'
import { chooseDriver } from './driver.ts'
import { EventQueue } from './event-queue.ts'
import type { HostEvent, PortEvent, ScanEvent, ScanFinished, ScanStarted, WarningEvent } from './events.ts'
import { HostTally, type HostSummary } from './host-tally.ts'
import type { ObservationBatch } from './observation.ts'
import type { ScanOptions, ScanProgress } from './options.ts'
import { makePlan, type Plan } from './plan.ts'
import { serviceName } from './ports/registry.ts'
import type { PortState } from './states.ts'
import { VERSION } from './version.ts'

/** Milliseconds between two reports of progress. */
const PROGRESS_MS = 100
/** A scan of up to this many hosts (a /24) tells of each of them; a larger one of those that answered. */
const EVERY_HOST = 256

const EXIT_OK = 0
const EXIT_INCOMPLETE = 4

/**
 * Scans, and yields what it finds as it finds it: `scan.started`, then `warning` and `port` as they come, then `host` for
 * each host in the order of addresses, then `scan.finished`. The counts of the last add up to its `probes`.
 *
 * @throws before the first event, what {@link makePlan} throws
 * @remarks Abort-safe: after `signal` aborts, the loop goes on to the end and what was not decided is `unknown`.
 * Leaving the loop early ends the threads.
 */
export async function* scan(options: ScanOptions): AsyncGenerator<ScanEvent, void, void> {
  yield* runPlan(await makePlan(options), options)
}

/** As {@link scan}, with a plan that was made before (and shown, or checked). */
export async function* runPlan(plan: Plan, options: ScanOptions = {}): AsyncGenerator<ScanEvent, void, void> {
  const { driver, warning } = await chooseDriver(options.driver)
  const probes = plan.range.to - plan.range.from
  const capacity = await capacityFor({ driver, probes, ...plan, wantedWorkers: options.workers })
  const running = new RunningScan(plan, options)
  yield running.started()
  for (const problem of warning === undefined ? plan.problems : [warning, ...plan.problems])
    yield running.warning(problem)
  yield* running.run(driver, capacity)
}

class RunningScan {
  readonly #plan: Plan
  readonly #options: ScanOptions
  readonly #id = newScanId()
  readonly #startedAt = performance.now()
  readonly #tally = new HostTally()
  readonly #events = new EventQueue<ScanEvent>()
  #failed = false

  constructor(plan: Plan, options: ScanOptions) {
    this.#plan = plan
    this.#options = options
  }

  started(): ScanStarted {
    const { given, ports, range, seed, scope } = this.#plan
    return {
      type: 'scan.started',
      schema: 1,
      scan: this.#id,
      time: now(),
      version: VERSION,
      seed,
      targets: [...given],
      ports: ports.toString(),
      probes: range.to - range.from,
      methods: ['connect'],
      scope: scope.reference,
    }
  }

  warning(problem: { code: string; message: string; hint: string }): WarningEvent {
    return { type: 'warning', scan: this.#id, ...problem }
  }

  async *run(driver: 'kernel' | 'portable', capacity: Capacity): AsyncGenerator<ScanEvent, void, void> {
    const { signal } = this.#options
    const pool = new EnginePool(this.#plan, capacity, driver, {
      onBatch: (batch, release) => this.#takeIn(batch, release),
      onFailure: (error) => this.#onFailure(error),
    })
    const stop = (): void => pool.stop()
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted === true) stop()
    const progress = new ProgressClock(this.#options.onProgress, () => this.#progress(pool))
    try {
      void pool.finished().then(() => this.#events.end())
      yield* this.#events
      progress.stop()
      for (const host of this.#hosts()) yield host
      yield this.#finished(pool)
    } finally {
      progress.stop()
      signal?.removeEventListener('abort', stop)
      await pool.abandon()
    }
  }

  #takeIn(batch: ObservationBatch, release: () => void): void {
    const { length: ports } = this.#plan.ports.tcp
    for (let i = 0; i < batch.count; i++) {
      const probe = batch.probe(i)
      const host = Math.floor(probe / ports)
      const state = batch.state(i)
      this.#tally.add(host, state, batch.reason(i))
      if (this.#options.allStates === true || isReported(state))
        this.#events.push(this.#portEvent(batch, i, host, probe - host * ports))
    }
    this.#events.whenDrained(release)
  }

  #portEvent(batch: ObservationBatch, i: number, host: number, portIndex: number): PortEvent {
    const port = this.#plan.ports.tcp[portIndex] ?? 0
    const service = serviceName('tcp', port)
    const rttMs = batch.rttMs(i)
    return {
      type: 'port',
      scan: this.#id,
      time: now(),
      ...this.#hostFields(host),
      protocol: 'tcp',
      port,
      state: batch.state(i),
      reason: batch.reason(i),
      ...(Number.isNaN(rttMs) ? {} : { rttMs: Math.round(rttMs * 1000) / 1000 }),
      attempts: batch.attempts(i),
      ...(service === undefined ? {} : { service: { name: service, confidence: 'port' } }),
    }
  }

  #hostFields(ordinal: number): { host: string; name?: string } {
    const host = formatAddress(this.#plan.space.addressAt(ordinal))
    const name = this.#plan.names.get(host)
    return name === undefined ? { host } : { host, name }
  }

  *#hosts(): Generator<HostEvent> {
    const { space, range, size, ports } = this.#plan
    const whole = range.from === 0 && range.to === size
    const small = space.size <= EVERY_HOST
    const every = this.#options.allStates === true || small
    for (const host of small && whole ? Array(space.size).keys() : this.#tally.hosts()) {
      const summary = this.#tally.summary(host) ?? this.#neverAsked
      if (!(every || isNotable(summary))) continue
      const { open, closed, filtered } = summary
      // What never left the queue has no observation of its own. In part of a space, how many a host has is not known.
      const unknown = whole ? ports.size - open - closed - filtered : summary.unknown
      yield { type: 'host', scan: this.#id, time: now(), ...this.#hostFields(host), ...summary, unknown }
    }
  }

  /** A host whose turn did not come before the scan was stopped, or before its thread failed. */
  get #neverAsked(): HostSummary {
    const reason = this.#options.signal?.aborted === true ? 'interrupted' : 'local-error'
    return { state: 'unknown', reason, open: 0, closed: 0, filtered: 0, unknown: 0 }
  }

  #finished(pool: EnginePool): ScanFinished {
    const { range, incomplete } = this.#plan
    const { open, closed, filtered } = this.#tally.totals
    const probes = range.to - range.from
    const unknown = probes - open - closed - filtered
    const durationMs = performance.now() - this.#startedAt
    const { sent, answers, losses } = pool.statistics
    return {
      type: 'scan.finished',
      scan: this.#id,
      time: now(),
      durationMs: round(durationMs),
      probes,
      sent,
      open,
      closed,
      filtered,
      unknown,
      coverage: probes === 0 ? 1 : (probes - unknown) / probes,
      ...(answers + losses === 0 ? {} : { loss: losses / (answers + losses) }),
      rate: round((sent / durationMs) * 1000),
      exit: unknown > 0 || incomplete || this.#failed ? EXIT_INCOMPLETE : EXIT_OK,
    }
  }

  #onFailure(error: EngineThreadError): void {
    this.#failed = true
    this.#events.push(
      this.warning({
        code: 'ENGINE_FAILED',
        message: error.message,
        hint: 'what it had in hand is unknown; scan again, and report this if it repeats',
      }),
    )
  }

  #progress(pool: EnginePool): Omit<ScanProgress, 'rate'> {
    return {
      ...this.#tally.totals,
      probes: this.#plan.range.to - this.#plan.range.from,
      done: this.#tally.observed,
      sent: pool.statistics.sent,
      elapsedMs: performance.now() - this.#startedAt,
    }
  }
}

/** Tells progress a few times a second, with the rate since the last time. */
class ProgressClock {
  readonly #timer: NodeJS.Timeout | undefined

  constructor(tell: ScanOptions['onProgress'], look: () => Omit<ScanProgress, 'rate'>) {
    if (tell === undefined) return
    let last = { sent: 0, elapsedMs: 0 }
    this.#timer = setInterval(() => {
      const seen = look()
      const seconds = (seen.elapsedMs - last.elapsedMs) / 1000
      tell({ ...seen, rate: seconds > 0 ? Math.max(0, seen.sent - last.sent) / seconds : 0 })
      last = seen
    }, PROGRESS_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

function isReported(state: PortState): boolean {
  return state === 'open' || state === 'open|filtered'
}

function isNotable({ state, unknown }: HostSummary): boolean {
  return state === 'up' || unknown > 0
}

function now(): string {
  return new Date().toISOString()
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

/** Sorts by time, and the second part tells scans of one second apart; may stand in a file name. */
function newScanId(): string {
  const time = now().replaceAll(/[-:]|\.\d+/g, '')
  const chance = Math.floor(Math.random() * 2 ** 32)
  return `${time}-${chance.toString(16).padStart(8, '0')}`
}
