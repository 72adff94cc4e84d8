/** IPv6 targets: a literal, a network (`a/bits`), a range (`a-b`), each with a zone where the link matters. */
import { formatIPv6 } from '../../sys/inet.ts'
import { parseAddress } from '../address.ts'
import type { IPv6Address } from '../address.ts'
import { AddressSet } from './address-set.ts'
import { networkOf } from './address-range.ts'
import type { AddressRange } from './address-range.ts'
import { MAPPED_FIRST, MAPPED_LAST } from './mapped-ipv4.ts'
import type { Fail } from './target-errors.ts'

const LINK_LOCAL_FIRST = 0xfe80n << 112n // fe80::/10, RFC 4291 section 2.5.6
const LINK_LOCAL_LAST = (0xfec0n << 112n) - 1n

/** @param bits length of the prefix, undefined where the word has none */
export function parseIPv6Target(text: string, bits: number | undefined, fail: Fail): AddressSet {
  const ends = splitRange(text)
  if (ends !== undefined) {
    const [first, last] = ends
    if (bits !== undefined)
      return fail(text.length, 'a range takes no prefix length', 'write either a-b or a/bits')
    const zone = first.zone ?? last.zone
    if (first.zone !== last.zone && last.zone !== undefined)
      return fail(
        0,
        'the ends of the range are in different zones',
        'write the zone once, after the first address',
      )
    if (first.value > last.value)
      return fail(
        0,
        'the range is reversed',
        `did you mean ${formatIPv6(last.value)}-${formatIPv6(first.value)}?`,
      )
    return setOf(
      { family: 6, first: first.value, last: last.value, ...(zone === undefined ? {} : { zone }) },
      fail,
    )
  }
  const address = parseZoned(text)
  if (address === undefined) return diagnose(text, fail)
  return setOf(networkOf(address, bits ?? 128), fail)
}

/** A dual-stack socket sends IPv4 packets to an IPv4-mapped address, so that is what it is here. */
function setOf(range: AddressRange, fail: Fail): AddressSet {
  if (range.family === 4) return AddressSet.range(range)
  if (range.zone !== undefined && (range.first < LINK_LOCAL_FIRST || range.last > LINK_LOCAL_LAST))
    return fail(0, `only link-local addresses (fe80::/10) have a zone`, `leave out %${range.zone}`)
  if (range.first < MAPPED_FIRST || range.last > MAPPED_LAST) return AddressSet.range(range)
  const first = Number(range.first - MAPPED_FIRST)
  return AddressSet.range({ family: 4, first, last: Number(range.last - MAPPED_FIRST) })
}

/** An IPv6 address; its zone is printable ASCII without the `,`, `/` and `:` that the grammar uses. */
function parseZoned(text: string): IPv6Address | undefined {
  const address = parseAddress(text)
  if (address?.family !== 6) return undefined
  return address.zone === undefined || /^[!-+\-.0-9;-~]+$/.test(address.zone) ? address : undefined
}

/** Both ends of `a-b`. Interface names may hold hyphens (`br-lan`), so every hyphen is tried. */
function splitRange(text: string): [IPv6Address, IPv6Address] | undefined {
  for (let dash = text.indexOf('-'); dash >= 0; dash = text.indexOf('-', dash + 1)) {
    const first = parseZoned(text.slice(0, dash))
    const last = parseZoned(text.slice(dash + 1))
    if (first !== undefined && last !== undefined) return [first, last]
  }
  return undefined
}

function diagnose(text: string, fail: Fail): never {
  const hostPort = /^([^:]+):([0-9]+)$/.exec(text)
  if (hostPort !== null)
    return fail(
      text.indexOf(':'),
      'a target has no port',
      `give the host only, and the port with -p: ${hostPort[1]} -p ${hostPort[2]}`,
    )
  const percent = text.indexOf('%')
  if (percent >= 0 && parseAddress(text.slice(0, percent))?.family === 6)
    return fail(percent, 'this is no zone', 'a zone is the name or index of an interface, as in fe80::1%eth0')
  const [address = ''] = text.split('%')
  let position = 0
  for (const group of address.split(':')) {
    if (/^[0-9a-f]{5,}$/i.test(group))
      return fail(position, `the group "${group}" is too long`, 'a group is 1 to 4 hex digits')
    const wrong = group.search(/[^0-9a-f.]/i)
    if (wrong >= 0) return fail(position + wrong, 'this is no IPv6 address', 'a group is 1 to 4 hex digits')
    position += group.length + 1
  }
  return fail(0, 'this is no IPv6 address', 'write eight groups of hex digits, or :: once for a run of zeros')
}
