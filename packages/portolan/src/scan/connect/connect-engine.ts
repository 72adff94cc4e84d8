/**
 * The connect engine: takes indexes, gives observations. It knows what to ask next, when silence is enough and what a
 * local fault means; how a connection is made is the dialer's business, so that one engine serves both drivers.
 *
 * It is a machine that is stepped, not a set of promises: a probe is a slot in typed arrays, and a step allocates
 * nothing. A slot goes free → queued → (waiting for its host's turn) → flying → free, with a way back from flying to
 * queued for another try.
 */
import { ObservationWriter } from '../observation.ts'
import type { ProbeOrder } from '../order.ts'
import { LossEstimate } from '../retry.ts'
import { RoundTrips } from '../round-trip.ts'
import type { ScopeGuard } from '../scope/scope-guard.ts'
import type { ShardSource } from '../shards.ts'
import type { PortState, Reason } from '../states.ts'
import type { TargetSpace } from '../targets/target-space.ts'
import type { Timing } from '../timing.ts'
import { ProbeWindow } from '../window.ts'
import { PENDING, type Dialer, type DialerFactory, type DialOutcome } from './dialer.ts'
import { Faults } from './faults.ts'
import { HostTimes } from './host-times.ts'
import { Pacer } from './pacer.ts'
import { SlotQueue } from './slot-queue.ts'
import { TICK, TimerWheel } from './timer-wheel.ts'
import { verdictOf } from './verdict.ts'

export interface ConnectJob {
  readonly space: TargetSpace
  readonly guard: ScopeGuard
  /** What may still be sent to when the time of `guard` is over: this machine. */
  readonly expiredGuard: ScopeGuard
  /** TCP ports, sorted */
  readonly ports: Uint16Array
  readonly order: ProbeOrder
  readonly shards: ShardSource
  readonly timing: Timing
  /** Most connections at once */
  readonly windowLimit: number
  /** Probes a second, Infinity for no limit */
  readonly rate: number
  /** Least milliseconds between two probes to one host */
  readonly hostIntervalMs: number
}

export interface EngineStatistics {
  /** Probes sent, retries included */
  readonly sent: number
  readonly answers: number
  /** Probes known to be lost */
  readonly losses: number
}

/** Where observations go. The batch is the receiver's from then on. */
export type ObservationSink = (batch: ArrayBuffer, statistics: EngineStatistics) => void

/** Records in a batch: 64 KiB, a few milliseconds of work at full speed. */
const BATCH = 4096
/** Milliseconds an observation may wait for its batch to fill. */
const FLUSH_MS = 50
/** Probes started between two looks at the sockets, so that answers are timed when they come. */
const BURST = 256
/** Longest sleep in milliseconds: how late a wish to stop may be heard. */
const NAP = 50
/** Milliseconds until a probe whose host is ready looks again whether it may leave. */
const LOOK_AGAIN = 10
/** Parts of a host's interval that its turns are told in: so much longer than asked for may the interval be. */
const INTERVAL_PARTS = 16
/** Milliseconds that a probe on its way gets after a stop: the initial timeout of a normal scan. */
const LAST_MOMENT = 1000

export class ConnectEngine implements Disposable {
  readonly #job: ConnectJob
  readonly #dialer: Dialer
  readonly #sink: ObservationSink
  readonly #window: ProbeWindow
  readonly #roundTrips: RoundTrips
  readonly #loss = new LossEstimate()
  readonly #pacer: Pacer
  readonly #faults = new Faults()
  readonly #wheel: TimerWheel
  readonly #tickMs: number
  readonly #observations = new ObservationWriter(BATCH)
  readonly #hostStarts = new HostTimes()

  readonly #free: SlotQueue
  readonly #queued: SlotQueue
  readonly #probe: Float64Array
  readonly #host: Float64Array
  readonly #port: Uint16Array
  readonly #attempts: Uint16Array
  readonly #faultCount: Uint8Array
  readonly #sentAt: Float64Array
  /** 1 while the dialer has the slot */
  readonly #flying: Uint8Array

