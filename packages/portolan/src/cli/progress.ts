/** The live line on stderr: how far a scan is, how fast, and when it will end. */
import { formatDuration } from '../report/figures.ts'
import type { ScanProgress } from '../scan/options.ts'

/** Erase in Line, and back to its first column (ECMA-48). */
const CLEAR = '\r\u001b[K'
/** Milliseconds before an end is foretold: the first round trips say little of the rest. */
const FORETELL_AFTER = 1000

export interface ProgressOptions {
  /** A line that is drawn over and over; only for a terminal. */
  readonly live: boolean
  /** Plain lines this many milliseconds apart. */
  readonly everyMs?: number
  readonly accessible: boolean
}

export class ProgressLine {
  readonly #stream: NodeJS.WriteStream
  readonly #options: ProgressOptions
  #drawn = false
  #toldAt = 0

  constructor(stream: NodeJS.WriteStream, options: ProgressOptions) {
    this.#stream = stream
    this.#options = options
  }

  update(progress: ScanProgress): void {
    const { live, everyMs, accessible } = this.#options
    if (everyMs !== undefined && progress.elapsedMs - this.#toldAt >= everyMs) {
      this.#toldAt = progress.elapsedMs
      this.print(accessible ? progressSentence(progress) : progressText(progress))
    }
    if (!live) return
    // A line that wraps could not be erased as one; the last column stays free, where some terminals wrap early.
    const text = progressText(progress).slice(0, (this.#stream.columns ?? 80) - 1)
    this.#stream.write(CLEAR + text)
    this.#drawn = true
  }

  /** Prints a line of its own; the live line comes back with the next update. */
  print(line: string): void {
    this.clear()
    this.#stream.write(`${line}\n`)
  }

  clear(): void {
    if (this.#drawn) this.#stream.write(CLEAR)
    this.#drawn = false
  }
}

/** `41 %  26871/65535 probes  112k/s  3 open  0 filtered  0 unknown  ETA 1 s` */
function progressText(progress: ScanProgress): string {
  const { done, probes, rate, open, filtered, unknown } = progress
  const percent = probes === 0 ? 100 : Math.floor((done / probes) * 100)
  const left = remainingMs(progress)
  const eta = left === undefined ? '' : `  ETA ${formatDuration(left)}`
  return (
    `${percent} %  ${done}/${probes} probes  ${shortRate(rate)}/s  ` +
    `${open} open  ${filtered} filtered  ${unknown} unknown${eta}`
  )
}

function progressSentence(progress: ScanProgress): string {
  const { done, probes, open } = progress
  const left = remainingMs(progress)
  const rest = left === undefined ? '' : ` About ${Math.ceil(left / 1000)} seconds remain.`
  return `${done} of ${probes} probes are decided, ${open} ports are open.${rest}`
}

function remainingMs({ done, probes, elapsedMs }: ScanProgress): number | undefined {
  if (elapsedMs < FORETELL_AFTER || done === 0) return undefined
  return (elapsedMs / done) * (probes - done)
}

function shortRate(rate: number): string {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(1)}M`
  if (rate >= 1e4) return `${Math.round(rate / 1e3)}k`
  return String(Math.round(rate))
}
