/**
 * Counts per host and in all. Memory comes with the hosts that were observed, 18 bytes each, in chunks. The order is random
 * over all hosts, so a scan of many soon has them all: 16 million (a /8) take 300 MB.
 */
import { PORT_STATES, REASONS, type HostState, type PortState, type Reason } from './states.ts'

const CHUNK = 1024

const FIELDS = { open: 0, closed: 1, filtered: 2, unknown: 3 } as const
type Field = keyof typeof FIELDS

const FIELD_OF: Record<PortState, Field> = {
  open: 'open',
  closed: 'closed',
  filtered: 'filtered',
  'open|filtered': 'filtered',
  unreachable: 'filtered',
  unknown: 'unknown',
}

/** How much a state says about the host: the reason shown is that of the strongest evidence. */
const STRENGTH: Record<PortState, number> = {
  open: 4,
  closed: 3,
  unreachable: 2,
  'open|filtered': 1,
  filtered: 1,
  unknown: 0,
}

interface Chunk {
  readonly counts: Uint32Array
  /** 1 + index into PORT_STATES of the strongest evidence, 0 for none */
  readonly evidence: Uint8Array
  readonly reasons: Uint8Array
}

export interface HostSummary {
  readonly state: HostState
  readonly reason: Reason
  readonly open: number
  readonly closed: number
  readonly filtered: number
  readonly unknown: number
}

export interface Totals {
  open: number
  closed: number
  filtered: number
  unknown: number
}

export class HostTally {
  readonly totals: Totals = { open: 0, closed: 0, filtered: 0, unknown: 0 }
  readonly #chunks = new Map<number, Chunk>()

  /** Probes that have an observation. */
  get observed(): number {
    const { open, closed, filtered, unknown } = this.totals
    return open + closed + filtered + unknown
  }

  add(host: number, state: PortState, reason: Reason): void {
    const field = FIELD_OF[state]
    this.totals[field]++
    const chunk = this.#chunkOf(host)
    const at = host % CHUNK
    const counter = at * 4 + FIELDS[field]
    chunk.counts[counter] = (chunk.counts[counter] ?? 0) + 1
    const known = PORT_STATES[(chunk.evidence[at] ?? 0) - 1]
    if (known !== undefined && STRENGTH[known] >= STRENGTH[state]) return
    chunk.evidence[at] = PORT_STATES.indexOf(state) + 1
    chunk.reasons[at] = REASONS.indexOf(reason)
  }

  #chunkOf(host: number): Chunk {
    const index = Math.floor(host / CHUNK)
    let chunk = this.#chunks.get(index)
    if (chunk === undefined) {
      chunk = {
        counts: new Uint32Array(CHUNK * 4),
        evidence: new Uint8Array(CHUNK),
        reasons: new Uint8Array(CHUNK),
      }
      this.#chunks.set(index, chunk)
    }
    return chunk
  }

  /** undefined for a host that no observation is about */
  summary(host: number): HostSummary | undefined {
    const chunk = this.#chunks.get(Math.floor(host / CHUNK))
    if (chunk === undefined) return undefined
    const at = host % CHUNK
    const strongest = PORT_STATES[(chunk.evidence[at] ?? 0) - 1]
    if (strongest === undefined) return undefined
    const [open = 0, closed = 0, filtered = 0, unknown = 0] = chunk.counts.subarray(at * 4, at * 4 + 4)
    return {
      // Only an answer of the host itself proves that it is there; nothing proves that it is not.
      state: strongest === 'open' || strongest === 'closed' ? 'up' : 'unknown',
      reason: REASONS[chunk.reasons[at] ?? 0] ?? 'no-response',
      open,
      closed,
      filtered,
      unknown,
    }
  }

  /** Ordinals of the hosts that observations are about, ascending. */
  *hosts(): Generator<number> {
    for (const index of [...this.#chunks.keys()].sort((a, b) => a - b)) {
      const chunk = this.#chunks.get(index)
      for (let at = 0; at < CHUNK; at++) if ((chunk?.evidence[at] ?? 0) > 0) yield index * CHUNK + at
    }
  }
}
