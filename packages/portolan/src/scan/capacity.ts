/** How many threads and how many connections at once a scan gets, from what this machine has. */
import { availableParallelism } from 'node:os'
import type { Timing } from './timing.ts'

export interface Capacity {
  readonly workers: number
  /** Most connections at once in each worker */
  readonly windowLimit: number
  /** What set the limit, for people */
  readonly limitedBy: string
}

/** Descriptors for Node itself, files and pipes. */
const RESERVED_DESCRIPTORS = 128
/** More than this overflows the connection tables of ordinary routers and firewalls, and then others suffer. */
const MOST_CONNECTIONS = 8192
/** node:net holds several objects a connection and tells nothing of descriptors. */
const PORTABLE_CONNECTIONS = 512
/** Probes that one thread does in less time than a second thread takes to start (20 ms, some 10 µs a probe). */
const WORTH_A_THREAD = 4096
/** A second thread beyond this rate only: below it a limit is held more evenly by one. */
const THREADED_RATE = 20_000

export interface CapacityQuestion {
  readonly driver: 'kernel' | 'portable'
  readonly probes: number
  readonly rate: number
  readonly hostIntervalMs: number
  readonly timing: Timing
  readonly wantedWorkers?: number | undefined
}

/** @throws RangeError for a wanted number of threads that is none */
export async function capacityFor(question: CapacityQuestion): Promise<Capacity> {
  const [total, limitedBy] = await connectionsFor(question)
  const workers = Math.min(workersFor(question), total)
  const windowLimit = Math.max(1, Math.floor(Math.min(total, question.timing.maxInFlight) / workers))
  return {
    workers,
    windowLimit,
    limitedBy: question.timing.maxInFlight < total ? 'timing template' : limitedBy,
  }
}

function workersFor({ probes, rate, hostIntervalMs, timing, wantedWorkers }: CapacityQuestion): number {
  if (wantedWorkers !== undefined && !(Number.isSafeInteger(wantedWorkers) && wantedWorkers >= 1))
    throw new RangeError(`A scan takes 1 thread or more, not ${wantedWorkers}`)
  // Limits for one host or of one probe at a time can only be held by one thread.
  if (hostIntervalMs > 0 || timing.maxInFlight === 1) return 1
  if (wantedWorkers !== undefined) return wantedWorkers
  if (rate < THREADED_RATE) return 1
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(probes / WORTH_A_THREAD)))
}

async function connectionsFor({ driver }: CapacityQuestion): Promise<readonly [number, string]> {
  if (driver === 'portable') return [PORTABLE_CONNECTIONS, 'portable driver']
  const { ephemeralRange, raiseDescriptorLimit } = await import('../sys/limits.ts')
  const descriptors = raiseDescriptorLimit(MOST_CONNECTIONS + RESERVED_DESCRIPTORS) - RESERVED_DESCRIPTORS
  const { first, last } = ephemeralRange()
  // Half the source ports stay for everyone else on this machine.
  const ports = Math.floor((last - first + 1) / 2)
  const least = Math.min(MOST_CONNECTIONS, descriptors, ports)
  const total = Math.max(1, least)
  if (least === descriptors) return [total, 'descriptor limit (ulimit -n)']
  if (least === ports) return [total, 'range of source ports']
  return [total, 'own limit']
}
