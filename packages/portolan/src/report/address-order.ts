import { parseAddress, type Address } from '../scan/address.ts'
import type { PortEvent } from '../scan/events.ts'

/** Hosts as people count them: IPv4 before IPv6, by number within a family, then by zone. */
export function sortHosts(hosts: Iterable<string>): string[] {
  return [...hosts]
    .map((host) => ({ host, address: parseAddress(host) }))
    .sort((a, b) => compareAddresses(a.address, b.address) || compareText(a.host, b.host))
    .map(({ host }) => host)
}

/** By number, TCP before UDP. */
export function comparePorts(a: PortEvent, b: PortEvent): number {
  return a.port - b.port || compareText(a.protocol, b.protocol)
}

function compareAddresses(a: Address | undefined, b: Address | undefined): number {
  const family = (a?.family ?? 7) - (b?.family ?? 7)
  if (family !== 0 || a === undefined || b === undefined || a.value === b.value) return family
  return a.value < b.value ? -1 : 1
}

/** By code unit: the same on every machine, unlike localeCompare. */
function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
