/** What the kernel itself says of listening and connecting sockets: ss(8). */
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** TCP ports that accept connections to an address of this machine, at this moment. */
export async function listeningPorts(address: string): Promise<Set<number>> {
  const { stdout } = await run('ss', ['-Hltn'], { maxBuffer: 1 << 26 })
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
  /** Listened whenever somebody looked: a scan must find them. */
  readonly always: ReadonlySet<number>
  /** Listened at some look: a scan may find them. Others use this machine, and their servers come and go. */
  readonly ever: ReadonlySet<number>
}

/** Looks before, after, and all the while that `work` goes on. */
export async function listeningPortsDuring(address: string, work: Promise<unknown>): Promise<TruthOverTime> {
  let working = true
  const finished = work.finally(() => {
    working = false
  })
  let always = await listeningPorts(address)
  let ever = always
  const look = async (): Promise<void> => {
    const now = await listeningPorts(address)
    always = always.intersection(now)
    ever = ever.union(now)
  }
  while (working) {
    await look()
    await Promise.race([sleep(60), finished])
  }
  await finished
  await look()
  return { always, ever }
}

/** How many sockets wait for an answer of an address: SYN-SENT. */
export async function connectingTo(address: string): Promise<number> {
  const { stdout } = await run('ss', ['-Htn', 'state', 'syn-sent', 'dst', address])
  return stdout.split('\n').filter((line) => line !== '').length
}
