/** Servers of Python's, as targets of a scan. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Wanted {
  readonly host: string
  /** 0 takes a free one */
  readonly port: number
  readonly manner: 'close' | 'reset' | 'full'
}

export interface Listeners extends AsyncDisposable {
  /** Bound ports in the order asked for, null where the port was taken. */
  readonly ports: readonly (number | null)[]
}

const PROGRAM = fileURLToPath(new URL('./listeners.py', import.meta.url))

/** They end with the disposal, and with this process whatever happens: the end of its standard input ends the program. */
export async function listenInPython(wanted: readonly Wanted[]): Promise<Listeners> {
  const child = spawn('python3', [PROGRAM, JSON.stringify(wanted)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const first = await Promise.race([once(lines, 'line'), exited])
  if (typeof first[0] !== 'string') throw new Error(`listeners.py ended with status ${String(first[0])}`)
  const ports: (number | null)[] = JSON.parse(first[0])
  return {
    ports,
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await exited
    },
  }
}

/** One listener; its port. */
export async function listenOnce(
  wanted: Omit<Wanted, 'port'>,
): Promise<AsyncDisposable & { readonly port: number }> {
  const listeners = await listenInPython([{ ...wanted, port: 0 }])
  const [port] = listeners.ports
  if (port === undefined || port === null) throw new Error(`${wanted.host} cannot be listened on`)
  return { port, [Symbol.asyncDispose]: () => listeners[Symbol.asyncDispose]() }
}
