/**
 * Brings what the tests need beside npm packages, from Debian. As root or by sudo; where neither works it says what is
 * missing, and the tests that need it are reported as skipped by name (which CI counts as a failure).
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Command, or file, that shows the packages are there, and the packages. */
const TOOLS: readonly (readonly [command: string, packages: string])[] = [
  ['ip', 'iproute2'],
  ['ss', 'iproute2'],
  ['nft', 'nftables'],
  ['nmap', 'nmap'],
  ['ndiff', 'ndiff'],
  ['xmllint', 'libxml2-utils'],
  ['python3', 'python3'],
  ['prlimit', 'util-linux'],
  ['tmux', 'tmux'],
  ['groff', 'groff-base'],
  ['ncat', 'ncat'],
  ['socat', 'socat'],
  ['cc', 'gcc libc6-dev'],
  ['/etc/services', 'netbase'],
]

const missing = [
  ...new Set(TOOLS.filter(([command]) => !isThere(command)).flatMap(([, packages]) => packages.split(' '))),
]
if (missing.length > 0) install(missing)

function isThere(command: string): boolean {
  if (command.startsWith('/')) return existsSync(command)
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
}

function install(packages: readonly string[]): void {
  const root = process.getuid?.() === 0
  const prefix = root ? [] : ['sudo', '-n']
  const apt = (...words: string[]): void => {
    const [program = 'apt-get', ...rest] = [...prefix, 'apt-get', ...words]
    execFileSync(program, rest, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  process.stdout.write(`installing for the tests: ${packages.join(' ')}\n`)
  try {
    apt('update', '-qq')
    apt('install', '-y', '-qq', '--no-install-recommends', ...packages)
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    process.stderr.write(
      `cannot install ${packages.join(' ')}: ${reason}; run it as root, or install them by hand\n`,
    )
  }
}
