/** What the kernel itself says of listening and connecting sockets. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { LOOKS, STOP } from './listening-watch.ts'

function ss(...words: string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  execFile('ss', words, { maxBuffer: 1 << 26 }, (error, stdout) => {
    if (error === null) resolve(stdout)
    else reject(error)
  })
  return promise
}

/** TCP ports that accept connections to an address of this machine, at this moment: ss(8). */
export async function listeningPorts(address: string): Promise<Set<number>> {
  const stdout = await ss('-Hltn')
  const wildcards = address.includes(':') ? ['[::]', '*'] : ['0.0.0.0', '*']
  const own = address.includes(':') ? `[${address}]` : address
  const ports = new Set<number>()
  for (const line of stdout.split('\n')) {
    const local = line.trim().split(/\s+/)[3] ?? ''
    const colon = local.lastIndexOf(':')
    const host = local.slice(0, colon).replace(/%[^\]]*/, '')
    if (host === own || wildcards.includes(host)) ports.add(Number(local.slice(colon + 1)))
  }
  return ports
}

export interface TruthOverTime {
  /** Listened on this address before and after: a scan must find them, unless their backlog was full. */
  readonly always: ReadonlySet<number>
  /** Listened at some moment, on whatever address: others use this machine, and their servers come and go. */
  readonly ever: ReadonlySet<number>
}

/** Looks before, after, and all the while that `work` goes on. */
export async function listeningPortsDuring(
  address: string,
  work: () => Promise<unknown>,
): Promise<TruthOverTime> {
  const control = new Int32Array(new SharedArrayBuffer(8))
  const watch = new Worker(new URL('./listening-watch.ts', import.meta.url), { workerData: control.buffer })
  try {
    await Atomics.waitAsync(control, LOOKS, 0).value
    const before = await listeningPorts(address)
    await work()
    const after = await listeningPorts(address)
    const reported = once(watch, 'message')
    Atomics.store(control, STOP, 1)
    Atomics.notify(control, STOP)
    const [locals]: string[][] = await reported
    const seen = (locals ?? []).map((local) => Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16))
    return { always: before.intersection(after), ever: new Set(seen) }
  } finally {
    await watch.terminate()
  }
}

/** How many sockets wait for an answer of an address: SYN-SENT. */
export async function connectingTo(address: string): Promise<number> {
  const stdout = await ss('-Htn', 'state', 'syn-sent', 'dst', address)
  return stdout.split('\n').filter((line) => line !== '').length
}
