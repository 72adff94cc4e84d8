/** The tools a lab is built with (ip, tc, nft, sysctl), each call of which the janitor waits for. */
import { accessSync, constants, existsSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import { Janitor } from './janitor.ts'
import { type Outcome, run, type RunOptions } from './process.ts'
import { LabError } from './spec.ts'

/** Debian's package of each program the lab runs. */
const PACKAGES = { ip: 'iproute2', ss: 'iproute2', tc: 'iproute2', nft: 'nftables', python3: 'python3' }

/** ip-netns(8). */
const RUN_DIRECTORY = '/var/run/netns'

let labs = 0

/** Throws LabError where this machine cannot hold a lab. */
export function requireTools(): void {
  if (process.platform !== 'linux') throw new LabError(`a lab needs Linux, this is ${process.platform}`)
  if (process.geteuid?.() !== 0)
    throw new LabError('a lab needs root, to make network namespaces; run it with sudo')
  for (const [program, debianPackage] of Object.entries(PACKAGES))
    if (!isOnPath(program))
      throw new LabError(`a lab needs ${program}, which is not installed; apt-get install ${debianPackage}`)
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((directory) => {
    try {
      accessSync(`${directory}/${program}`, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Namespaces of one lab and the commands that furnish them. */
export class Workshop {
  readonly janitor = new Janitor()
  readonly #prefix = freePrefix()

  /** Makes a namespace for each role and gives their names in the same order. */
  async makeNamespaces(roles: readonly string[]): Promise<string[]> {
    const names = roles.map((role) => `${this.#prefix}-${role}`)
    for (const name of names) this.janitor.willMakeNamespace(name)
    await this.ip(
      undefined,
      names.map((name) => `netns add ${name}`),
    )
    return names
  }

  /** Runs lines of ip(8), in a namespace or outside; the first that fails throws LabError and ends the list. */
  async ip(namespace: string | undefined, lines: readonly string[]): Promise<void> {
    const within = namespace === undefined ? [] : ['-n', namespace]
    await this.#must(['ip', ...within, '-batch', '-'], lines)
  }

  /** As `ip`, for tc(8). */
  async tc(namespace: string, lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.#must(['tc', '-n', namespace, '-batch', '-'], lines)
  }

  /** Loads a ruleset in the language of nft(8). */
  async nft(namespace: string, ruleset: readonly string[]): Promise<void> {
    if (ruleset.length > 0) await this.#must([...inside(namespace), 'nft', '-f', '-'], ruleset)
  }

  /** Sets `name=value` pairs of sysctl(8). */
  async sysctl(namespace: string, settings: readonly string[]): Promise<void> {
    // By sh, as root's PATH has procps on Debian but not in every container image.
    const lines = settings.map((setting) => {
      const [name = '', value = ''] = setting.split('=')
      return `echo '${value}' > /proc/sys/${name.replaceAll('.', '/')}`
    })
    await this.#must([...inside(namespace), 'sh', '-e', '-s'], lines)
  }

  /** Runs any program in a namespace; it is killed with the lab. */
  run(namespace: string, argv: readonly string[], options?: RunOptions): Promise<Outcome> {
    return run([...inside(namespace), ...argv], options, {
      onStart: (pid) => this.janitor.startedGroup(pid),
    })
  }

  async #must(argv: readonly string[], lines: readonly string[]): Promise<void> {
    const outcome = await run(argv, { input: `${lines.join('\n')}\n` }, { holds: this.janitor.input })
    if (outcome.code === 0) return
    const [reason = ''] = outcome.stderr.trim().split('\n')
    // ip and tc name the line of the batch that failed.
    const number = /Command failed -:(\d+)/.exec(outcome.stderr)?.[1]
    const line = number === undefined ? undefined : lines[Number(number) - 1]
    const place = line === undefined ? argv.join(' ') : `${argv[0]} ${line}`
    throw new LabError(`the lab could not be built: '${place}': ${reason || `ended with ${outcome.code}`}`)
  }
}

/** The words that run a command in a namespace. */
export function inside(namespace: string): string[] {
  return ['ip', 'netns', 'exec', namespace]
}

/**
 * `ptl-<pid>-<n>`. Worker threads share the pid and count for themselves, so theirs carries the thread; a
 * number in use (another container's process with this pid) is passed over.
 */
function freePrefix(): string {
  const owner = threadId === 0 ? `${process.pid}` : `${process.pid}t${threadId}`
  let prefix: string
  do prefix = `ptl-${owner}-${++labs}`
  while (existsSync(`${RUN_DIRECTORY}/${prefix}-scanner`))
  return prefix
}
