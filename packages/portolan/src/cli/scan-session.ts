/** One run of `portolan scan`: plan, permission, scan, reports. Results go to stdout, everything else to stderr. */
import { createReport } from '../report/create-report.ts'
import { openSink } from '../report/open-sink.ts'
import { ReportError } from '../report/report-error.ts'
import { ReportSet, type ReportOptions, type ReportWriter } from '../report/report-writer.ts'
import { plural } from '../report/figures.ts'
import { summaryOf } from '../report/summary.ts'
import { formatEndpoint } from '../scan/address.ts'
import type { ScanEvent, ScanFinished } from '../scan/events.ts'
import type { ScanProgress } from '../scan/options.ts'
import { makePlan, ScopeRefused, type Plan } from '../scan/plan.ts'
import { runPlan } from '../scan/run.ts'
import { escapeText } from '../text/untrusted.ts'
import { wantsColor } from './color.ts'
import { COMMANDS } from './commands.ts'
import { EXIT } from './exit-codes.ts'
import { FUTURE_SCAN_OPTIONS } from './future-options.ts'
import { Interrupts } from './interrupts.ts'
import { dryRunLines, planLines } from './plan-lines.ts'
import { ProgressLine } from './progress.ts'
import { watchReader } from './reader-watch.ts'
import type { ScanArguments } from './scan-arguments.ts'
import { strayVariables } from './stray-variable.ts'
import { UsageError, withHint } from './usage-error.ts'

/**
 * @param argv the words after `scan`, for the heads of reports
 * @throws UsageError and the errors of {@link makePlan}, before anything is sent
 */
export async function runScan(args: ScanArguments, argv: readonly string[]): Promise<number> {
  const plan = await planned(args)
  if (plan === undefined) return EXIT.refused
  refuseNothing(plan)
  if (args.display.verbosity >= 0) warnOfStrays()
  if (args.dryRun) return dryRun(plan, args)
  return new ScanSession(args).run(plan, `portolan scan ${argv.join(' ')}`)
}

function dryRun(plan: Plan, { display, output }: ScanArguments): number {
  for (const { message, hint } of display.verbosity < 0 ? [] : plan.problems)
    process.stderr.write(`warning: ${withHint(message, hint)}\n`)
  // Whoever asked for events or XML on stdout gets nothing else there.
  const stream = output.stdout === 'auto' ? process.stdout : process.stderr
  for (const line of dryRunLines(plan, display.accessible)) stream.write(`${line}\n`)
  return plan.incomplete ? EXIT.incomplete : EXIT.ok
}

/** An empty list is a mistake somewhere before: "0 of 0, coverage 100 %" would hide it. */
function refuseNothing({ space, excluded, given, incomplete }: Plan): void {
  // Names that do not resolve have a warning and an exit status of their own.
  if (space.size > 0 || incomplete) return
  if (excluded > 0)
    throw new UsageError(
      `no target is left: ${plural(excluded, 'address')} excluded, which is all`,
      'look at --exclude, --excludefile and the exclusions of the scope file',
    )
  throw new UsageError(`no target given: ${escapeText(given.join(' '), 200)} holds none`, 'write one a line')
}

/** A variable that nothing reads may have been meant to exclude something. */
function warnOfStrays(): void {
  const options = [...COMMANDS.flatMap((command) => command.options), ...FUTURE_SCAN_OPTIONS]
  for (const { name, near } of strayVariables(process.env, options))
    if (near !== undefined)
      process.stderr.write(`warning: nothing reads ${escapeText(name, 80)}; did you mean ${near}?\n`)
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
      live:
        display.progress &&
        display.verbosity >= 0 &&
        !display.accessible &&
        process.stderr.isTTY &&
        process.env['TERM'] !== 'dumb',
      ...(display.statsEveryMs === undefined ? {} : { everyMs: display.statsEveryMs }),
      accessible: display.accessible,
    })
    this.#interrupts = new Interrupts({
      tell: (line) => this.#say(line),
      leave: () => this.#progress.clear(),
    })
  }

  async run(plan: Plan, commandLine: string): Promise<number> {
    using interrupts = this.#interrupts
    const report = await this.#openReports(commandLine)
    if (report === undefined) return EXIT.failure
    const { display } = this.#args
    if (display.verbosity >= 0)
      for (const line of planLines(plan, display.accessible)) this.#progress.print(line)
    const readerHasGone = await watchReader()
    let finished: ScanFinished | undefined
    const options = {
      ...this.#args.options,
      signal: interrupts.signal,
      onProgress: (progress: ScanProgress): void => {
        this.#progress.update(progress)
        if (readerHasGone?.() === true) interrupts.abandon(EXIT.brokenPipe)
      },
    }
    for await (const found of runPlan(plan, options)) {
      const event = found.type === 'scan.finished' ? { ...found, exit: this.#exitOf(found) } : found
      if (event.type === 'scan.finished') finished = event
      this.#tell(event)
      // On a terminal results and live line share the screen.
      if (process.stdout.isTTY) this.#progress.clear()
      const full = report.write(event)
      if (full !== undefined) await full
    }
    this.#progress.clear()
    await report.finish()
    if (finished === undefined) return EXIT.failure
    if (interrupts.exit !== EXIT.brokenPipe) this.#sumUp(plan, finished)
    return this.#exitOf(finished)
  }

  #sumUp(plan: Plan, finished: ScanFinished): void {
    this.#say(summaryOf(finished, { accessible: this.#args.display.accessible }))
    const lost = plan.problems.filter(({ code }) => code === 'NAME_NOT_RESOLVED').length
    if (lost > 0) this.#say(`incomplete: ${plural(lost, 'target')} not scanned, see the warnings above`)
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
