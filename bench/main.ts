/**
 * `npm run bench [ROUNDS]`: the scanner beside nmap on loopback, and what starting it costs. Writes bench/RESULTS.md,
 * which the documents quote. Needs a build (`npm ci` makes one), nmap and python3.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { run, type Contest } from './contest.ts'

const rounds = Number(process.argv[2] ?? 9)
const stub = fileURLToPath(new URL('../packages/portolan/bin/portolan.js', import.meta.url))
const portolan = (...words: string[]): string[] => [process.execPath, stub, ...words]

const CONTESTS: readonly Contest[] = [
  {
    title: 'All 65,535 TCP ports of 127.0.0.1, whole process',
    contestants: [
      {
        name: '`nmap -sT -T5 --min-rate 100000 -n -p-`',
        argv: ['nmap', '-sT', '-T5', '--min-rate', '100000', '-n', '-p-', '127.0.0.1'],
      },
      { name: '`nmap -sT -n -p-`', argv: ['nmap', '-sT', '-n', '-p-', '127.0.0.1'] },
      { name: '`portolan scan -p-`', argv: portolan('scan', '-p-', '127.0.0.1') },
      {
        name: '`portolan scan -p-`, portable driver',
        argv: portolan('scan', '--driver', 'portable', '-p-', '127.0.0.1'),
      },
    ],
  },
  {
    title: 'Port 80 of 65,536 hosts (127.0.0.0/16)',
    contestants: [
      {
        name: '`nmap -sT -T5 --min-rate 100000 -n -Pn -p80`',
        argv: ['nmap', '-sT', '-T5', '--min-rate', '100000', '-n', '-Pn', '-p80', '127.0.0.0/16'],
      },
      { name: '`portolan scan -p80`', argv: portolan('scan', '-p80', '127.0.0.0/16') },
      { name: '`portolan scan -p80 --json`', argv: portolan('scan', '-p80', '--json', '127.0.0.0/16') },
    ],
  },
  {
    title: 'Starting',
    contestants: [
      { name: '`node -e 0`', argv: [process.execPath, '-e', '0'] },
      { name: '`portolan --help`', argv: portolan('--help') },
      {
        name: '`portolan scan 127.0.0.0/12 -p 80 --dry-run` (1,048,576 hosts)',
        argv: portolan('scan', '127.0.0.0/12', '-p', '80', '--dry-run'),
      },
      { name: '`portolan scan -p 80 127.0.0.1`', argv: portolan('scan', '-p', '80', '127.0.0.1') },
    ],
  },
]

const nmap = /version (\S+)/.exec(execFileSync('nmap', ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown'
const lines = [
  '# Figures',
  '',
  `\`npm run bench ${rounds}\`: ${rounds} rounds, interleaved; medians, and the most memory of any round.`,
  `Node.js ${process.version}, nmap ${nmap}, Linux ${release()}, ${availableParallelism()} x ${cpus()[0]?.model.trim() ?? 'CPU'}.`,
  'Absolute times belong to this machine; ratios travel.',
  '',
  ...CONTESTS.flatMap((contest) => run(contest, rounds)),
]
writeFileSync(fileURLToPath(new URL('RESULTS.md', import.meta.url)), `${lines.join('\n').trimEnd()}\n`)
process.stdout.write(`${lines.join('\n')}\n`)
