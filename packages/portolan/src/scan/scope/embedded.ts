/**
 * IPv6 addresses that carry an IPv4 address: a relay or a translator sends what is meant for them on to that
 * one, so it has to be allowed too. Without this, 64:ff9b::a00:1 would be a way around a refused 10.0.0.1.
 */
import type { Address, IPv4Address } from '../address.ts'
import { AddressSet } from '../targets/address-set.ts'
import { AddressSetBuilder } from '../targets/address-set-builder.ts'
import { rangeOf } from './special-ranges.ts'

export interface Embedding {
  readonly kind: '6to4' | 'NAT64' | 'local-use NAT64' | 'Teredo'
  /** The IPv4 addresses inside; for Teredo the server, then the client. */
  readonly addresses: readonly IPv4Address[]
}

/** RFC 3056: the IPv4 address is in bits 16 to 47. */
export const SIX_TO_FOUR: AddressSet = AddressSet.range(rangeOf('2002::/16'))
/** RFC 6052 section 2.1, the well-known prefix: the last 32 bits. */
export const NAT64: AddressSet = AddressSet.range(rangeOf('64:ff9b::/96'))
/**
 * RFC 8215. A site may cut its translator's prefix out of it at several lengths, which the address does not
 * show; it is read with the length /96, and only include entries inside one /96 count (see permission.ts).
 */
export const LOCAL_NAT64: AddressSet = AddressSet.range(rangeOf('64:ff9b:1::/48'))
const TEREDO: AddressSet = AddressSet.range(rangeOf('2001::/32'))

/** The IPv4 addresses inside an address, undefined where there are none. IPv4-mapped ones are not here: they *are* IPv4. */
export function embeddedIPv4(address: Address): Embedding | undefined {
  if (address.family === 4) return undefined
  const { value } = address
  const bare: Address = { family: 6, value }
  if (SIX_TO_FOUR.contains(bare)) return { kind: '6to4', addresses: [ipv4(value >> 80n)] }
  if (NAT64.contains(bare)) return { kind: 'NAT64', addresses: [ipv4(value)] }
  if (LOCAL_NAT64.contains(bare)) return { kind: 'local-use NAT64', addresses: [ipv4(value)] }
  // RFC 4380 section 4: server in bits 32 to 63, the client's address inverted in the last 32.
  if (TEREDO.contains(bare)) return { kind: 'Teredo', addresses: [ipv4(value >> 64n), ipv4(~value)] }
  return undefined
}

/** All 6to4 addresses with one of these IPv4 addresses inside. */
export function liftTo6to4(set: AddressSet): AddressSet {
  return lift(set, 0x2002n << 32n, 80n)
}

/**
 * All addresses of a translator with one of these IPv4 addresses inside.
 *
 * @param prefix the first 96 bits of the translator's /96
 */
export function liftToNat64(set: AddressSet, prefix: bigint): AddressSet {
  return lift(set, prefix << 32n, 0n)
}

function lift(set: AddressSet, prefix: bigint, shift: bigint): AddressSet {
  const builder = new AddressSetBuilder()
  for (const range of set.ranges())
    if (range.family === 4)
      builder.add({
        family: 6,
        first: (prefix + BigInt(range.first)) << shift,
        last: ((prefix + BigInt(range.last) + 1n) << shift) - 1n,
      })
  return builder.build()
}

function ipv4(bits: bigint): IPv4Address {
  return { family: 4, value: Number(BigInt.asUintN(32, bits)) }
}
