/** One run of `portolan scan`: plan, permission, scan, reports. Results go to stdout, everything else to stderr. */
import { createReport } from '../report/create-report.ts'
import { openSink } from '../report/open-sink.ts'
import { ReportError } from '../report/report-error.ts'
import { ReportSet, type ReportOptions, type ReportWriter } from '../report/report-writer.ts'
import { summaryOf } from '../report/summary.ts'
import { formatEndpoint } from '../scan/address.ts'
import type { ScanEvent, ScanFinished } from '../scan/events.ts'
import { makePlan, ScopeRefused, type Plan } from '../scan/plan.ts'
import { runPlan } from '../scan/run.ts'
import { wantsColor } from './color.ts'
import { EXIT } from './exit-codes.ts'
import { Interrupts } from './interrupts.ts'
import { dryRunLines, planLines } from './plan-lines.ts'
import { ProgressLine } from './progress.ts'
import type { ScanArguments } from './scan-arguments.ts'
import { withHint } from './usage-error.ts'

/** @param argv the words after `scan`, for the heads of reports */
export async function runScan(args: ScanArguments, argv: readonly string[]): Promise<number> {
  const plan = await planned(args)
  if (plan === undefined) return EXIT.refused
  if (args.dryRun) {
    for (const line of dryRunLines(plan)) process.stdout.write(`${line}\n`)
    return plan.incomplete ? EXIT.incomplete : EXIT.ok
  }
  if (args.display.verbosity >= 0) for (const line of planLines(plan)) process.stderr.write(`${line}\n`)
  return new ScanSession(args).run(plan, `portolan scan ${argv.join(' ')}`)
}

/** undefined, with a line on stderr, where permission is missing */
async function planned({ options }: ScanArguments): Promise<Plan | undefined> {
  try {
    return await makePlan(options)
  } catch (error) {
    if (!(error instanceof ScopeRefused)) throw error
    process.stderr.write(`portolan: ${withHint(error.message, error.hint)}\n`)
    return undefined
  }
}

class ScanSession {
  readonly #args: ScanArguments
  readonly #progress: ProgressLine
  readonly #interrupts: Interrupts
  #failed = false

  constructor(args: ScanArguments) {
    const { display } = args
    this.#args = args
    this.#progress = new ProgressLine(process.stderr, {
      live: display.progress && display.verbosity >= 0 && !display.accessible && process.stderr.isTTY,
      ...(display.statsEveryMs === undefined ? {} : { everyMs: display.statsEveryMs }),
      accessible: display.accessible,
    })
    this.#interrupts = new Interrupts((line) => this.#say(line))
  }

  async run(plan: Plan, commandLine: string): Promise<number> {
    using interrupts = this.#interrupts
    const report = await this.#openReports(commandLine)
    if (report === undefined) return EXIT.failure
    let finished: ScanFinished | undefined
    const options = {
      ...this.#args.options,
      signal: interrupts.signal,
      onProgress: this.#progress.update.bind(this.#progress),
    }
    for await (const found of runPlan(plan, options)) {
      const event = found.type === 'scan.finished' ? { ...found, exit: this.#exitOf(found) } : found
      if (event.type === 'scan.finished') finished = event
      this.#tell(event)
      const full = report.write(event)
      if (full !== undefined) await full
    }
    this.#progress.clear()
    await report.finish()
    if (finished === undefined) return EXIT.failure
    if (this.#args.display.verbosity >= 0)
      process.stderr.write(`${summaryOf(finished, { accessible: this.#args.display.accessible })}\n`)
    return this.#exitOf(finished)
  }

  #exitOf({ exit }: ScanFinished): number {
    return this.#interrupts.exit ?? (this.#failed ? EXIT.failure : exit)
  }

  /** undefined, with a line on stderr, where a file cannot be opened: before anything is sent */
  async #openReports(commandLine: string): Promise<ReportSet | undefined> {
    const { output, reason, display } = this.#args
    const onTerminal = process.stdout.isTTY
    const options: ReportOptions = {
      reason,
      openOnly: this.#args.openOnly,
      showDown: display.verbosity > 0,
      commandLine,
      accessible: display.accessible,
      color: wantsColor(process.stdout, display.color, process.env),
      ...(onTerminal ? { width: process.stdout.columns } : {}),
    }
    const kind = output.stdout === 'auto' ? (onTerminal ? 'table' : 'lines') : output.stdout
    const writers: ReportWriter[] = []
    try {
      for (const file of [...output.files, { kind, path: '-' }] as const)
        writers.push(createReport(file.kind, await openSink(file.path, { append: output.append }), options))
    } catch (error) {
      if (!(error instanceof ReportError)) throw error
      await new ReportSet(writers, () => undefined).finish()
      process.stderr.write(`portolan: ${withHint(error.message, error.hint)}\n`)
      return undefined
    }
    return new ReportSet(writers, (error) => this.#onReportError(error))
  }

  #onReportError(error: ReportError): void {
    // The reader of the results has gone, and with it the reason to go on.
    if (error.code === 'EPIPE' && error.path === '-') return this.#interrupts.abandon(EXIT.brokenPipe)
    this.#failed = true
    this.#say(`portolan: ${withHint(error.message, error.hint)}`)
  }

  #tell(event: ScanEvent): void {
    if (event.type === 'warning') this.#say(`warning: ${withHint(event.message, event.hint)}`)
    else if (event.type === 'port' && this.#args.display.verbosity > 0)
      this.#say(`found ${formatEndpoint(event.host, event.port)}/${event.protocol} ${event.state}`)
  }

  #say(line: string): void {
    if (this.#args.display.verbosity >= 0 || line.startsWith('portolan:')) this.#progress.print(line)
  }
}
