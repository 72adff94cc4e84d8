/**
 * A scan is a plan before it is a scan: what to ask, in which order, how fast, and under which permission. Making one
 * reads files, resolves names and checks the scope; it sends nothing to a target.
 */
import type { ScanOptions } from './options.ts'
import { MAX_PROBES } from './order.ts'
import { DEFAULT_PORT_COUNT, topPorts } from './ports/default-ports.ts'
import { parsePorts } from './ports/grammar.ts'
import { LAST_PORT, PortSet } from './ports/port-set.ts'
import { checkSpace, type SpaceRefusal } from './scope/check-space.ts'
import { compileScope } from './scope/compile-scope.ts'
import { readScopeFile } from './scope/scope-file.ts'
import { ScopeGuard } from './scope/scope-guard.ts'
import { Scope } from './scope/scope.ts'
import { shardRange, type IndexRange } from './shards.ts'
import { buildTargets } from './targets/resolve.ts'
import type { TargetSpace } from './targets/target-space.ts'
import { timingOf, type Timing } from './timing.ts'

/** A plan that cannot be: the message is one line, the hint is the way out. */
export class PlanError extends Error {
  override readonly name = 'PlanError'
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/** The plan asks for what nobody allowed: exit status 5. */
export class ScopeRefused extends Error {
  override readonly name = 'ScopeRefused'
  readonly hint: string
  readonly refusals: readonly SpaceRefusal[]

