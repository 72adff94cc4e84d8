/**
 * `npm run bench:sockets [ROUNDS]`: TCP and UDP servers of Portolan, node, Bun, Go and C under the same load, CPU time
 * first. Writes bench/SOCKETS.md, which the documents quote. Needs Linux with two CPUs, a build (`npm ci` makes one) and
 * cc; Go and Bun take part where they are installed.
 *
 * `--only ID,ID` runs some contests, `--peers WORD,WORD` those contestants whose name has one of the words; either one
 * prints and writes nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CONTESTS, type Contest } from './sockets/contests.ts'
import { costs } from './sockets/cost.ts'
import { flows } from './sockets/flow.ts'
import { machine } from './sockets/machine.ts'
import { memories } from './sockets/memory.ts'
import { Programs } from './sockets/program.ts'
import type { Section } from './sockets/table.ts'

const { values, positionals } = words()
const rounds = Number(values.rounds ?? positionals[0] ?? 5)
const only = values.only?.split(',')
const peers = values.peers?.split(',')
const chosen = CONTESTS.filter(({ id }) => only?.includes(id) ?? true)
if (!Number.isInteger(rounds) || rounds < 1 || chosen.length === 0)
  fail(`ROUNDS is 1 or more; --only takes ${CONTESTS.map(({ id }) => id).join(',')}`)

const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const programs = new Programs(folder)
const sections: Section[] = []
for (const contest of chosen) {
  const section = await hold(contest).catch(fail)
  process.stdout.write(`${section.lines.join('\n')}\n`)
  sections.push(section)
}
if (only === undefined && peers === undefined)
  writeFileSync(fileURLToPath(new URL('SOCKETS.md', import.meta.url)), page(sections))

function hold(contest: Contest): Promise<Section> {
  const wanted = ({ name }: { readonly name: string }): boolean =>
    peers?.some((word) => name.includes(word)) ?? true
  if (contest.kind === 'cost')
    return costs({ ...contest, contestants: contest.contestants.filter(wanted) }, programs, rounds)
  if (contest.kind === 'flow')
    return flows({ ...contest, contestants: contest.contestants.filter(wanted) }, programs, rounds)
  return memories({ ...contest, contestants: contest.contestants.filter(wanted) }, programs, rounds)
}

function words() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { only: { type: 'string' }, peers: { type: 'string' }, rounds: { type: 'string' } },
    })
  } catch (error) {
    return fail(error)
  }
}

function fail(reason: unknown): never {
  process.stderr.write(`bench:sockets: ${reason instanceof Error ? reason.message : String(reason)}\n`)
  process.exit(1)
}

function page(sections: readonly Section[]): string {
  const goals = sections.flatMap(({ goals }) => goals)
  const missed = goals.filter(({ met }) => !met)
  const lines = [
    '# Figures of the sockets',
    '',
    `\`npm run bench:sockets ${rounds}\`: ${rounds} rounds, all servers of a contest in turn in each; medians. A ratio is the`,
    'median of the ratios in each round. CPU is the time all threads of the warm server ran, and the softirq thread of its',
    'CPU with them (schedstat), server and load generator each on a CPU of its own, over loopback. An asterisk marks a',
    'rate at which the load generator was the limit: the server could do more, and its CPU time says so better.',
    `Machine: ${machine()}`,
    'Absolute figures belong to this machine; ratios travel.',
    '',
    `Goals met: ${goals.length - missed.length} of ${goals.length}.${missed.length === 0 ? '' : ' Missed:'}`,
    '',
    ...missed.map(({ sentence }) => `- ${sentence}`),
    ...(missed.length === 0 ? [] : ['']),
    ...sections.flatMap(({ lines }) => lines),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}
