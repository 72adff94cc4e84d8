/** Loopback ports held by a Python program, whose states are known without Portolan. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('hold-ports.py', import.meta.url))

/** In order of numbers. */
interface Ports {
  readonly open: number[]
  readonly closed: number[]
  readonly silent: number
}

export type HeldPorts = Ports & AsyncDisposable

export async function holdPorts(address = '127.0.0.1'): Promise<HeldPorts> {
  const holder = spawn('python3', [PROGRAM, address], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(holder, 'exit')
  const [line]: unknown[] = await Promise.race([once(holder.stdout, 'data'), ended])
  const ports: Ports = JSON.parse(String(line))
  return {
    ...ports,
    [Symbol.asyncDispose]: async () => {
      holder.stdin.end()
      await ended
    },
  }
}
