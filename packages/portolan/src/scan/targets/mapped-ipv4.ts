/** IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2): on the wire it is IPv4, so the scanner counts it as IPv4. */
import type { Address } from '../address.ts'

/** ::ffff:0:0/96 */
export const MAPPED_FIRST = 0xffff_0000_0000n
export const MAPPED_LAST = 0xffff_ffff_ffffn

/** The IPv4 address inside an IPv4-mapped one; every other address as it is. */
export function unmapped(address: Address): Address {
  return address.family === 6 && address.value >= MAPPED_FIRST && address.value <= MAPPED_LAST
    ? { family: 4, value: Number(address.value - MAPPED_FIRST) }
    : address
}
