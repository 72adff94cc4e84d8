/**
 * Byte order of the network, which is the opposite of this machine's: htons(3). Addresses take and give host order
 * everywhere; these are for the protocol of an AF_PACKET socket and for structures of options.
 */

/** 16 bits, as htons(3) and ntohs(3). Never throws: bits above are dropped, as in C. */
export function htons(value: number): number {
  return ((value & 0xff) << 8) | ((value >>> 8) & 0xff)
}

/** 32 bits, unsigned, as htonl(3) and ntohl(3). Never throws: bits above are dropped, as in C. */
export function htonl(value: number): number {
  return ((htons(value) << 16) | htons(value >>> 16)) >>> 0
}

export { htons as ntohs, htonl as ntohl }
