/** The programs of the contests: compiled once a run into a temporary folder, left out by name where one cannot run. */
import { spawnSync } from 'node:child_process'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BENCH = fileURLToPath(new URL('..', import.meta.url))

/** A compiler that hangs ends the run. Go builds its standard library the first time. */
const BUILD_MS = 120_000

/** How to run a program, or why it cannot run here. */
type Runnable = { readonly argv: readonly string[] } | { readonly missing: string }

/** Programs by their path under bench/; `.c` and `.go` are compiled into `folder`. */
export class Programs {
  readonly #folder: string
  readonly #known = new Map<string, Runnable>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Command and arguments of the program at `path` under bench/. @throws Error where it cannot run here */
  argv(path: string): readonly string[] {
    const program = this.#known.get(path) ?? this.#prepare(path)
    this.#known.set(path, program)
    if ('missing' in program) throw new Error(program.missing)
    return program.argv
  }

  #prepare(path: string): Runnable {
    const source = join(BENCH, path)
    // Of the whole path: one work has programs of one name in C and in Go.
    const target = join(this.#folder, path.replace(/\W/g, '-'))
    switch (extname(path)) {
      case '.c':
        return compiled(target, 'cc', ['-O2', '-Wall', '-o', target, source])
      case '.go':
        return compiled(target, 'go', ['build', '-o', target, source])
      case '.py':
        return { argv: ['python3', source] }
      case '.mjs':
        return basename(path).includes('bun') ? bun(source) : { argv: [process.execPath, source] }
      default:
        return { argv: [process.execPath, source] }
    }
  }
}

function compiled(target: string, compiler: string, words: readonly string[]): Runnable {
  // Nothing here needs cgo or another module, so nothing is fetched.
  const env = { ...process.env, CGO_ENABLED: '0', GO111MODULE: 'off', GOTOOLCHAIN: 'local', GOPROXY: 'off' }
  const built = spawnSync(compiler, words, { encoding: 'utf8', env, timeout: BUILD_MS })
  if (built.error !== undefined) return { missing: `${compiler}: ${built.error.message}` }
  if (built.status !== 0) throw new Error(`${compiler} ${words.join(' ')}: ${built.stderr}`)
  return { argv: [target] }
}

/** Bun is no dependency of the workspace: PORTOLAN_BUN names it, or it is in PATH. */
export function bunPath(): string {
  return process.env['PORTOLAN_BUN'] ?? 'bun'
}

function bun(source: string): Runnable {
  const { status } = spawnSync(bunPath(), ['--version'], { timeout: 10_000 })
  return status === 0 ? { argv: [bunPath(), source] } : { missing: 'no bun in PATH or PORTOLAN_BUN' }
}
