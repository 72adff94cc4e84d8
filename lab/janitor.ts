/** The owner's side of janitor.py: a process that outlives the owner and takes the lab down. */
import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { LabError } from './spec.ts'

/**
 * Lets the event loop end although the child still runs: a lab nobody closed goes when its owner ends.
 * Node types a child's pipes as plain streams; they are sockets (Unix socket pairs).
 */
export function unref(child: ChildProcess): void {
  child.unref()
  for (const stream of [child.stdin, child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref()
}

/** Undoes `unref` for a child whose end is awaited. */
function ref(child: ChildProcess): void {
  child.ref()
  for (const stream of [child.stdin, child.stdout, child.stderr]) if (stream instanceof Socket) stream.ref()
}

interface Sweeper {
  readonly child: ChildProcess
  readonly input: Writable
  /** What it could not do; undefined when all is gone. */
  readonly complaint: Promise<string | undefined>
}

/** Knows what a lab has made and removes it once its input ends, by `finish` or by the owner's death. */
export class Janitor {
  readonly #records: string[] = []
  readonly #sweeper = startSweeper()

  constructor() {
    unref(this.#sweeper.child)
  }

  /**
   * Handed to every command that builds: while one of them runs the input has not ended, so nothing is made
   * after the janitor has looked.
   */
  get input(): Writable {
    return this.#sweeper.input
  }

  /** Records a namespace that is about to be made. */
  willMakeNamespace(name: string): void {
    this.#record(`namespace ${name}`)
  }

  /** Records a process, leader of its own group, that was started inside one of the namespaces. */
  startedGroup(pid: number): void {
    this.#record(`group ${pid}`)
  }

  /** Has everything taken down. Throws LabError naming what is left and how to remove it. */
  async finish(): Promise<void> {
    ref(this.#sweeper.child)
    this.input.end()
    if ((await this.#sweeper.complaint) === undefined) return
    // It was killed itself, or a namespace was busy: another one, told the same, has a second try.
    const second = startSweeper()
    second.input.end(this.#records.join(''))
    const complaint = await second.complaint
    if (complaint === undefined) return
    const names = this.#records.filter((line) => line.startsWith('namespace '))
    const commands = names.map((line) => `ip netns delete ${line.trim().slice('namespace '.length)}`)
    throw new LabError(`the lab was not taken down wholly: ${complaint}; by hand: ${commands.join('; ')}`)
  }

  #record(record: string): void {
    this.#records.push(`${record}\n`)
    this.input.write(`${record}\n`)
  }
}

function startSweeper(): Sweeper {
  const script = fileURLToPath(new URL('janitor.py', import.meta.url))
  // Detached: a session of its own, so that Ctrl-C on the owner's terminal does not reach it.
  const child = spawn('python3', ['-I', script], { stdio: ['pipe', 'ignore', 'pipe'], detached: true })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  // Writing to one that died; its end is reported by `complaint`.
  child.stdin.on('error', () => undefined)
  const complaint = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => {
      const lastLine = errors.trim().split('\n').at(-1)
      resolve(code === 0 ? undefined : lastLine || `the janitor ended with ${signal ?? code}`)
    })
  })
  return { child, input: child.stdin, complaint }
}
