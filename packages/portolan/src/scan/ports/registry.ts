/**
 * What port numbers are called: IANA's registry (iana-registry.ts) with the few names of our own where IANA's
 * misleads or is missing (well-known-uses.ts). Read on first use.
 */
import { PROTOCOLS } from '../states.ts'
import type { Protocol } from '../states.ts'
import { LAST_PORT } from './port-set.ts'
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
  /** By port: 1 + where its row begins in {@link TEXT}, 0 for none. Undecoded, since most ports are never asked for. */
  readonly rows: Readonly<Record<Protocol, Int32Array>>
  readonly uses: Readonly<Record<Protocol, ReadonlyMap<number, WellKnownUse>>>
}

interface Row {
  readonly names: readonly string[]
  readonly description: string
}

const ZERO = 0x30

const TEXT = TCP_AND_UDP + TCP_ONLY + UDP_ONLY

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
  return rowOf(rows[protocol], port)?.names[0]
}

/** True if IANA's registry assigns the port to a service; names of our own do not count. */
export function isRegistered(protocol: Protocol, port: number): boolean {
  return has(load().rows[protocol], port)
}

/** True if the port has a name, IANA's or ours. */
export function isNamed(protocol: Protocol, port: number): boolean {
  const { rows, uses } = load()
  return has(rows[protocol], port) || uses[protocol].has(port)
}

/** Everything known of one port, or undefined if it has no name. */
export function describePort(protocol: Protocol, port: number): PortService | undefined {
  const { rows, uses } = load()
  const ours = uses[protocol].get(port)
  const { names, description } = rowOf(rows[protocol], port) ?? { names: [], description: '' }
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
  const services: PortService[] = []
  for (let port = 0; port <= LAST_PORT; port++)
    for (const protocol of PROTOCOLS) {
      const service = describePort(protocol, port)
      if (service !== undefined) services.push(service)
    }
  named = services
  return services
}

function load(): Tables {
  if (tables !== undefined) return tables
  const rows = { tcp: new Int32Array(LAST_PORT + 1), udp: new Int32Array(LAST_PORT + 1) }
  place(0, TCP_AND_UDP.length, rows.tcp, rows.udp)
  place(TCP_AND_UDP.length, TCP_AND_UDP.length + TCP_ONLY.length, rows.tcp)
  place(TCP_AND_UDP.length + TCP_ONLY.length, TEXT.length, rows.udp)
  tables = { rows, uses: { tcp: usesOf('tcp'), udp: usesOf('udp') } }
  return tables
}

/** Notes where the rows from `start` to `end` begin. Splitting 200 kB into strings would take ten times as long. */
function place(start: number, end: number, ...tables: readonly Int32Array[]): void {
  for (
    let line = TEXT.indexOf('\n', start) + 1;
    line > 0 && line < end;
    line = TEXT.indexOf('\n', line) + 1
  ) {
    const { value: first, next } = numberAt(line)
    const last = TEXT[next] === '-' ? numberAt(next + 1).value : first
    for (const table of tables) table.fill(line + 1, first, last + 1)
  }
}

function numberAt(start: number): { readonly value: number; readonly next: number } {
  let value = 0
  let next = start
  for (; ; next++) {
    const digit = TEXT.charCodeAt(next) - ZERO
    if (!(digit >= 0 && digit <= 9)) return { value, next }
    value = value * 10 + digit
  }
}

function has(rows: Int32Array, port: number): boolean {
  return (rows[port] ?? 0) > 0
}

function rowOf(rows: Int32Array, port: number): Row | undefined {
  const start = rows[port] ?? 0
  return start === 0 ? undefined : decode(TEXT.slice(start - 1, TEXT.indexOf('\n', start)))
}

function usesOf(protocol: Protocol): ReadonlyMap<number, WellKnownUse> {
  const uses = WELL_KNOWN_USES.filter((use) => use.protocol === protocol)
  return new Map(uses.flatMap((use) => use.ports.map((port) => [port, use] as const)))
}

/** A row is `PORTS NAME[,ALIAS…][ DESCRIPTION]`. */
function decode(row: string): Row {
  const start = row.indexOf(' ') + 1
  const end = row.indexOf(' ', start)
  if (end < 0) return { names: row.slice(start).split(','), description: '' }
  return { names: row.slice(start, end).split(','), description: row.slice(end + 1) }
}
