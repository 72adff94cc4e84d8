/** `npm run lab`: builds the default lab, says how to scan it, and stays until Ctrl-C or the end of input. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_LAB } from './default-lab.ts'
import { createLab, type Lab, LAB_IPV4, LAB_IPV6, LabError } from './lab.ts'

const DAY_MS = 86_400_000

/** Permission to scan the lab, whose addresses are not this machine's own. */
function scopeFile(now: number): string {
  const day = (offset: number): string => new Date(now + offset * DAY_MS).toISOString().slice(0, 10)
  return [
    'version: 1',
    'authorisation:',
    '  owner: whoever runs this lab',
    '  contact: root@localhost',
    '  reference: npm run lab',
    // A day early, as the day of UTC may not have begun where the scan runs, or be over.
    `  valid_from: ${day(-1)}`,
    `  valid_until: ${day(30)}`,
    `include: [${LAB_IPV4}, '${LAB_IPV6}']`,
    'methods: [connect]',
    '',
  ].join('\n')
}

function describe(lab: Lab, scope: string): string {
  const hosts = Object.entries(lab.hosts).map(([name, host]) => {
    const { about = '', spec } = DEFAULT_LAB[name] ?? {}
    const addresses = [...host.addresses, ...(spec?.ranges ?? [])].join(' ')
    return `  ${name.padEnd(6)} ${addresses.padEnd(28)} ${about}`
  })
  const scan = lab.command(['npx', 'portolan', 'scan', '--scope', scope]).join(' ')
  return [
    `The lab stands. Its addresses exist only inside it; ${scope} permits scanning them.`,
    '',
    ...hosts,
    '',
    'Scan it from another terminal, as root, in this folder:',
    `  ${scan} 198.18.0.10`,
    `  ${scan} -p 1-4000 --all-states --reason 198.18.0.20`,
    `  ${scan} -p 1-10000 198.18.0.30`,
    `  ${scan} 2001:2::40`,
    `  ${scan} -p 22,80 198.18.16.0/20`,
    '',
    'What really listens on a host:',
    ...Object.values(lab.hosts)
      .slice(0, 1)
      .map((host) => `  ip netns exec ${host.namespace} ss -ltn`),
    '',
    'Ctrl-C or the end of input takes it down.',
    '',
  ].join('\n')
}

function endAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
    process.stdin.once('end', () => resolve())
    // Of the terminal: it went away, or the reader of the pipe did (EPIPE).
    for (const stream of [process.stdin, process.stdout]) stream.once('error', () => resolve())
    process.stdin.resume()
  })
}

async function main(): Promise<void> {
  const hosts = Object.fromEntries(Object.entries(DEFAULT_LAB).map(([name, { spec }]) => [name, spec]))
  await using lab = await createLab({ hosts })
  const directory = mkdtempSync(join(tmpdir(), 'portolan-lab-'))
  try {
    const scope = join(directory, 'scope.yaml')
    writeFileSync(scope, scopeFile(Date.now()))
    process.stdout.write(describe(lab, scope))
    await endAsked()
  } finally {
    rmSync(directory, { recursive: true, force: true })
    // A terminal being read keeps the process alive.
    process.stdin.destroy()
  }
}

try {
  await main()
} catch (error) {
  if (!(error instanceof LabError)) throw error
  process.stderr.write(`lab: ${error.message}\n`)
  process.exitCode = 1
}
