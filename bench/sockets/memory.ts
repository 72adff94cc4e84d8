/** Contests of memory: what a server grows by. */
import { compete, median, underLoad, type Match } from './contest.ts'
import type { Programs } from './program.ts'
import { table, verdictCell, type Section } from './table.ts'

export interface MemoryContest extends Match {
  readonly kind: 'memory'
  /** MB over the idle process that these contestants are to stay under. */
  readonly goal: { readonly contestants: readonly string[]; readonly megabytes: number }
}

/** Nothing here depends on the speed of the machine, and a round takes seconds. */
const MOST_ROUNDS = 3

export async function memories(contest: MemoryContest, programs: Programs, rounds: number): Promise<Section> {
  const { title, goal } = contest
  const run = underLoad(contest, programs, (number) => ({
    idleBytes: number('idleBytes'),
    bytes: number('bytes'),
  }))
  const entries = await compete(contest.contestants, 'round', programs, Math.min(rounds, MOST_ROUNDS), run)
  const present = entries
    .filter(({ leftOut }) => leftOut === undefined)
    .map(({ name, runs }) => {
      const growth = median(runs.map(({ idleBytes, bytes }) => (bytes - idleBytes) / 1e6))
      const verdict = {
        met: growth < goal.megabytes,
        goal: `< ${goal.megabytes} MB`,
        sentence: `${title}: ${name}, < ${goal.megabytes} MB over the idle process, is ${growth.toFixed(0)} MB`,
      }
      const idle = median(runs.map(({ idleBytes }) => idleBytes / 1e6))
      return { name, idle, growth, verdicts: goal.contestants.includes(name) ? [verdict] : [] }
    })
  const rows = present.map(({ name, idle, growth, verdicts }) => [
    name,
    idle.toFixed(0),
    growth.toFixed(1),
    verdicts.map(verdictCell).join(', '),
  ])
  return {
    lines: table(title, ['server', 'idle process, MB', 'over it, MB', 'goal'], rows, entries),
    goals: goal.contestants.flatMap((wanted) => {
      const measured = present.find(({ name }) => name === wanted)
      if (measured !== undefined) return measured.verdicts
      return [{ met: false, goal: `< ${goal.megabytes} MB`, sentence: `${title}: ${wanted}: not measured` }]
    }),
  }
}
