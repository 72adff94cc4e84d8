/** Processes of a contest: pinned to a CPU, bounded in time, ended by their own id and with the runner. */
import { execFile, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

const SERVER_CPU = 0
const LOAD_CPU = 1

/** 10,000 connections in one process, and what else it opens. */
const OPEN_FILES = 16_384

const READY_MS = 10_000
const LOAD_MS = 60_000

/** Each word execs the next, so that the child's id is the program's own (setpriv(1), prlimit(1), taskset(1)). */
function pinned(cpu: number, argv: readonly string[]): [string, ...string[]] {
  const nofile = `--nofile=${OPEN_FILES}:${OPEN_FILES}`
  return ['setpriv', '--pdeathsig', 'KILL', 'prlimit', nofile, 'taskset', '-c', String(cpu), ...argv]
}

/** A server that has printed `ready`. Disposing ends it. */
export class Server implements AsyncDisposable {
  readonly pid: number
  readonly port: number
  readonly #lines: AsyncIterator<string>
  readonly #end: () => Promise<void>

  private constructor(pid: number, port: number, lines: AsyncIterator<string>, end: () => Promise<void>) {
    this.pid = pid
    this.port = port
    this.#lines = lines
    this.#end = end
  }

  /**
   * Starts `argv PORT words` on the server's CPU.
   *
   * @throws Error with the last line it wrote, where it ends, or is not ready within 10 s
   */
  static async start(argv: readonly string[], after: readonly string[]): Promise<Server> {
    const port = await freePort()
    const [command, ...words] = pinned(SERVER_CPU, [...argv, String(port), ...after])
    const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    const closed = new Promise<void>((resolve) => {
      child.once('close', () => resolve())
    })
    const end = (): Promise<void> => {
      child.kill('SIGKILL')
      return closed
    }
    let complaint = ''
    child.once('error', (error) => {
      complaint += error.message
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text
    })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const timer = setTimeout(() => void end(), READY_MS)
    const first = child.pid === undefined ? undefined : await lines.next()
    clearTimeout(timer)
    if (first?.value === 'ready' && child.pid !== undefined) return new Server(child.pid, port, lines, end)
    await end()
    throw new Error(lastWord(complaint) ?? `not ready within ${READY_MS / 1000} s`)
  }

  /** The next line it prints, of JSON. @throws Error where it ends, or is ended for taking over 60 s */
  async printed(): Promise<unknown> {
    const timer = setTimeout(() => void this.#end(), LOAD_MS)
    const { value, done } = await this.#lines.next()
    clearTimeout(timer)
    if (done === true) throw new Error('ended before its result')
    return JSON.parse(value)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end()
  }
}

/** The error in what a program wrote, without the files it names. */
function lastWord(text: string): string | undefined {
  const line = /^\s*(\w*Error.*)$/m.exec(text)?.[1] ?? text.trim().split('\n').at(-1)
  return line?.replace(/ (in|imported from) \/.*/, '') || undefined
}

/** Runs a load generator on its CPU, and gives the JSON it prints. @throws Error with the last line it complained */
export async function runLoad(argv: readonly string[]): Promise<unknown> {
  const [command, ...words] = pinned(LOAD_CPU, argv)
  const options = { timeout: LOAD_MS, killSignal: 'SIGKILL' } as const
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(command, words, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`under the load: ${lastWord(stderr) ?? error.signal ?? error.message}`))
    })
  })
  return JSON.parse(stdout)
}

// Below ip_local_port_range (32768), so that no connection takes one meanwhile.
let nextPort = 20_000 + (process.pid % 5_000)

async function freePort(): Promise<number> {
  for (let tries = 0; tries < 1000; tries++) {
    nextPort = nextPort < 32_000 ? nextPort + 1 : 20_000
    const probe = createServer()
    const outcome = await new Promise<Error | undefined>((resolve) => {
      probe.once('error', resolve).listen({ host: '127.0.0.1', port: nextPort }, () => resolve(undefined))
    })
    if (outcome !== undefined) continue
    await new Promise<void>((resolve) => {
      probe.close(() => resolve())
    })
    return nextPort
  }
  throw new Error('no free port between 20000 and 32000')
}
