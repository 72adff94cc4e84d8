/**
 * Special-use addresses: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190), each
 * entry with the RFC that made it. They are address space with a meaning of its own, no list of anybody's
 * networks.
 */
import type { Address } from '../address.ts'
import type { AddressRange } from '../targets/address-range.ts'
import { AddressSet } from '../targets/address-set.ts'
import { unionOf } from '../targets/address-set-builder.ts'
import { parseTarget } from '../targets/grammar.ts'

/**
 * - `loopback`: this machine, no permission needed
 * - `never`: no unicast target; nothing in a scope file unlocks it
 * - `private`: means another network wherever it is used, so only an include entry that lies wholly inside the
 *   block speaks of it
 * - `global`: special, but reachable by everyone: the same rules as for every other address
 */
export type SpecialClass = 'loopback' | 'never' | 'private' | 'global'

export interface SpecialRange {
  readonly block: string
  readonly name: string
  readonly source: string
  readonly class: SpecialClass
  /** The addresses of the block without those of more specific entries. */
  readonly set: AddressSet
  /** The whole block, one range. */
  readonly whole: AddressSet
}

type Row = readonly [block: string, kind: SpecialClass, name: string, source: string]

const ROWS: readonly Row[] = [
  ['0.0.0.0/8', 'never', 'this network', 'RFC 791 section 3.2'],
  ['10.0.0.0/8', 'private', 'private use', 'RFC 1918'],
  ['100.64.0.0/10', 'private', 'shared address space', 'RFC 6598'],
  ['127.0.0.0/8', 'loopback', 'loopback', 'RFC 1122 section 3.2.1.3'],
  ['169.254.0.0/16', 'private', 'link local', 'RFC 3927'],
  ['172.16.0.0/12', 'private', 'private use', 'RFC 1918'],
  ['192.0.0.0/24', 'never', 'IETF protocol assignments', 'RFC 6890 section 2.1'],
  ['192.0.0.0/29', 'never', 'IPv4 service continuity prefix', 'RFC 7335'],
  ['192.0.0.8/32', 'never', 'IPv4 dummy address', 'RFC 7600'],
  ['192.0.0.9/32', 'global', 'Port Control Protocol anycast', 'RFC 7723'],
  ['192.0.0.10/32', 'global', 'TURN anycast', 'RFC 8155'],
  ['192.0.0.170/31', 'never', 'NAT64/DNS64 discovery', 'RFC 8880'],
  ['192.0.2.0/24', 'never', 'documentation', 'RFC 5737'],
  ['192.31.196.0/24', 'global', 'AS112', 'RFC 7535'],
  ['192.52.193.0/24', 'global', 'AMT', 'RFC 7450'],
  ['192.88.99.0/24', 'never', 'deprecated 6to4 relay anycast', 'RFC 7526'],
  ['192.168.0.0/16', 'private', 'private use', 'RFC 1918'],
  ['192.175.48.0/24', 'global', 'AS112', 'RFC 7534'],
  ['198.18.0.0/15', 'private', 'benchmarking', 'RFC 2544'],
  ['198.51.100.0/24', 'never', 'documentation', 'RFC 5737'],
  ['203.0.113.0/24', 'never', 'documentation', 'RFC 5737'],
  ['224.0.0.0/4', 'never', 'multicast', 'RFC 5771'],
  ['240.0.0.0/4', 'never', 'reserved', 'RFC 1112 section 4'],
  ['255.255.255.255/32', 'never', 'limited broadcast', 'RFC 919 section 7'],
  // Not in the registry, but what a stack may unwrap to IPv4: the whole of ::/96 but :: and ::1.
  ['::/96', 'never', 'deprecated IPv4-compatible', 'RFC 4291 section 2.5.5.1'],
  ['::/128', 'never', 'unspecified', 'RFC 4291 section 2.5.2'],
  ['::1/128', 'loopback', 'loopback', 'RFC 4291 section 2.5.3'],
  ['::ffff:0:0:0/96', 'never', 'IPv4-translated', 'RFC 2765 section 2.1'],
  ['64:ff9b::/96', 'global', 'NAT64', 'RFC 6052'],
  ['64:ff9b:1::/48', 'private', 'local-use NAT64', 'RFC 8215'],
  ['100::/64', 'never', 'discard only', 'RFC 6666'],
  ['100:0:0:1::/64', 'never', 'dummy prefix', 'RFC 9780'],
  ['2001::/23', 'never', 'IETF protocol assignments', 'RFC 2928'],
  ['2001::/32', 'never', 'Teredo', 'RFC 4380'],
  ['2001:1::1/128', 'global', 'Port Control Protocol anycast', 'RFC 7723'],
  ['2001:1::2/128', 'global', 'TURN anycast', 'RFC 8155'],
  ['2001:1::3/128', 'global', 'DNS-SD SRP anycast', 'RFC 9665'],
  // Private and not never: the IPv6 twin of 198.18.0.0/15 (RFC 5180 names both for benchmarks). Labs are built
  // from both, and a lab has to be scannable by who says so.
  ['2001:2::/48', 'private', 'benchmarking', 'RFC 5180'],
  ['2001:3::/32', 'global', 'AMT', 'RFC 7450'],
  ['2001:4:112::/48', 'global', 'AS112', 'RFC 7535'],
  ['2001:10::/28', 'never', 'deprecated ORCHID', 'RFC 4843'],
  ['2001:20::/28', 'never', 'ORCHIDv2', 'RFC 7343'],
  ['2001:30::/28', 'never', 'drone remote identification', 'RFC 9374'],
  ['2001:db8::/32', 'never', 'documentation', 'RFC 3849'],
  ['2002::/16', 'global', '6to4', 'RFC 3056'],
  ['2620:4f:8000::/48', 'global', 'AS112', 'RFC 7534'],
  ['3fff::/20', 'never', 'documentation', 'RFC 9637'],
  ['5f00::/16', 'never', 'SRv6 segment identifiers', 'RFC 9602'],
  ['fc00::/7', 'private', 'unique local', 'RFC 4193'],
  ['fe80::/10', 'private', 'link local', 'RFC 4291 section 2.5.6'],
  ['fec0::/10', 'never', 'deprecated site local', 'RFC 3879'],
  ['ff00::/8', 'never', 'multicast', 'RFC 4291 section 2.7'],
]