  #now: number
  #inFlight = 0
  #sent = 0
  #drained = false
  #stopping = false
  /** The sink was called in this step, which may have taken any time */
  #slept = false
  #guard: ScopeGuard
  #flushedAt: number

  /** @param dialerOf makes the dialer, which needs to know the number of slots and whom to tell */
  constructor(job: ConnectJob, dialerOf: DialerFactory, sink: ObservationSink, now: number) {
    const slots = Math.max(1, job.windowLimit)
    this.#job = job
    this.#sink = sink
    this.#now = this.#flushedAt = now
    this.#guard = guardNow(job)
    this.#window = new ProbeWindow(slots)
    this.#roundTrips = new RoundTrips(job.timing)
    this.#pacer = new Pacer(job.rate, job.hostIntervalMs)
    this.#tickMs = tickFor(job.hostIntervalMs)
    this.#wheel = new TimerWheel(slots, now, this.#tickMs)
    this.#free = SlotQueue.full(slots)
    this.#queued = new SlotQueue(slots)
    this.#probe = new Float64Array(slots)
    this.#host = new Float64Array(slots)
    this.#port = new Uint16Array(slots)
    this.#attempts = new Uint16Array(slots)
    this.#faultCount = new Uint8Array(slots)
    this.#sentAt = new Float64Array(slots)
    this.#flying = new Uint8Array(slots)
    this.#dialer = dialerOf(slots, (slot, outcome) => this.#onOutcome(slot, outcome))
  }

