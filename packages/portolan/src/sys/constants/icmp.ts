/**
 * Filters of raw ICMP sockets, levels SOL_RAW and SOL_ICMPV6: raw(7), RFC 3542 section 3.2 (linux/icmp.h,
 * linux/icmpv6.h).
 */

export const ICMPV6_FILTER = 1
export const ICMPV6_FILTER_BLOCK = 1
/** raw(7): the types of ICMP to be left out, one bit each. */
export const ICMP_FILTER = 1
export const ICMPV6_FILTER_PASS = 2
export const ICMPV6_FILTER_BLOCKOTHERS = 3
export const ICMPV6_FILTER_PASSONLY = 4
