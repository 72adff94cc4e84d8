/** One run of addresses without a gap, and its text. */
import { formatAddress } from '../address.ts'
import type { Address } from '../address.ts'

/** Both ends belong to the range. */
export type AddressRange =
  | { readonly family: 4; readonly first: number; readonly last: number }
  | { readonly family: 6; readonly first: bigint; readonly last: bigint; readonly zone?: string }

/** The first address of a range. */
export function firstOf(range: AddressRange): Address {
  return range.family === 4 ? { family: 4, value: range.first } : addressIn(range, range.first)
}

/** The last address of a range. */
export function lastOf(range: AddressRange): Address {
  return range.family === 4 ? { family: 4, value: range.last } : addressIn(range, range.last)
}

function addressIn(range: { readonly zone?: string }, value: bigint): Address {
  return range.zone === undefined ? { family: 6, value } : { family: 6, value, zone: range.zone }
}

/**
 * The network `address` lies in, host bits cleared.
 *
 * @param bits length of the prefix, 0 to 32 or 0 to 128
 */
export function networkOf(address: Address, bits: number): AddressRange {
  if (address.family === 4) {
    const size = 2 ** (32 - bits)
    const first = address.value - (address.value % size)
    return { family: 4, first, last: first + size - 1 }
  }
  const size = 1n << BigInt(128 - bits)
  const first = address.value - (address.value % size)
  return { ...address, first, last: first + size - 1n }
}

/** `a` for one address, `a/bits` where the range is a network, `a-b` for every other. */
export function formatRange(range: AddressRange): string {
  const first = formatAddress(firstOf(range))
  if (range.first === range.last) return first
  const bits = prefixLength(range)
  return bits === undefined ? `${first}-${formatAddress(lastOf(range))}` : `${first}/${bits}`
}

/** The length of the prefix, where the range is exactly one network. */
function prefixLength(range: AddressRange): number | undefined {
  const width = range.family === 4 ? 32 : 128
  const first = BigInt(range.first)
  const size = BigInt(range.last) - first + 1n
  const isNetwork = (size & (size - 1n)) === 0n && first % size === 0n
  return isNetwork ? width + 1 - size.toString(2).length : undefined
}
