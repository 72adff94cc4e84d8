/** Commands side by side: interleaved rounds, medians, ratios. This kind of machine is noisy; only ratios travel. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Contestant {
  readonly name: string
  readonly argv: readonly string[]
}

export interface Contest {
  readonly title: string
  /** The first is what the others are compared with. */
  readonly contestants: readonly Contestant[]
}

interface Cost {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMB: number
  readonly status: number
}

const MEASURE = fileURLToPath(new URL('measure.py', import.meta.url))

function costOf(argv: readonly string[]): Cost {
  const cost: Cost = JSON.parse(execFileSync('python3', [MEASURE, ...argv], { encoding: 'utf8' }))
  if (cost.status !== 0) throw new Error(`${argv.join(' ')} ended with ${cost.status}`)
  return cost
}

/** One row a contestant: median time, its ratio to the first contestant's, CPU, most memory of any round. */
export function run(contest: Contest, rounds: number): string[] {
  const costs = contest.contestants.map((): Cost[] => [])
  for (let round = 0; round < rounds; round++)
    for (const [index, { argv }] of contest.contestants.entries()) costs[index]?.push(costOf(argv))
  const first = median((costs[0] ?? []).map(({ seconds }) => seconds))
  const rows = contest.contestants.map(({ name }, index) => {
    const own = costs[index] ?? []
    const seconds = median(own.map((cost) => cost.seconds))
    const cpu = median(own.map(({ cpuSeconds }) => cpuSeconds))
    const peak = Math.max(...own.map(({ peakMB }) => peakMB))
    return `| ${name} | ${seconds.toFixed(3)} | ${(seconds / first).toFixed(2)} | ${cpu.toFixed(3)} | ${peak.toFixed(0)} |`
  })
  return [
    `### ${contest.title}`,
    '',
    '| command | seconds | times the first | CPU seconds | peak MB |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ]
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = NaN, high = NaN] = [sorted[middle - 1], sorted[middle]]
  return sorted.length % 2 === 1 ? high : (low + high) / 2
}
