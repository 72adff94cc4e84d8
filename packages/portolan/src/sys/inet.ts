/**
 * IP addresses as text and as numbers: inet_pton(3), inet_ntop(3), RFC 4291 section 2.2, RFC 5952.
 *
 * The parsers are strict the way inet_pton is and inet_aton is not: four decimal octets without leading
 * zeros, never `127.1`, `0x7f.1` or `2130706433`, so that a text means the same address everywhere.
 * Nothing here touches the operating system.
 */

/** IPv4 text to an unsigned 32-bit number, or undefined where inet_pton would refuse it. */
export function parseIPv4(text: string): number | undefined {
  let value = 0
  let octets = 0
  let octet = -1
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? 0x2e : text.charCodeAt(i)
    if (code === 0x2e) {
      if (octet < 0 || ++octets > 4) return undefined
      value = value * 256 + octet
      octet = -1
    } else if (code >= 0x30 && code <= 0x39) {
      if (octet === 0) return undefined
      octet = (octet < 0 ? 0 : octet * 10) + code - 0x30
      if (octet > 255) return undefined
    } else return undefined
  }
  return octets === 4 ? value : undefined
}

/** An unsigned 32-bit number to dotted decimal text. */
export function formatIPv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
}

/** IPv6 text without a zone to an unsigned 128-bit number, or undefined where inet_pton would refuse it. */
export function parseIPv6(text: string): bigint | undefined {
  if (text.length > 45) return undefined
  const gap = text.indexOf('::')
  if (gap >= 0 && text.indexOf('::', gap + 1) >= 0) return undefined
  const head = groupsOf(gap < 0 ? text : text.slice(0, gap), gap < 0)
  const tail = gap < 0 ? [] : groupsOf(text.slice(gap + 2), true)
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined
  let value = 0n
  for (const group of head) value = (value << 16n) | BigInt(group)
  value <<= BigInt(16 * missing)
  for (const group of tail) value = (value << 16n) | BigInt(group)
  return value
}

/** The 16-bit groups of one side of `::`; only the last side may end in dotted decimal. */
function groupsOf(text: string, mayEndInIPv4: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (mayEndInIPv4 && index === parts.length - 1 && part.includes('.')) {
      const v4 = parseIPv4(part)
      if (v4 === undefined) return undefined
      groups.push(v4 >>> 16, v4 & 0xffff)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

/** An unsigned 128-bit number to the text RFC 5952 recommends; IPv4-mapped addresses end in dotted decimal. */
export function formatIPv6(value: bigint): string {
  if (value >> 32n === 0xffffn) return `::ffff:${formatIPv4(Number(value & 0xffffffffn))}`
  const groups: number[] = []
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((value >> shift) & 0xffffn))
  let best = 0
  let bestLength = 1 // RFC 5952 section 4.2.2: a single zero group is not shortened
  for (let i = 0; i < 8; i++) {
    let length = 0
    while (i + length < 8 && groups[i + length] === 0) length++
    if (length > bestLength) {
      best = i
      bestLength = length
    }
  }
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':')
  if (bestLength === 1) return hex(groups)
  return `${hex(groups.slice(0, best))}::${hex(groups.slice(best + bestLength))}`
}
