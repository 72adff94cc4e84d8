/**
 * How patient a scan is: nmap's templates -T0 to -T5, in its documented values (nmap reference guide, "Timing and
 * Performance"): delay between probes to one host, bounds of the probe timeout, retries, time a host may take.
 */
import type { TimingTemplate } from './options.ts'

export interface Timing {
  /** Timeout in milliseconds of a probe to a host whose round trip is not known yet. */
  readonly initialTimeoutMs: number
  readonly minTimeoutMs: number
  readonly maxTimeoutMs: number
  /** Most extra probes to an unanswered port. */
  readonly maxRetries: number
  /** Least milliseconds between two probes to one host. */
  readonly scanDelayMs: number
  /** Milliseconds a host may take from its first probe; Infinity for no end. */
  readonly hostTimeoutMs: number
  /** Most probes on their way at once, over the whole scan. */
  readonly maxInFlight: number
}

const NORMAL: Timing = {
  initialTimeoutMs: 1000,
  minTimeoutMs: 100,
  maxTimeoutMs: 10_000,
  maxRetries: 10,
  scanDelayMs: 0,
  hostTimeoutMs: Infinity,
  maxInFlight: Infinity,
}

const TEMPLATES: Record<TimingTemplate, Timing> = {
  // Paranoid, sneaky and polite send one probe at a time.
  0: { ...NORMAL, initialTimeoutMs: 300_000, maxTimeoutMs: 300_000, scanDelayMs: 300_000, maxInFlight: 1 },
  1: { ...NORMAL, initialTimeoutMs: 15_000, maxTimeoutMs: 15_000, scanDelayMs: 15_000, maxInFlight: 1 },
  2: { ...NORMAL, scanDelayMs: 400, maxInFlight: 1 },
  3: NORMAL,
  4: { ...NORMAL, initialTimeoutMs: 500, maxTimeoutMs: 1250, maxRetries: 6 },
  5: {
    ...NORMAL,
    initialTimeoutMs: 250,
    minTimeoutMs: 50,
    maxTimeoutMs: 300,
    maxRetries: 2,
    hostTimeoutMs: 15 * 60_000,
  },
}

/** A template with the values that were set one by one in place of its own. */
export function timingOf(
  template: TimingTemplate,
  set: {
    maxRetries?: number | undefined
    scanDelayMs?: number | undefined
    hostTimeoutMs?: number | undefined
  },
): Timing {
  const base = TEMPLATES[template]
  return {
    ...base,
    maxRetries: set.maxRetries ?? base.maxRetries,
    scanDelayMs: set.scanDelayMs ?? base.scanDelayMs,
    hostTimeoutMs: set.hostTimeoutMs ?? base.hostTimeoutMs,
  }
}
