/** Addresses as text and as the bytes of the wire: inet_pton(3), inet_ntop(3). */
import { AF_INET, AF_INET6 } from '../sys/constants/families.ts'
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../sys/inet.ts'

/**
 * The 4 or 16 bytes of an address, in network order: inet_pton(3). Strict as the C library's: four decimal octets without leading
 * zeros, never `127.1` or `0x7f.1`; no zone.
 *
 * @param family AF_INET or AF_INET6
 * @throws RangeError for text that is no address of the family, and for another family
 */
export function inet_pton(family: number, text: string): Uint8Array {
  const bytes = new Uint8Array(sizeOf(family))
  const view = new DataView(bytes.buffer)
  const value = family === AF_INET ? parseIPv4(text) : parseIPv6(text)
  if (value === undefined)
    throw new RangeError(
      `Not a numeric ${family === AF_INET ? 'IPv4' : 'IPv6'} address: ${JSON.stringify(text)}`,
    )
  if (typeof value === 'number') view.setUint32(0, value)
  else {
    view.setBigUint64(0, value >> 64n)
    view.setBigUint64(8, value & 0xffffffffffffffffn)
  }
  return bytes
}

/**
 * The text of an address, as inet_ntop(3): dotted decimal, or what RFC 5952 recommends.
 *
 * @param family AF_INET or AF_INET6
 * @throws RangeError for another number of bytes than the family has, and for another family
 */
export function inet_ntop(family: number, bytes: Uint8Array): string {
  const size = sizeOf(family)
  if (bytes.byteLength !== size)
    throw new RangeError(`An address of this family is ${size} bytes, not ${bytes.byteLength}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, size)
  if (family === AF_INET) return formatIPv4(view.getUint32(0))
  return formatIPv6((view.getBigUint64(0) << 64n) | view.getBigUint64(8))
}

function sizeOf(family: number): 4 | 16 {
  if (family === AF_INET) return 4
  if (family === AF_INET6) return 16
  throw new RangeError(`family must be AF_INET or AF_INET6, not ${family}`)
}
