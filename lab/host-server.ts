/** The foreign processes that listen for one host: server.py. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { unref } from './janitor.ts'
import type { HostPlan, ServedPorts } from './plan.ts'
import { LabError } from './spec.ts'
import { inside, type Workshop } from './workshop.ts'

/** Milliseconds for a server's ports to be bound; tens of thousands need a few seconds. */
const READY_MS = 60_000

/**
 * Starts a host's servers and returns once every port listens. Throws LabError where one cannot. There is one
 * process, or as many as the descriptor limit makes necessary: RLIMIT_NOFILE holds for each process, and
 * without CAP_SYS_RESOURCE root cannot raise it either.
 */
export async function startServers(workshop: Workshop, namespace: string, plan: HostPlan): Promise<void> {
  const families = [4, 6].filter((version) =>
    plan.addresses.some((address) => address.family === `ipv${version}`),
  )
  // Half of the descriptors are for connections.
  const portsEach = Math.max(1, Math.floor(hardDescriptorLimit() / 2 / families.length))
  await Promise.all(
    shareOut(plan.ports, portsEach).map((ports) =>
      startServer(workshop, namespace, plan.name, JSON.stringify({ families, ports })),
    ),
  )
}

/** RLIMIT_NOFILE's hard limit (proc_pid_limits(5)); children inherit it. */
function hardDescriptorLimit(): number {
  const hard = /^Max open files +\d+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return hard === undefined ? 1024 : Number(hard)
}

/** Cuts the ranges into shares of at most `most` ports. */
function shareOut(ranges: readonly ServedPorts[], most: number): ServedPorts[][] {
  const shares: ServedPorts[][] = []
  let room = 0
  for (const range of ranges) {
    let first = range.first
    while (first <= range.last) {
      if (room === 0) {
        shares.push([])
        room = most
      }
      const last = Math.min(range.last, first + room - 1)
      shares.at(-1)?.push({ ...range, first, last })
      room -= last - first + 1
      first = last + 1
    }
  }
  return shares
}

function startServer(workshop: Workshop, namespace: string, host: string, spec: string): Promise<void> {
  const script = fileURLToPath(new URL('server.py', import.meta.url))
  return new Promise((resolve, reject) => {
    const [program, ...rest] = [...inside(namespace), 'python3', '-I', script]
    // It ends when its input does; the janitor's SIGKILL is for one that is stuck.
    const server = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    if (server.pid !== undefined) workshop.janitor.startedGroup(server.pid)
    let complaint = ''
    let ready = false
    const fail = (reason: string): void => {
      clearTimeout(limit)
      reject(new LabError(`host '${host}': its server ${reason}${complaint && `: ${complaint}`}`))
    }
    const limit = setTimeout(() => fail(`did not bind its ports within ${READY_MS} ms`), READY_MS)
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = text.trim().split('\n').at(-1) ?? ''
      // A server in need makes its host lie; nobody waits for its end, so it is said at once.
      if (ready) process.stderr.write(`lab host '${host}': ${complaint}\n`)
    })
    server.stdin.on('error', () => undefined)
    server.stdin.write(`${spec}\n`)
    server.stdout.once('data', () => {
      clearTimeout(limit)
      ready = true
      unref(server)
      resolve()
    })
    server.once('error', (error) => fail(`does not start: ${error.message}`))
    server.once('close', (code, signal) => fail(`ended with ${signal ?? code}`))
  })
}