  /**
   * Does what is due.
   *
   * @returns milliseconds until there may be more to do, or undefined when every index is observed
   */
  step(): number | undefined {
    this.#now = performance.now()
    const { shards } = this.#job
    // A permission may end while a scan runs.
    this.#guard = guardNow(this.#job)
    if (shards.stopped) this.#stop()
    this.#wheel.expire(this.#now, this.#onDeadline)
    this.#slept = false
    let budget = BURST
    while (budget > 0 && !this.#slept && this.#maySend()) {
      const slot = this.#queued.shift() ?? this.#nextProbe()
      if (slot === undefined) break
      budget--
      this.#launch(slot)
    }
    const idle = budget > 0 && !this.#slept
    // Not `#drained` alone: a pace or a pause that forbids another probe must not hold up the end.
    if (idle && (this.#drained || shards.exhausted) && this.#free.length === this.#free.capacity) {
      this.#flush()
      return undefined
    }
    if (this.#now - this.#flushedAt >= FLUSH_MS) this.#flush()
    return idle ? this.#pause() : 0
  }

  /** Waits as long as {@link step} said, or until there is an outcome. Blocks the thread with the kernel's dialer. */
  wait(timeoutMs: number): void | Promise<void> {
    return this.#dialer.wait(timeoutMs)
  }

  /** Closes every connection. */
  [Symbol.dispose](): void {
    this.#dialer[Symbol.dispose]()
  }

  #maySend(): boolean {
    return (
      this.#inFlight < this.#window.size &&
      this.#pacer.waitMs(this.#now) <= 0 &&
      this.#faults.waitMs(this.#now) <= 0
    )
  }

  #pause(): number {
    const longest = this.#wheel.armed > 0 ? this.#tickMs : NAP
    // A full window waits for answers and deadlines, not for the pace.
    if (this.#inFlight >= this.#window.size) return longest
    const wait = Math.max(this.#pacer.waitMs(this.#now), this.#faults.waitMs(this.#now))
    return wait > 0 ? Math.min(Math.ceil(wait), longest) : longest
  }

  /** Draws an index into a free slot; undefined when there is none of one or the other. */
  #nextProbe(): number | undefined {
    if (this.#drained || this.#free.length === 0) return undefined
    const { shards, order, ports } = this.#job
    const index = shards.stopped ? -1 : shards.next()
    if (index < 0) {
      this.#drained = true
      return undefined
    }
    const slot = this.#free.shift()
    if (slot === undefined) return undefined
    const probe = order.at(index)
    const host = Math.floor(probe / ports.length)
    this.#probe[slot] = probe
    this.#host[slot] = host
    this.#port[slot] = ports[probe - host * ports.length] ?? 0
    this.#attempts[slot] = 0
    this.#faultCount[slot] = 0
    return slot
  }

  #launch(slot: number): void {
    const host = this.#host[slot] ?? 0
    if (!this.#allowed(host)) return this.#observe(slot, 'unknown', 'out-of-scope')
    const at = this.#pacer.nextTurn(host, this.#now)
    if (this.#hostOverdue(host, at)) return this.#observe(slot, 'unknown', 'host-timeout')
    this.#pacer.book(host, at)
    if (at > this.#now) this.#wheel.set(slot, at)
    else this.#send(slot)
  }

  /** The turn that {@link #launch} booked has come. What was true then is asked again: it may be minutes ago. */
  #onTurn(slot: number): void {
    const host = this.#host[slot] ?? 0
    if (this.#job.shards.stopped) return this.#observe(slot, 'unknown', 'interrupted')
    if (!this.#allowed(host)) return this.#observe(slot, 'unknown', 'out-of-scope')
    if (this.#hostOverdue(host, this.#now)) return this.#observe(slot, 'unknown', 'host-timeout')
    if (!this.#maySend()) return this.#wheel.set(slot, this.#now + LOOK_AGAIN)
    const wait = this.#pacer.hostWaitMs(host, this.#now)
    if (wait > 0) this.#wheel.set(slot, this.#now + wait)
    else this.#send(slot)
  }

  readonly #address = new Uint8Array(16)

  /** The last look before a packet is made; the plan was checked before, this is the lock on the door. */
  #allowed(host: number): boolean {
    const { space } = this.#job
    const v4 = space.ipv4At(host)
    if (v4 >= 0) return this.#guard.allows4(v4)
    space.writeAddress(host, this.#address, 0)
    return this.#guard.allows6(this.#address, 0, space.zoneAt(host))
  }

  /** Whether a probe that leaves at this moment leaves after the host's time. The first to ask starts the clock. */
  #hostOverdue(host: number, at: number): boolean {
    const { hostTimeoutMs } = this.#job.timing
    if (hostTimeoutMs === Infinity) return false
    const start = this.#hostStarts.get(host)
    if (Number.isNaN(start)) this.#hostStarts.set(host, this.#now)
    return at - start > hostTimeoutMs
  }

  /** When the host's time is over; Infinity where it has no end. */
  #hostEnd(host: number): number {
    const { hostTimeoutMs } = this.#job.timing
    return hostTimeoutMs === Infinity ? Infinity : this.#hostStarts.get(host) + hostTimeoutMs
  }

  #send(slot: number): void {
    const host = this.#host[slot] ?? 0
    const started = performance.now()
    this.#sentAt[slot] = started
    const outcome = this.#dialer.dial(slot, host, this.#port[slot] ?? 0)
    if (outcome === PENDING) {
      this.#countSent(slot)
      this.#faults.cleared()
      this.#flying[slot] = 1
      this.#inFlight++
      const timeout = this.#roundTrips.timeout(host, this.#attempts[slot] ?? 1)
      this.#wheel.set(slot, Math.min(started + timeout, this.#hostEnd(host)))
    } else this.#settle(slot, outcome, 'at once')
  }

  #countSent(slot: number): void {
    this.#attempts[slot] = (this.#attempts[slot] ?? 0) + 1
    this.#sent++
    this.#pacer.sent(this.#host[slot] ?? 0, this.#sentAt[slot] ?? 0)
  }

  /** What this machine could not send says nothing of loss. */
  #uncountSent(slot: number): void {
    this.#attempts[slot] = (this.#attempts[slot] ?? 1) - 1
    this.#sent--
  }

  #onOutcome(slot: number, outcome: DialOutcome): void {
    this.#land(slot)
    this.#settle(slot, outcome, 'told')
  }

  #land(slot: number): void {
    this.#flying[slot] = 0
    this.#inFlight--
    this.#wheel.clear(slot)
  }

