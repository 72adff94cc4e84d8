/** The command in a pseudo-terminal, which Python holds: what a user at a terminal gets. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment, MAIN } from './portolan-process.ts'

const DRIVER = fileURLToPath(new URL('pty-session.py', import.meta.url))

export interface PtyOptions {
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
  /** Only stderr is the terminal; stdout is a pipe. */
  readonly split?: boolean
  /** Typed in turn, each once the terminal has shown its pattern. */
  readonly keys?: readonly { readonly after: string; readonly send: string }[]
}

export interface PtySession {
  readonly status: number
  /** All that the terminal got; the terminal makes `\r\n` of each line feed. */
  readonly screen: string
  readonly chunks: readonly string[]
  readonly piped: string
  readonly typed: number
}

const LIMIT_SECONDS = 40

export async function inTerminal(words: readonly string[], options: PtyOptions = {}): Promise<PtySession> {
  const { columns = 80, env = {}, split = false, keys = [] } = options
  const python = spawn('python3', [DRIVER], { stdio: ['pipe', 'pipe', 'inherit'] })
  let answer = ''
  python.stdout.setEncoding('utf8').on('data', (text: string) => {
    answer += text
  })
  const order = {
    argv: [process.execPath, MAIN, ...words],
    env: cleanEnvironment({ TERM: 'xterm-256color', ...env }),
    rows: 24,
    columns,
    split,
    keys,
    limit: LIMIT_SECONDS,
  }
  python.stdin.end(JSON.stringify(order))
  await once(python, 'close')
  return JSON.parse(answer)
}
