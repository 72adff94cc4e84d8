/** Contests of CPU time and rate: what one message, connection or megabyte costs the server, and how many a second. */
import { compete, median, underLoad, type Entry, type Match } from './contest.ts'
import type { Programs } from './program.ts'
import { table, verdictCell, type Section, type Verdict } from './table.ts'

/** What a contestant is to reach beside another. */
export interface RatioGoal {
  readonly contestant: string
  readonly against: string
  /** `cpu`: CPU time of one, at most so many times the other's. `rate`: at least so many times as many a second. */
  readonly measure: 'cpu' | 'rate'
  readonly factor: number
}

/** What a table of costs needs to know. */
export interface Priced {
  readonly title: string
  /** What is counted: `message`, `connection`, `MB`. */
  readonly unit: string
  /** How many of what the generator counts make one: 1, or bytes in a MB. */
  readonly perUnit: number
  readonly goals: readonly RatioGoal[]
}

export interface CostContest extends Match, Priced {
  readonly kind: 'cost'
}

/** One run, as the generator prints it. */
export interface Cost {
  readonly count: number
  readonly seconds: number
  /** CPU time of all threads of the server in the measured window. */
  readonly serverCpuNs: number
  readonly loadCpuNs: number
  /** Time the generator was ready to run and something else had its CPU. */
  readonly loadWaitNs: number
}

/** A generator that ran, or was ready to, this share of the time was the limit, not the server. */
const BUSY = 0.95

/** A generator that waited this share of the time for its CPU was not alone on it. */
const DISTURBED = 0.03

export async function costs(contest: CostContest, programs: Programs, rounds: number): Promise<Section> {
  const run = underLoad(contest, programs, (number) => ({
    count: number('count'),
    seconds: number('seconds'),
    serverCpuNs: number('serverCpuNs'),
    loadCpuNs: number('loadCpuNs'),
    loadWaitNs: number('loadWaitNs'),
  }))
  return costSection(contest, await compete(contest.contestants, 'contest', programs, rounds, run))
}

export function costSection(contest: Priced, entries: readonly Entry<Cost>[]): Section {
  const present = entries.filter(({ leftOut }) => leftOut === undefined)
  const rivals = [...new Set(contest.goals.map(({ against }) => against))].flatMap((name) =>
    present.filter((entry) => entry.name === name),
  )
  const rows = present.map((entry) => [
    entry.name,
    median(entry.runs.map((run) => cpuOf(contest, run))).toFixed(2),
    rateCell(contest, entry),
    ...rivals.flatMap((rival) => {
      const met = verdicts(contest, entry, rival)
      return [
        ...ratios(contest, entry, rival).map((ratio) => ratio.toFixed(2)),
        met.map(verdictCell).join(', '),
      ]
    }),
  ])
  const head = ['server', `CPU µs a ${contest.unit}`, `${contest.unit}s a second`]
  const rivalHead = rivals.flatMap(({ name }) => [`CPU / ${name}`, `rate / ${name}`, 'goal'])
  return {
    lines: [...table(contest.title, [...head, ...rivalHead], rows, entries), ...disturbance(present)],
    goals: contest.goals.map((goal) => {
      const entry = present.find(({ name }) => name === goal.contestant)
      const rival = rivals.find(({ name }) => name === goal.against)
      if (entry !== undefined && rival !== undefined) return verdict(contest, goal, entry, rival)
      return { met: false, goal: words(goal), sentence: `${sentence(contest, goal)}: not measured` }
    }),
  }
}

/** CPU and rate beside the rival's, round by round: what slows the machine for a while slows both. */
function ratios(contest: Priced, { runs }: Entry<Cost>, rival: Entry<Cost>): [cpu: number, rate: number] {
  const ratio = (of: (contest: Priced, run: Cost) => number): number =>
    median(
      runs.flatMap((run, round) => {
        const other = rival.runs[round]
        return other === undefined ? [] : [of(contest, run) / of(contest, other)]
      }),
    )
  return [ratio(cpuOf), ratio(rateOf)]
}

function verdicts(contest: Priced, entry: Entry<Cost>, rival: Entry<Cost>): Verdict[] {
  return contest.goals
    .filter(({ contestant, against }) => contestant === entry.name && against === rival.name)
    .map((goal) => verdict(contest, goal, entry, rival))
}

function verdict(contest: Priced, goal: RatioGoal, entry: Entry<Cost>, rival: Entry<Cost>): Verdict {
  const [cpu, rate] = ratios(contest, entry, rival)
  const ratio = goal.measure === 'cpu' ? cpu : rate
  return {
    met: goal.measure === 'cpu' ? ratio <= goal.factor : ratio >= goal.factor,
    goal: words(goal),
    sentence: `${sentence(contest, goal)}: ${ratio.toFixed(2)}`,
  }
}

function words({ measure, factor }: RatioGoal): string {
  return `${measure} ${measure === 'cpu' ? '≤' : '≥'} ${factor.toFixed(2)}`
}

function sentence({ title }: Priced, goal: RatioGoal): string {
  return `${title}: ${goal.contestant} beside ${goal.against}, ${words(goal)}`
}

function disturbance(entries: readonly Entry<Cost>[]): string[] {
  const share = median(entries.flatMap(({ runs }) => runs.map((run) => run.loadWaitNs / run.seconds / 1e9)))
  if (!(share > DISTURBED)) return []
  const percent = (share * 100).toFixed(0)
  return [`Other processes took ${percent} % of the load generator's CPU: the machine was not quiet.`, '']
}

function rateCell(contest: Priced, { runs }: Entry<Cost>): string {
  const rate = median(runs.map((run) => rateOf(contest, run))).toFixed(0)
  return median(runs.map((run) => (run.loadCpuNs + run.loadWaitNs) / run.seconds / 1e9)) > BUSY
    ? `${rate} *`
    : rate
}

/** Microseconds of the server's CPU for one unit. */
function cpuOf({ perUnit }: Priced, { serverCpuNs, count }: Cost): number {
  return serverCpuNs / 1000 / (count / perUnit)
}

function rateOf({ perUnit }: Priced, { count, seconds }: Cost): number {
  return count / perUnit / seconds
}