  /** @param refusals one at least */
  constructor(refusals: readonly SpaceRefusal[]) {
    super(refusals.map(({ message }) => message).join('; '))
    this.hint = [...new Set(refusals.map(({ hint }) => hint))].join('; ')
    this.refusals = refusals
  }
}

/** Something the user should know; the scan goes on. */
export interface PlanProblem {
  readonly code: string
  readonly message: string
  readonly hint: string
}

export interface Plan {
  /** Targets as given */
  readonly given: readonly string[]
  readonly space: TargetSpace
  /** Names by address text */
  readonly names: ReadonlyMap<string, string>
  /** Addresses taken out by exclusions */
  readonly excluded: number
  readonly ports: PortSet
  /** Size of the probe space: targets times ports */
  readonly size: number
  /** This scan's part of the order */
  readonly range: IndexRange
  readonly seed: number
  readonly timing: Timing
  /** Probes a second, Infinity for no limit */
  readonly rate: number
  /** Least milliseconds between two probes to one host */
  readonly hostIntervalMs: number
  readonly scope: Scope
  /** The same permission in the form that engines ask for every probe */
  readonly guard: ScopeGuard
  /** What may be sent to once the scope file's time is over: this machine */
  readonly expiredGuard: ScopeGuard
  readonly problems: readonly PlanProblem[]
  /** True when a target could not be planned, so that the scan cannot be complete */
  readonly incomplete: boolean
}

/**
 * @throws TargetSyntaxError, TargetLimitError, PortSyntaxError, PlanError for what the user should write differently;
 * ScopeFileError for a scope file that cannot be used; ScopeRefused where a target needs permission; the reason of
 * `signal` where it aborts before the plan is made
 */
export async function makePlan(options: ScanOptions): Promise<Plan> {
  checkNumbers(options)
  const [ports, portWarnings] = planPorts(options)
  const targets = await buildTargets({
    targets: options.targets ?? [],
    ...(options.targetFiles === undefined ? {} : { targetFiles: options.targetFiles }),
    ...(options.exclude === undefined ? {} : { exclude: options.exclude }),
    ...(options.excludeFiles === undefined ? {} : { excludeFiles: options.excludeFiles }),
    ...(options.family === undefined ? {} : { family: options.family }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const scope = new Scope(
    options.scopeFile === undefined ? {} : { file: await readScopeFile(options.scopeFile) },
  )
  const { space, refused, leftOut } = checkSpace(scope, targets.space, 'connect')
  if (refused.length > 0) throw new ScopeRefused(refused)
  const timing = timingOf(options.timing ?? 3, options)
  const size = planSize(space.size, ports.size)
  return {
    given: targets.given,
    space,
    names: targets.names,
    excluded: targets.excluded + leftOut.reduce((sum, { size }) => sum + size, 0),
    ports,
    size,
    range: options.shard === undefined ? { from: 0, to: size } : planShard(size, options.shard),
    seed: options.seed ?? randomSeed(),
    timing,
    rate: Math.min(numericRate(options.rate), scope.limits.pps ?? Infinity),
    hostIntervalMs: Math.max(timing.scanDelayMs, 1000 / (scope.limits.ppsPerHost ?? Infinity)),
    scope,
    guard: ScopeGuard.of(compileScope(scope, 'connect')),
    expiredGuard: ScopeGuard.of(compileScope(scope, 'connect', Infinity)),
    problems: [
      ...targets.problems,
      ...leftOut.map(({ message, hint }) => ({ code: 'LEFT_OUT', message, hint })),
      ...portWarnings.map((message) => ({
        code: 'PORTS',
        message,
        hint: 'the scan goes on with each port once',
      })),
    ],
    incomplete: targets.problems.some(({ code }) => code === 'NAME_NOT_RESOLVED'),
  }
}

/** The order is no secret (order.ts), so it needs no better chance than this, nor the 10 ms that node:crypto takes. */
function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 48)
}

function planPorts(options: ScanOptions): readonly [PortSet, readonly string[]] {
  const excluded =
    options.excludePorts === undefined
      ? PortSet.empty
      : parsePorts(options.excludePorts, { protocols: ['tcp', 'udp'] }).ports
  const { ports, warnings } =
    options.ports === undefined
      ? {
          ports: new PortSet({ tcp: topPorts(options.topPorts ?? DEFAULT_PORT_COUNT, excluded) }),
          warnings: [],
        }
      : parsePorts(options.ports, { protocols: ['tcp'] })
  const left = ports.without(excluded)
  if (left.size === 0)
    throw new PlanError('no port is left to scan', '--exclude-ports takes away all that was to be scanned')
  return [left, warnings]
}

const COUNT = 'a whole number from 0 to 2^53-1'
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** The command line has checked its words; this is for callers of `scan()`. A NaN in a timeout would end no probe. */
function checkNumbers(options: ScanOptions): void {
  const { seed, maxRetries, hostTimeoutMs, scanDelayMs, timing, workers, topPorts } = options
  const check = (name: keyof ScanOptions, value: number | undefined, good: boolean, range: string): void => {
    if (value !== undefined && !good) throw new PlanError(`${name} is ${value}`, `it is ${range}`)
  }
  check('seed', seed, isCount(seed ?? 0), COUNT)
  check('maxRetries', maxRetries, isCount(maxRetries ?? 0), COUNT)
  check('hostTimeoutMs', hostTimeoutMs, (hostTimeoutMs ?? 1) > 0, 'a number of milliseconds above 0')
  check('scanDelayMs', scanDelayMs, isDelay(scanDelayMs ?? 0), 'a finite number of milliseconds, 0 or more')
  check('timing', timing, [0, 1, 2, 3, 4, 5].includes(timing ?? 3), 'a template from 0 to 5')
  check('workers', workers, isCount((workers ?? 1) - 1), 'a whole number from 1')
  check('topPorts', topPorts, isCount((topPorts ?? 1) - 1) && (topPorts ?? 1) <= LAST_PORT, 'from 1 to 65535')
}

function isDelay(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}

function planSize(targets: number, ports: number): number {
  if (targets > MAX_PROBES / ports)
    throw new PlanError(
      `${targets} addresses times ${ports} ports are more than 2^48 probes`,
      'give fewer ports or smaller networks',
    )
  return targets * ports
}

function planShard(size: number, { index, count }: { index: number; count: number }): IndexRange {
  if (!(Number.isSafeInteger(index) && Number.isSafeInteger(count) && index >= 1 && index <= count))
    throw new PlanError(
      `there is no shard ${index} of ${count}`,
      'shards are counted from 1, as in 1/4 to 4/4',
    )
  return shardRange(size, index, count)
}

function numericRate(rate: number | 'auto' | undefined): number {
  if (rate === undefined || rate === 'auto') return Infinity
  if (!(rate > 0))
    throw new PlanError(`a rate of ${rate} probes a second never ends`, 'give a rate above 0, or auto')
  return rate
}
