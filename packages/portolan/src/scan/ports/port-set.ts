/** The ports of a scan: what the grammar yields and what a plan counts with. */
import type { Protocol } from '../states.ts'

/** The highest port number: the field has 16 bits (RFC 9293 section 3.1, RFC 768). */
export const LAST_PORT = 65_535

/** Ports of one or both protocols, each list ascending and without repeats. Never changes once made. */
export class PortSet {
  /** TCP ports, ascending. To be read only: a typed array cannot be frozen. */
  readonly tcp: Uint16Array
  /** UDP ports, ascending. To be read only, as {@link tcp}. */
  readonly udp: Uint16Array

  static readonly empty = new PortSet({})

  /**
   * @param ports port numbers from 0 to 65535 in any order, repeats allowed.
   * @throws RangeError if a number is no port.
   */
  constructor(ports: { readonly tcp?: Iterable<number>; readonly udp?: Iterable<number> }) {
    this.tcp = sortedUnique(ports.tcp ?? [])
    this.udp = sortedUnique(ports.udp ?? [])
  }

  /** How many (protocol, port) pairs there are. */
  get size(): number {
    return this.tcp.length + this.udp.length
  }

  has(protocol: Protocol, port: number): boolean {
    const ports = this[protocol]
    let low = 0
    let high = ports.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((ports[middle] ?? 0) < port) low = middle + 1
      else high = middle
    }
    return ports[low] === port
  }

  /** This set less what `other` holds, protocol by protocol. */
  without(other: PortSet): PortSet {
    if (other.size === 0) return this
    return new PortSet({
      tcp: this.tcp.filter((port) => !other.has('tcp', port)),
      udp: this.udp.filter((port) => !other.has('udp', port)),
    })
  }

  /**
   * Canonical text, e.g. `22,80,1000-2000`, or `T:22,80,U:53` as soon as UDP is in it; empty for the empty set.
   * `parsePorts` reads it back to an equal set when it is given the protocols the set holds.
   */
  toString(): string {
    if (this.udp.length === 0) return formatRuns(this.tcp)
    const udp = `U:${formatRuns(this.udp)}`
    return this.tcp.length === 0 ? udp : `T:${formatRuns(this.tcp)},${udp}`
  }
}

function sortedUnique(ports: Iterable<number>): Uint16Array {
  const present = new Uint8Array(LAST_PORT + 1)
  let count = 0
  for (const port of ports) {
    if (!Number.isInteger(port) || port < 0 || port > LAST_PORT)
      throw new RangeError(`${port} is no port: ports are whole numbers from 0 to ${LAST_PORT}`)
    if (present[port] === 0) count++
    present[port] = 1
  }
  const sorted = new Uint16Array(count)
  let length = 0
  for (let port = 0; length < count; port++) if (present[port] === 1) sorted[length++] = port
  return sorted
}

/** Runs of three and more as `first-last`; two neighbours stay two items, as people write them. */
function formatRuns(ports: Uint16Array): string {
  const items: string[] = []
  for (let first = 0; first < ports.length;) {
    let last = first
    while (last + 1 < ports.length && ports[last + 1] === (ports[last] ?? 0) + 1) last++
    if (last - first >= 2) items.push(`${ports[first]}-${ports[last]}`)
    else items.push(...Array.from(ports.subarray(first, last + 1), String))
    first = last + 1
  }
  return items.join(',')
}
