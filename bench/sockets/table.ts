/** Markdown of a contest, and the goals it missed. */
import type { Entry } from './contest.ts'

export interface Section {
  readonly lines: readonly string[]
  readonly goals: readonly Verdict[]
}

/** A goal beside what was measured. */
export interface Verdict {
  readonly met: boolean
  /** `cpu ≤ 0.55`. */
  readonly goal: string
  /** The whole of it: who, what, beside whom, the figure. */
  readonly sentence: string
}

export const verdictCell = ({ goal, met }: Verdict): string => `${goal}: ${met ? 'met' : '**missed**'}`

/** A table under its title, then who was left out and why. */
export function table(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  entries: readonly Entry<unknown>[],
): string[] {
  const absent = entries.flatMap(({ name, leftOut }) =>
    leftOut === undefined ? [] : [`Left out: ${name} (${leftOut}).`, ''],
  )
  return [`### ${title}`, '', row(head), row(head.map(() => '---')), ...rows.map(row), '', ...absent]
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
