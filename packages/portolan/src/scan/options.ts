/** What a caller may ask of a scan: the option bag of `scan()`, filled from flags by the command line. */

/** nmap's six timing templates, -T0 (paranoid) to -T5 (insane). */
export type TimingTemplate = 0 | 1 | 2 | 3 | 4 | 5

export interface ScanOptions {
  /** Literals, CIDR, ranges, octet lists and names; see `targets/grammar.ts`. */
  readonly targets?: readonly string[]
  /** Files that hold targets (`-iL`); `-` is standard input. */
  readonly targetFiles?: readonly string[]
  readonly exclude?: readonly string[]
  readonly excludeFiles?: readonly string[]
  /** Port specification as of `-p`; without it the `topPorts` most useful ones. */
  readonly ports?: string
  /** @default 1000 */
  readonly topPorts?: number
  readonly excludePorts?: string
  /** Which family a name is scanned by; without it the first address that the resolver gives. */
  readonly family?: 4 | 6
  /** Upper limit in probes a second over the whole scan; `'auto'` sets none. @default 'auto' */
  readonly rate?: number | 'auto'
  /** Most extra probes to an unanswered port. @default as the timing template says, 10 for -T3 */
  readonly maxRetries?: number
  /** Milliseconds a host may take from its first probe; the rest of its ports become `unknown`. */
  readonly hostTimeoutMs?: number
  /** Least milliseconds between two probes to one host. */
  readonly scanDelayMs?: number
  /** @default 3 */
  readonly timing?: TimingTemplate
  /** Key of the probe order, 0 to 2^53-1; without it a random one. */
  readonly seed?: number
  /** Part `index` (from 1) of `count` of the probe space. */
  readonly shard?: { readonly index: number; readonly count: number }
  /** Permission for everything that is not this machine. */
  readonly scopeFile?: string
  /** Yield a `port` event for every probe, not only for open and open|filtered ports. @default false */
  readonly allStates?: boolean
  /** `kernel` calls libc, `portable` uses node:net. @default kernel where it can be, else portable */
  readonly driver?: 'kernel' | 'portable'
  /** Engine threads. @default one a core, fewer for small scans */
  readonly workers?: number
  /** First abort: no new probes, what is on its way is taken in, the rest becomes `unknown`. */
  readonly signal?: AbortSignal
  /** Called a few times a second with the counts so far. */
  readonly onProgress?: (progress: ScanProgress) => void
}

export interface ScanProgress {
  /** Size of this scan's part of the probe space. */
  readonly probes: number
  /** Probes that have their final state. */
  readonly done: number
  /** Probes sent, retries included. */
  readonly sent: number
  readonly open: number
  readonly closed: number
  readonly filtered: number
  readonly unknown: number
  readonly elapsedMs: number
  /** Probes sent a second over the last interval. */
  readonly rate: number
}