  readonly #onDeadline = (slot: number): void => {
    if (this.#flying[slot] === 1) {
      const outcome = this.#dialer.abandon(slot)
      this.#land(slot)
      if (outcome === PENDING) this.#unanswered(slot)
      else this.#settle(slot, outcome, 'found late')
    } else this.#onTurn(slot)
  }

  /**
   * @param how by the dialling itself (then the probe is not counted as sent yet), by the dialer later, or by the last
   * look when the time was over (then it says nothing of the round trip)
   */
  #settle(slot: number, outcome: DialOutcome, how: 'at once' | 'told' | 'found late'): void {
    const verdict = verdictOf(outcome)
    if (verdict.kind === 'local') {
      if (how !== 'at once') this.#uncountSent(slot)
      return this.#faulted(slot, verdict.reason)
    }
    if (how === 'at once') this.#countSent(slot)
    this.#faults.cleared()
    if (verdict.kind === 'silent') return this.#unanswered(slot)
    const attempt = this.#attempts[slot] ?? 1
    const rttMs = how === 'found late' ? NaN : performance.now() - (this.#sentAt[slot] ?? 0)
    if (attempt === 1 && how !== 'found late') this.#roundTrips.measured(this.#host[slot] ?? 0, rttMs)
    this.#loss.answered(attempt)
    this.#window.answered(attempt)
    this.#observe(slot, verdict.state, verdict.reason, rttMs)
  }

  #unanswered(slot: number): void {
    this.#window.silent()
    if (this.#job.shards.stopped) return this.#observe(slot, 'unknown', 'interrupted')
    if (this.#now >= this.#hostEnd(this.#host[slot] ?? 0))
      return this.#observe(slot, 'unknown', 'host-timeout')
    if ((this.#attempts[slot] ?? 0) < this.#loss.tries(this.#job.timing.maxRetries)) this.#queued.push(slot)
    else this.#observe(slot, 'filtered', 'no-response')
  }

  #faulted(slot: number, reason: Reason): void {
    const count = ((this.#faultCount[slot] ?? 0) + 1) & 0xff
    this.#faultCount[slot] = count
    const action = this.#faults.occurred(reason, count, this.#now)
    if (action === 'give-up') return this.#observe(slot, 'unknown', reason)
    if (action === 'back-off') this.#window.exhausted(this.#inFlight)
    this.#queued.push(slot)
  }

  /** Nothing new is sent: what only waits stays undecided, what is on its way gets a last moment to arrive. */
  #stop(): void {
    for (let slot = this.#queued.shift(); slot !== undefined; slot = this.#queued.shift())
      this.#observe(slot, 'unknown', 'interrupted')
    if (this.#stopping) return
    this.#stopping = this.#drained = true
    for (let slot = 0; slot < this.#free.capacity; slot++) {
      const deadline = this.#wheel.deadline(slot)
      if (deadline === undefined) continue
      if (this.#flying[slot] === 1) this.#wheel.set(slot, Math.min(deadline, this.#now + LAST_MOMENT))
      else {
        this.#wheel.clear(slot)
        this.#observe(slot, 'unknown', 'interrupted')
      }
    }
  }

  #observe(slot: number, state: PortState, reason: Reason, rttMs = NaN): void {
    this.#observations.add(this.#probe[slot] ?? 0, state, reason, rttMs, this.#attempts[slot] ?? 0)
    this.#free.push(slot)
    if (this.#observations.full) this.#flush()
  }

  #flush(): void {
    this.#flushedAt = this.#now
    if (this.#observations.count === 0) return
    const { answers, losses } = this.#loss
    this.#sink(this.#observations.take(), { sent: this.#sent, answers, losses })
    // The sink waits for a slow reader, for hours if it must: the time, the permission and the wish to stop are asked anew
    // before anything else is sent.
    this.#slept = true
    this.#guard = guardNow(this.#job)
    this.#now = performance.now()
  }
}

function guardNow({ guard, expiredGuard }: ConnectJob): ScopeGuard {
  return Date.now() < guard.validUntil ? guard : expiredGuard
}

function tickFor(hostIntervalMs: number): number {
  return hostIntervalMs === 0
    ? TICK
    : Math.min(TICK, Math.max(1, Math.floor(hostIntervalMs / INTERVAL_PARTS)))
}
