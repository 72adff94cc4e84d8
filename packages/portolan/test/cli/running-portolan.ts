/** The command as a process that runs while a test looks at it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { cleanEnvironment, MAIN, type Outcome } from './portolan-process.ts'

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Text for standard input, which is empty by default. */
  readonly input?: string
  readonly cwd?: string
  /**
   * In a network namespace of its own that has loopback and nothing else, so that a name lookup reaches no name server.
   * Needs root, as the lab does.
   */
  readonly isolated?: boolean
}

const ISOLATED = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']

/** No scan of these tests takes longer; one that does hangs. */
const LIMIT_MS = 60_000

export class RunningPortolan {
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  stdout = ''
  stderr = ''

  constructor(words: readonly string[], { env = {}, input = '', cwd, isolated = false }: RunOptions = {}) {
    const [program = '', ...argv] = [...(isolated ? ISOLATED : []), process.execPath, MAIN, ...words]
    this.#child = spawn(program, argv, {
      env: cleanEnvironment(env),
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
      ...(cwd === undefined ? {} : { cwd }),
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    // It may end without reading its input.
    this.#child.stdin?.on('error', () => undefined).end(input)
    this.#ended = once(this.#child, 'close').then(() => {
      const { exitCode, signalCode } = this.#child
      // As a shell has it.
      return signalCode === null ? exitCode : 128 + constants.signals[signalCode]
    })
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Waits until a stream has shown something. Throws where the process ends before. */
  async until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<void> {
    while (!pattern.test(this[stream])) {
      const source = this.#child[stream]
      if (source === null || !this.running)
        throw new Error(`ended without ${String(pattern)}: ${this.stdout}${this.stderr}`)
      await Promise.race([once(source, 'data'), this.#ended])
    }
  }

  async outcome(): Promise<Outcome> {
    const status = await this.#ended
    return { status, stdout: this.stdout, stderr: this.stderr }
  }
}

/** Runs a command line to its end; several may run at a time. */
export function run(words: readonly string[], options?: RunOptions): Promise<Outcome> {
  return new RunningPortolan(words, options).outcome()
}
