/** What becomes of the exit status where standard output cannot be written. */
import type { Writable } from 'node:stream'
import { EXIT } from './exit-codes.ts'

/**
 * Hears the errors of standard output, early or late, so that none of them ends the process before a command has
 * closed its files.
 *
 * The reader that went away, as `head` does, ends in silence with 141, the status of a process that SIGPIPE ended:
 * coreutils do the same, and 0 would claim that everything was delivered. Any other error, as a full disk, is told
 * and ends with 3, unless the command has failed already and has told why.
 */
export class OutputFailure {
  #error: Error | undefined
  #status: number | undefined

  constructor(stream: Writable) {
    stream.on('error', (error: Error) => {
      if (this.#error !== undefined) return
      this.#error = error
      if (this.#status !== undefined) this.settle(this.#status)
    })
  }

  /** Sets `process.exitCode` for a command that ended with `status`, now and again if an error comes later. */
  settle(status: number): void {
    this.#status = status
    process.exitCode = this.#error === undefined ? status : statusAfter(this.#error, status)
  }
}

function statusAfter(error: Error, status: number): number {
  if ('code' in error && error.code === 'EPIPE') return EXIT.brokenPipe
  if (status !== EXIT.failure)
    process.stderr.write(`portolan: cannot write to standard output: ${error.message}\n`)
  return EXIT.failure
}
