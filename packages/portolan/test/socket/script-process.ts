/** A program of a few lines that imports Portolan from source, run in a process of its own. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const SOCKET = new URL('../../src/socket.ts', import.meta.url).href

export class ScriptProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  readonly ended: Promise<Ended>
  #stdout = ''
  #stderr = ''

  /**
   * @param descriptors soft and hard RLIMIT_NOFILE of the process
   * @param environment variables of the process, as the shell takes them: `NAME=value`
   */
  constructor(lines: string, descriptors?: number, environment = '') {
    const limit = descriptors === undefined ? '' : `ulimit -n ${descriptors}; `
    const program = `import * as portolan from '${SOCKET}'\n${lines}`
    this.#child = spawn(
      'sh',
      ['-c', `${limit}${environment} exec "$0" --input-type=module -e "$1"`, process.execPath, program],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    this.#child.stdout.on('data', (chunk: Buffer) => void (this.#stdout += chunk.toString()))
    this.#child.stderr.on('data', (chunk: Buffer) => void (this.#stderr += chunk.toString()))
    this.ended = this.#end()
  }

  async #end(): Promise<Ended> {
    // A process that does not end by itself is a finding, not a reason to wait for ever.
    const killer = setTimeout(() => void this.#child.kill('SIGKILL'), 30_000)
    await once(this.#child, 'close')
    clearTimeout(killer)
    return { code: this.#child.exitCode, stdout: this.#stdout, stderr: this.#stderr }
  }

  /** Waits for the first line of output. */
  async firstLine(): Promise<string> {
    while (!this.#stdout.includes('\n')) await once(this.#child.stdout, 'data')
    return this.#stdout.slice(0, this.#stdout.indexOf('\n'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL')
    await this.ended
  }
}
