/**
 * What port numbers are called: IANA's registry (iana-registry.ts) with the few names of our own where IANA's
 * misleads or is missing (well-known-uses.ts). Read on first use.
 */
import { PROTOCOLS } from '../states.ts'
import type { Protocol } from '../states.ts'
import { TCP_AND_UDP, TCP_ONLY, UDP_ONLY } from './iana-registry.ts'
import { WELL_KNOWN_USES } from './well-known-uses.ts'
import type { WellKnownUse } from './well-known-uses.ts'

export type PortClass = 'well-known' | 'registered' | 'dynamic'

/** What one (protocol, port) is known for. */
export interface PortService {
  readonly protocol: Protocol
  readonly port: number
  readonly class: PortClass
  /** The name shown in results: IANA's main name, or the one of well-known-uses.ts. */
  readonly name: string
  /** Other names the port goes by; IANA's main name among them where `name` is ours. */
  readonly aliases: readonly string[]
  /** IANA's description in at most 60 characters; empty where it says no more than the name. */
  readonly description: string
  /** Why `name` is not IANA's; absent where it is. */
  readonly reason?: string
}

interface Tables {
  /** The row of each assigned port, undecoded: most ports are never asked for. */
  readonly rows: Readonly<Record<Protocol, ReadonlyMap<number, string>>>
  readonly uses: Readonly<Record<Protocol, ReadonlyMap<number, WellKnownUse>>>
}

let tables: Tables | undefined
let named: readonly PortService[] | undefined

/** RFC 6335 section 6: system (well-known) ports to 1023, user (registered) ports to 49151, then dynamic ones. */
export function portClass(port: number): PortClass {
  if (port < 1024) return 'well-known'
  return port < 49_152 ? 'registered' : 'dynamic'
}

/** The name a port is best known by, or undefined if it has none. */
export function serviceName(protocol: Protocol, port: number): string | undefined {
  const { rows, uses } = load()
  const ours = uses[protocol].get(port)
  if (ours !== undefined) return ours.name
  const row = rows[protocol].get(port)
  return row === undefined ? undefined : decode(row).names[0]
}

/** True if IANA's registry assigns the port to a service; names of our own do not count. */
export function isRegistered(protocol: Protocol, port: number): boolean {
  return load().rows[protocol].has(port)
}

/** True if the port has a name, IANA's or ours. */
export function isNamed(protocol: Protocol, port: number): boolean {
  const { rows, uses } = load()
  return rows[protocol].has(port) || uses[protocol].has(port)
}

/** Everything known of one port, or undefined if it has no name. */
export function describePort(protocol: Protocol, port: number): PortService | undefined {
  const { rows, uses } = load()
  const row = rows[protocol].get(port)
  const ours = uses[protocol].get(port)
  const { names, description } = row === undefined ? { names: [], description: '' } : decode(row)
  const name = ours?.name ?? names[0]
  if (name === undefined) return undefined
  return {
    protocol,
    port,
    class: portClass(port),
    name,
    aliases: names.filter((other) => other !== name),
    description,
    ...(ours === undefined ? {} : { reason: ours.reason }),
  }
}

/** Every named port, ascending, tcp before udp on the same number. */
export function namedPorts(): readonly PortService[] {
  if (named !== undefined) return named
  const { rows, uses } = load()
  const numbers = PROTOCOLS.flatMap((protocol) => [...rows[protocol].keys(), ...uses[protocol].keys()])
  const services: PortService[] = []
  for (const port of Uint16Array.from(new Set(numbers)).sort())
    for (const protocol of PROTOCOLS) {
      const service = describePort(protocol, port)
      if (service !== undefined) services.push(service)
    }
  named = services
  return services
}

function load(): Tables {
  if (tables !== undefined) return tables
  const tcp = new Map<number, string>()
  const udp = new Map<number, string>()
  place(TCP_AND_UDP, tcp, udp)
  place(TCP_ONLY, tcp)
  place(UDP_ONLY, udp)
  tables = { rows: { tcp, udp }, uses: { tcp: usesOf('tcp'), udp: usesOf('udp') } }
  return tables
}

function place(text: string, ...tables: Map<number, string>[]): void {
  for (const row of text.trim().split('\n')) {
    const first = Number.parseInt(row, 10)
    const range = /^\d+-(\d+)/.exec(row)
    const last = range === null ? first : Number(range[1])
    for (let port = first; port <= last; port++) for (const table of tables) table.set(port, row)
  }
}

function usesOf(protocol: Protocol): ReadonlyMap<number, WellKnownUse> {
  const uses = WELL_KNOWN_USES.filter((use) => use.protocol === protocol)
  return new Map(uses.flatMap((use) => use.ports.map((port) => [port, use] as const)))
}

/** A row is `PORTS NAME[,ALIAS…][ DESCRIPTION]`. */
function decode(row: string): { readonly names: readonly string[]; readonly description: string } {
  const start = row.indexOf(' ') + 1
  const end = row.indexOf(' ', start)
  if (end < 0) return { names: row.slice(start).split(','), description: '' }
  return { names: row.slice(start, end).split(','), description: row.slice(end + 1) }
}