/** Every entry. Their `set`s are disjoint: the most specific entry holds. */
export const SPECIAL_RANGES: readonly SpecialRange[] = build(ROWS)

/**
 * Addresses where clouds hand out credentials to whoever asks: they need an include entry of their own, one
 * address and no network.
 */
export const METADATA: AddressSet = unionOf(['169.254.169.254', 'fd00:ec2::254'].map(setOf))

/** The entry an address belongs to; the zone does not matter. */
export function specialRangeOf(address: Address): SpecialRange | undefined {
  const bare: Address = address.family === 4 ? address : { family: 6, value: address.value }
  return SPECIAL_RANGES.find((range) => range.set.contains(bare))
}

/** All addresses of a class. */
export function specialSet(kind: SpecialClass): AddressSet {
  return unionOf(SPECIAL_RANGES.filter((range) => range.class === kind).map((range) => range.set))
}

/** `10.0.0.0/8 (private use, RFC 1918)` */
export function describeSpecial(range: SpecialRange): string {
  return `${range.block} (${range.name}, ${range.source})`
}

function build(rows: readonly Row[]): SpecialRange[] {
  const blocks = rows.map(([block, kind, name, source]) => ({
    block,
    kind,
    name,
    source,
    range: rangeOf(block),
  }))
  return blocks.map(({ block, kind, name, source, range }) => {
    const inside = blocks.filter((other) => other.block !== block && isInside(other.range, range))
    const whole = AddressSet.range(range)
    const set = whole.subtract(unionOf(inside.map((other) => AddressSet.range(other.range))))
    return { block, class: kind, name, source, whole, set }
  })
}

/** By comparison: every start of the program pays for the 3,000 pairs of blocks. */
function isInside(inner: AddressRange, outer: AddressRange): boolean {
  return inner.family === outer.family && inner.first >= outer.first && inner.last <= outer.last
}

function setOf(block: string): AddressSet {
  const target = parseTarget(block)
  return target.kind === 'addresses' ? target.set : AddressSet.EMPTY
}

/** The one range of a block's text. */
export function rangeOf(block: string): AddressRange {
  const [range] = setOf(block).ranges()
  if (range === undefined) throw new TypeError(`${block} is no block of addresses`)
  return range
}
