/** What an include entry of a scope file permits, by itself. */
import { LOCAL_NAT64 } from './embedded.ts'
import type { ScopeEntry } from './scope-file.ts'
import { METADATA, SPECIAL_RANGES } from './special-ranges.ts'
import { firstOf } from '../targets/address-range.ts'
import type { AddressSet } from '../targets/address-set.ts'

const PRIVATE = SPECIAL_RANGES.filter((range) => range.class === 'private')

/**
 * Whether an entry speaks of a private network: it lies wholly inside one private block. 0.0.0.0/0 does not, so
 * it opens no private network by accident.
 *
 * In the local-use NAT64 block it has to lie inside one /96, the prefix of one translator: only then is it known
 * which bits are the IPv4 address.
 */
export function listsPrivate(entry: ScopeEntry): boolean {
  const set = entry.set.withoutZones()
  const [range] = set.ranges()
  if (range === undefined) return false
  const block = PRIVATE.find(({ whole }) => whole.contains(firstOf(range)))
  if (block === undefined || !set.isSubsetOf(block.whole)) return false
  return !set.isSubsetOf(LOCAL_NAT64) || translatorPrefix(set) !== undefined
}

/** Whether an entry is one single metadata address. */
export function listsMetadata(entry: ScopeEntry): boolean {
  return entry.set.size === 1n && entry.set.withoutZones().isSubsetOf(METADATA)
}

/** The first 96 bits that all addresses of an IPv6 set share, undefined where they differ. */
export function translatorPrefix(set: AddressSet): bigint | undefined {
  let prefix: bigint | undefined
  for (const range of set.ranges()) {
    if (range.family === 4) return undefined
    prefix ??= range.first >> 32n
    if (range.first >> 32n !== prefix || range.last >> 32n !== prefix) return undefined
  }
  return prefix
}
