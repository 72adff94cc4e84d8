/** Child processes of the lab: run to their end under a time limit, as groups that can be killed whole. */
import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { LabError } from './spec.ts'

/** How a process ended. One of `code` and `signal` is null. */
export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface RunOptions {
  /** Text for standard input, which is empty by default. */
  readonly input?: string
  /** Milliseconds until the process and its group are killed and the promise rejects. Default: 30,000. */
  readonly timeoutMs?: number
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

interface Hooks {
  /** Called with the process id, which is the id of its group too, as soon as there is one. */
  readonly onStart?: (pid: number) => void
  /** A stream the process holds open as descriptor 3 for as long as it lives. */
  readonly holds?: Writable
}

/** Runs a program to its end. Throws LabError where it cannot be started or outlives its time limit. */
export function run(argv: readonly string[], options: RunOptions = {}, hooks: Hooks = {}): Promise<Outcome> {
  const [program = '', ...rest] = argv
  const { input = '', timeoutMs = 30_000, cwd, env = process.env } = options
  return new Promise((resolve, reject) => {
    const held = hooks.holds === undefined ? [] : [hooks.holds]
    const child = spawn(program, rest, {
      stdio: ['pipe', 'pipe', 'pipe', ...held],
      detached: true,
      env,
      ...(cwd === undefined ? {} : { cwd }),
    })
    const { pid, stdin, stdout, stderr } = child
    if (pid !== undefined) hooks.onStart?.(pid)
    let late = false
    const limit = setTimeout(() => {
      late = true
      if (pid !== undefined) killGroup(pid)
    }, timeoutMs)
    const output: string[] = []
    const errors: string[] = []
    stdout?.setEncoding('utf8').on('data', (text: string) => void output.push(text))
    stderr?.setEncoding('utf8').on('data', (text: string) => void errors.push(text))
    // A program may end without reading its input; how it ended says what there is to say (EPIPE).
    stdin?.on('error', () => undefined)
    stdin?.end(input)
    child.once('error', (error) => {
      clearTimeout(limit)
      reject(new LabError(`${program} does not start: ${error.message}`, { cause: error }))
    })
    child.once('close', (code, signal) => {
      clearTimeout(limit)
      const outcome = { stdout: output.join(''), stderr: errors.join(''), code, signal }
      if (late) reject(new LabError(`'${argv.join(' ')}' did not end within ${timeoutMs} ms`))
      else resolve(outcome)
    })
  })
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // The last of the group ended between the alarm and now.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
