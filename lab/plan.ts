/** Checks a declaration and puts it in the form that is built: nothing of the machine is touched here. */
import { type Block, overlap, parseBlock, ROUTER, SCANNER } from './addresses.ts'
import type { Behaviour, FirewallRule, HostSpec, LabSpec, LinkSpec } from './spec.ts'
import { LabError } from './spec.ts'

/** Ports `first` to `last`, both included. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

/** Ports with one behaviour. */
export type ServedPorts = PortRange & Behaviour

/** A filter rule with its ports read. */
export interface PlannedRule {
  readonly ports: PortRange
  readonly rule: FirewallRule
}

/** A host, checked. */
export interface HostPlan {
  readonly name: string
  readonly addresses: readonly Block[]
  readonly ranges: readonly Block[]
  readonly ports: readonly ServedPorts[]
  readonly firewall: readonly PlannedRule[]
  readonly link: LinkSpec
  readonly icmpRateLimit: boolean
}

/** A lab, checked. */
export interface LabPlan {
  readonly hosts: readonly HostPlan[]
  readonly link: LinkSpec
  readonly topology: 'bridge' | 'routed' | 'auto'
}

/** Small enough to leave in one write to a fresh socket, so that the server needs no send queue. */
const BANNER_BYTES = 4096

/** The plan of a declaration. Throws LabError naming the place of the first thing wrong. */
export function planLab(spec: LabSpec): LabPlan {
  const hosts = Object.entries(spec.hosts).map(([name, host]) => planHost(name, host))
  refuseOverlaps(hosts)
  return { hosts, link: checkLink(spec.link, 'link'), topology: spec.topology ?? 'auto' }
}

function planHost(name: string, spec: HostSpec): HostPlan {
  const where = `host '${name}'`
  if (!/^[a-z0-9][a-z0-9-]{0,19}$/.test(name))
    throw new LabError(`${where}: a name is 1 to 20 small letters, digits and hyphens`)
  if (spec.addresses.length === 0) throw new LabError(`${where}: it needs at least one address`)
  const addresses = spec.addresses.map((text) => {
    if (text.includes('/')) throw new LabError(`${where}: ${text} is a range; put it in 'ranges'`)
    return parseBlock(text, where)
  })
  const ranges = (spec.ranges ?? []).map((text) => parseBlock(text, where))
  for (const range of ranges)
    if (!addresses.some((address) => address.family === range.family))
      throw new LabError(`${where}: for the range ${range.text} it needs an address of the same family`)
  const firewall = spec.firewall ?? []
  return {
    name,
    addresses,
    ranges,
    ports: planPorts(spec.ports ?? {}, where),
    firewall: firewall.map((rule) => ({ ports: parsePorts(rule.ports, `${where}, firewall`), rule })),
    link: checkLink(spec.link, `${where}, link`),
    icmpRateLimit: spec.icmpRateLimit ?? !firewall.some((rule) => rule.action === 'reject-icmp'),
  }
}

function planPorts(ports: Readonly<Record<string, Behaviour>>, where: string): ServedPorts[] {
  const served = Object.entries(ports).map(([key, behaviour]) => {
    if (behaviour.kind === 'banner' && Buffer.byteLength(behaviour.text) > BANNER_BYTES)
      throw new LabError(`${where}, port ${key}: a banner has ${BANNER_BYTES} bytes at most`)
    return { ...parsePorts(key, where), ...behaviour }
  })
  const isRange = (range: PortRange): boolean => range.last > range.first
  const ranges = served.filter(isRange).sort((a, b) => a.first - b.first)
  for (const [index, range] of ranges.entries()) {
    const before = ranges[index - 1]
    if (before !== undefined && before.last >= range.first)
      throw new LabError(`${where}: ports ${textOf(before)} and ${textOf(range)} overlap; split them`)
  }
  const behaviours = new Map<number, Behaviour>()
  // Single ports last, as they go before a range that holds them.
  for (const { first, last, ...behaviour } of [...ranges, ...served.filter((range) => !isRange(range))])
    for (let port = first; port <= last; port++) behaviours.set(port, behaviour)
  return runsOf(behaviours)
}

function runsOf(behaviours: ReadonlyMap<number, Behaviour>): ServedPorts[] {
  const runs: ServedPorts[] = []
  for (const [port, behaviour] of [...behaviours].sort(([a], [b]) => a - b)) {
    const run = runs.at(-1)
    if (run !== undefined && run.last === port - 1 && behaviours.get(run.last) === behaviour)
      runs[runs.length - 1] = { ...run, last: port }
    else runs.push({ first: port, last: port, ...behaviour })
  }
  return runs
}

function parsePorts(ports: number | string, where: string): PortRange {
  const [, firstText, lastText] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(ports)) ?? []
  const first = Number(firstText)
  const last = Number(lastText ?? firstText)
  if (!(first >= 1 && first <= last && last <= 65_535))
    throw new LabError(`${where}: '${ports}' is not a port or range of ports; write 80 or 1000-1999`)
  return { first, last }
}

function textOf(range: PortRange): string {
  return `${range.first}-${range.last}`
}

function checkLink(link: LinkSpec = {}, where: string): LinkSpec {
  const { lossPercent = 0, rate, packetsPerSecond } = link
  if (!(lossPercent >= 0 && lossPercent <= 100))
    throw new LabError(`${where}: a loss of ${lossPercent} % is impossible; write 0 to 100`)
  if (rate !== undefined && !/^[1-9]\d{0,5}[kmg]bit$/.test(rate))
    throw new LabError(`${where}: '${rate}' is not a rate; write 512kbit, 20mbit or 1gbit`)
  if (packetsPerSecond !== undefined && !(Number.isInteger(packetsPerSecond) && packetsPerSecond > 0))
    throw new LabError(`${where}: ${packetsPerSecond} packets per second is not a whole number above 0`)
  return link
}

/** Two owners of one address would make the truth about that address undefined. */
function refuseOverlaps(hosts: readonly HostPlan[]): void {
  const taken = [SCANNER.v4, SCANNER.v6, ROUTER.v4, ROUTER.v6].map((address) => ({
    owner: 'the lab itself (scanner or router)',
    block: parseBlock(address, 'lab'),
  }))
  for (const host of hosts) {
    const own = [...host.addresses, ...host.ranges]
    for (const block of own)
      for (const other of taken)
        if (overlap(block, other.block))
          throw new LabError(`host '${host.name}': ${block.text} belongs to ${other.owner} already`)
    taken.push(...own.map((block) => ({ owner: `host '${host.name}'`, block })))
  }
}
