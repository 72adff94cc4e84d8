/** What `portolan doctor` looks at. Nothing here sends a packet beyond loopback or changes anything. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { availableParallelism, homedir, networkInterfaces, release } from 'node:os'
import { dirname, join } from 'node:path'
import { escapeText } from '../text/untrusted.ts'
import type { Option } from './options.ts'
import type { Environment } from './settings.ts'
import { ownVariables, strayVariables } from './stray-variable.ts'
import { VERSION } from '../scan/version.ts'

export interface Finding {
  readonly check: string
  readonly status: 'ok' | 'warn' | 'fail'
  /** One sentence without a stop. */
  readonly message: string
  /** The way out; on every warn and fail. */
  readonly hint?: string
}

/** What package.json asks for in `engines`. */
const OLDEST_NODE = 24
/** CAP_NET_RAW of capability.h. */
const CAP_NET_RAW = 13n
/** Room for this many probes at once, and a scan of one host waits for nothing else but the answers. */
const FEW_PROBES = 1024
/** Sources for connections; Linux has 28,232 as it comes. */
const FEW_SOURCE_PORTS = 10_000
const LOOPBACK_TIMEOUT_MS = 2000

export function runtimeFindings(): Finding[] {
  const node = process.versions.node
  const old = Number.parseInt(node, 10) < OLDEST_NODE
  return [
    { check: 'version', status: 'ok', message: `portolan ${VERSION}` },
    old
      ? {
          check: 'node',
          status: 'fail',
          message: `Node.js ${node} is too old`,
          hint: `use Node.js ${OLDEST_NODE} or newer`,
        }
      : { check: 'node', status: 'ok', message: `Node.js ${node}` },
    { check: 'system', status: 'ok', message: `${process.platform} ${process.arch}, release ${release()}` },
    { check: 'cores', status: 'ok', message: `${availableParallelism()} to work with` },
  ]
}

/** The kernel driver and the limits that only it can read. */
export async function kernelFindings(): Promise<Finding[]> {
  const { kernelAvailability } = await import('../sys/platform.ts')
  const kernel = await kernelAvailability()
  if (!kernel.available)
    return [
      {
        check: 'driver',
        status: 'warn',
        message: `portable (node:net), slower: ${kernel.why}`,
        hint: 'scans work all the same; the kernel driver needs Linux on x64 or arm64 and the package koffi',
      },
    ]
  const { descriptorLimit, ephemeralRange } = await import('../sys/limits.ts')
  const { capacityFor } = await import('../scan/capacity.ts')
  const { timingOf } = await import('../scan/timing.ts')
  // Node raises the soft limit to the hard one when it starts, so there is one figure to tell.
  const { hard } = descriptorLimit()
  const { first, last } = ephemeralRange()
  const sources = last - first + 1
  // What a scan of all ports of one host would take.
  const question = { driver: 'kernel', probes: 65_535, rate: Infinity, hostIntervalMs: 0 } as const
  const { workers, windowLimit, limitedBy } = await capacityFor({ ...question, timing: timingOf(3, {}) })
  const room = workers * windowLimit
  const limits = `${hard} open files: ${room} probes at once, limited by ${limitedBy}`
  return [
    { check: 'driver', status: 'ok', message: 'kernel (libc through koffi)' },
    room < FEW_PROBES
      ? {
          check: 'descriptors',
          status: 'warn',
          message: limits,
          hint: 'raise the limit, as root: ulimit -n 65536',
        }
      : { check: 'descriptors', status: 'ok', message: limits },
    sources < FEW_SOURCE_PORTS
      ? {
          check: 'source ports',
          status: 'warn',
          message: `${first}-${last}: only ${sources}`,
          hint: 'widen the range, as root: sysctl net.ipv4.ip_local_port_range="32768 60999"',
        }
      : { check: 'source ports', status: 'ok', message: `${first}-${last}: ${sources}` },
  ]
}

/** Effective capabilities, capabilities(7); this version needs none of them. */
export function privilegeFinding(status = readProcessStatus()): Finding {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  const has = hex !== undefined && ((BigInt(`0x${hex}`) >> CAP_NET_RAW) & 1n) === 1n
  const message = hex === undefined ? 'not known on this system' : `CAP_NET_RAW ${has ? 'yes' : 'no'}`
  return { check: 'privileges', status: 'ok', message: `${message}; connect scanning needs none` }
}

function readProcessStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8')
  } catch {
    return '' // no /proc: not Linux
  }
}

export function interfaceFinding(interfaces = networkInterfaces()): Finding {
  const outside = Object.entries(interfaces).filter(([, addresses]) =>
    addresses?.some(({ internal }) => !internal),
  )
  if (outside.length > 0)
    return { check: 'interfaces', status: 'ok', message: outside.map(([name]) => name).join(', ') }
  return {
    check: 'interfaces',
    status: 'warn',
    message: 'loopback only',
    hint: 'other machines cannot be reached; see ip address',
  }
}

/** Connects to a listener of its own, once for each family. */
export async function loopbackFindings(): Promise<Finding[]> {
  const four = await connectTo('127.0.0.1')
  const six = await connectTo('::1')
  return [
    four === undefined
      ? { check: 'loopback', status: 'ok', message: 'connects over 127.0.0.1' }
      : {
          check: 'loopback',
          status: 'fail',
          message: `127.0.0.1: ${four}`,
          hint: 'bring it up: ip link set lo up',
        },
    six === undefined
      ? { check: 'IPv6', status: 'ok', message: 'connects over ::1' }
      : {
          check: 'IPv6',
          status: 'warn',
          message: `::1: ${six}`,
          hint: 'IPv6 targets will be unreachable or unknown',
        },
  ]
}

async function connectTo(host: string): Promise<string | undefined> {
  const server = createServer((socket) => {
    socket.destroy()
  })
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, host, resolve)
    })
    const address = server.address()
    if (address === null || typeof address === 'string') return 'no address after listen'
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ host, port: address.port, timeout: LOOPBACK_TIMEOUT_MS })
      socket.once('connect', () => {
        socket.destroy()
        resolve()
      })
      socket.once('timeout', () => {
        socket.destroy()
        reject(new Error('no answer'))
      })
      socket.once('error', reject)
    })
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    server.close()
  }
}

/** A clock before the installation of this package is wrong; scope files are judged by it. */
export function clockFinding(now = Date.now()): Finding {
  const installed = statSync(new URL('../../package.json', import.meta.url)).mtimeMs
  const message = new Date(now).toISOString()
  if (now >= installed) return { check: 'clock', status: 'ok', message }
  const hint = 'set the clock: times of results and the validity of scope files depend on it'
  return { check: 'clock', status: 'warn', message: `${message} is before the installation`, hint }
}

/** PORTOLAN_HOME, else `portolan` in the data home of the XDG Base Directory Specification. */
export function dataHome(env: Environment): string {
  if (env['PORTOLAN_HOME'] !== undefined && env['PORTOLAN_HOME'] !== '') return env['PORTOLAN_HOME']
  const xdg = env['XDG_DATA_HOME']
  return join(xdg !== undefined && xdg.startsWith('/') ? xdg : join(homedir(), '.local', 'share'), 'portolan')
}

/** Whether the folder can be written, or made where it is missing. */
export function homeFinding(env: Environment): Finding {
  const home = dataHome(env)
  let folder = home
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const made = folder === home ? '' : ', not made yet: nothing is stored so far'
  try {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`)
    accessSync(folder, constants.W_OK | constants.X_OK)
    return { check: 'home', status: 'ok', message: `${escapeText(home)}${made}` }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return {
      check: 'home',
      status: 'fail',
      message: `${escapeText(home)}: ${escapeText(why)}`,
      hint: 'set PORTOLAN_HOME to a folder of yours',
    }
  }
}

/** Variables that look like ours and that nothing reads. */
export function environmentFinding(env: Environment, options: readonly Option[]): Finding {
  const set = ownVariables(env)
  const [stray] = strayVariables(env, options)
  if (stray === undefined)
    return {
      check: 'environment',
      status: 'ok',
      message: set.length === 0 ? 'no variable set' : set.join(', '),
    }
  const name = escapeText(stray.name, 80)
  return {
    check: 'environment',
    status: 'warn',
    message: `nothing reads ${name}`,
    hint: stray.near === undefined ? `unset ${name}` : `did you mean ${stray.near}?`,
  }
}
