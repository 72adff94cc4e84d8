/** A foreign program as the peer: openssl, curl. It ends with the test, whatever happens. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export class ForeignProcess implements AsyncDisposable {
  readonly #child
  readonly #closed: Promise<unknown>
  #output = ''
  #ended = false
  #heard = (): void => undefined
  /** One that never says what the test waits for is a failure, not a reason to wait for ever. */
  readonly #killer = setTimeout(() => void this.#child.kill('SIGKILL'), 30_000).unref()

  constructor(command: string, ...args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#closed = once(this.#child, 'close')
    const hear = (chunk: Buffer): void => {
      this.#output += chunk.toString('latin1')
      this.#heard()
    }
    this.#child.stdout.on('data', hear)
    this.#child.stderr.on('data', hear)
    // EPIPE where it has ended: its output says why.
    this.#child.stdin.on('error', () => undefined)
    this.#child.once('close', () => {
      this.#ended = true
      clearTimeout(this.#killer)
      this.#heard()
    })
  }

  /** Everything it wrote, stdout and stderr. */
  get output(): string {
    return this.#output
  }

  write(text: string): void {
    this.#child.stdin.write(text)
  }

  endInput(): void {
    this.#child.stdin.end()
  }

  /** Waits until the output holds it. @throws where the program ends before */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#output)
      if (found !== null) return found
      if (this.#ended) throw new Error(`Ended without ${String(pattern)}: ${this.#output}`)
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
    }
  }

  /** Waits for its end. @returns exit status */
  async end(): Promise<number | null> {
    await this.#closed
    return this.#child.exitCode
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.#child.kill('SIGKILL')
    return this.#closed.then(() => undefined)
  }
}
