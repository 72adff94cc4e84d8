/**
 * What a user may write as a target. One word is one of
 *
 * - an address: `10.0.0.1`, `2001:db8::1`, `[::1]`, `fe80::1%eth0`
 * - a network, host bits allowed: `10.0.0.7/24`, `2001:db8::/64`, `fe80::1%eth0/64`
 * - octet lists: `10.0.0,1.3-7`, `192.168.*.-`, `10.0.0.1-9`, also with `/bits`
 * - a range, both ends included: `10.0.0.1-10.0.3.9`, `2001:db8::1-2001:db8::ff`
 * - a host name, also with `/bits`: `example.org/28`
 *
 * IPv4-mapped IPv6 is IPv4. What programs read in different ways (`127.1`, `0x7f.1`, `2130706433`,
 * `010.1.1.1`) is an error and no name.
 */
import { formatIPv4, parseIPv4 } from '../../sys/inet.ts'
import { AddressSet } from './address-set.ts'
import { networkOf } from './address-range.ts'
import { parseHostName } from './host-name.ts'
import { parseIPv6Target } from './ipv6-target.ts'
import { readLegacyIPv4 } from './legacy-ipv4.ts'
import { octetListSet } from './octet-list.ts'
import { splitTargetList } from './target-list.ts'
import { TargetSyntaxError } from './target-errors.ts'
import type { Fail, TargetSource } from './target-errors.ts'

export type Target =
  | { readonly kind: 'addresses'; readonly set: AddressSet }
  | { readonly kind: 'name'; readonly name: string; readonly prefix?: number }

/** A name is at most 254 characters; octet lists may be longer, 256 numbers for each octet at the extreme. */
const MAX_WORD = 4096

/** @throws TargetSyntaxError, and nothing else */
export function parseTarget(word: string, source?: TargetSource): Target {
  const fail: Fail = (position, problem, hint) => {
    throw new TargetSyntaxError(word, position + 1, problem, hint, source)
  }
  if (word === '') return fail(0, 'it is empty', 'write an address, a network, a range or a host name')
  if (word.length > MAX_WORD)
    return fail(MAX_WORD, `it is longer than ${MAX_WORD} characters`, 'separate targets with spaces')
  refuseUrl(word, fail)
  const bracketed = /^\[([^[\]]*)\](\/.*)?$/.exec(word)
  if (bracketed === null) return parseBare(word, fail)
  const [, inside = '', rest = ''] = bracketed
  const shifted: Fail = (position, problem, hint) => fail(position + 1, problem, hint)
  if (!inside.includes(':')) return shifted(0, 'brackets are for IPv6', `write ${inside}${rest}`)
  return parseBare(inside + rest, shifted)
}

function parseBare(text: string, fail: Fail): Target {
  const slash = text.lastIndexOf('/')
  const body = slash < 0 ? text : text.slice(0, slash)
  const prefix = slash < 0 ? '' : text.slice(slash + 1)
  const width = body.includes(':') || !OCTET_LIKE.test(body) ? 128 : 32
  const bits = slash < 0 ? undefined : parseBits(prefix, width, slash + 1, fail)
  if (body.includes(':')) return { kind: 'addresses', set: parseIPv6Target(body, bits, fail) }
  if (OCTET_LIKE.test(body)) return { kind: 'addresses', set: parseIPv4Target(body, bits, fail) }
  const name = parseHostName(body, fail)
  return bits === undefined ? { kind: 'name', name } : { kind: 'name', name, prefix: bits }
}

const OCTET_LIKE = /^[0-9*,.-]+$/

function parseIPv4Target(text: string, bits: number | undefined, fail: Fail): AddressSet {
  const literal = parseIPv4(text)
  if (literal !== undefined) return AddressSet.range(networkOf({ family: 4, value: literal }, bits ?? 32))
  const parts = text.split('.')
  if (parts.length === 4) return octetListSet(parts, bits ?? 32, fail)
  const several = splitTargetList(text)
  if (several.length > 1)
    return fail(text.indexOf(','), 'a comma joins octets, not targets', `write ${several.join(' ')}`)
  if (parts.length === 7 && text.split('-').length === 2) return parseIPv4Range(text, bits, fail)
  const legacy = readLegacyIPv4(text.replace(/\.$/, ''))
  if (legacy !== undefined)
    return fail(0, 'an IPv4 address has four octets', `if that was meant, write ${legacy}`)
  return fail(
    0,
    'an IPv4 address has four octets',
    'write it as in 10.0.0.1, 10.0.0.0/24, 10.0.0.1-9 or 10.0.0.*',
  )
}

function parseIPv4Range(text: string, bits: number | undefined, fail: Fail): AddressSet {
  const dash = text.indexOf('-')
  const [first, last] = [text.slice(0, dash), text.slice(dash + 1)].map((end, index) => {
    const value = parseIPv4(end)
    if (value !== undefined) return value
    const legacy = readLegacyIPv4(end)
    const hint =
      legacy === undefined ? 'write it as in 10.0.0.1-10.0.3.9' : `if that was meant, write ${legacy}`
    return fail(index === 0 ? 0 : dash + 1, `"${end}" is no IPv4 address`, hint)
  })
  if (first === undefined || last === undefined) return fail(0, 'a range has two ends', 'write it as a-b')
  if (bits !== undefined)
    return fail(text.length, 'a range takes no prefix length', 'write either a-b or a/bits')
  if (first > last)
    return fail(0, 'the range is reversed', `did you mean ${formatIPv4(last)}-${formatIPv4(first)}?`)
  return AddressSet.range({ family: 4, first, last })
}

function parseBits(text: string, width: number, position: number, fail: Fail): number {
  const hint = `a prefix length is 0 to ${width}`
  if (/^(0|[1-9][0-9]{0,3})$/.test(text)) {
    const bits = Number(text)
    return bits <= width ? bits : fail(position, `/${text} is too long a prefix`, hint)
  }
  const mask = parseIPv4(text)
  if (mask !== undefined) {
    const bits = Math.clz32(~mask)
    const isMask = mask === 2 ** 32 - 2 ** (32 - bits)
    return fail(position, 'a netmask is no prefix length', isMask ? `write /${bits}` : hint)
  }
  if (/^[0-9]+$/.test(text)) return fail(position, `"${text}" is no prefix length`, hint)
  if (/^[0-9]+%/.test(text))
    return fail(position, 'the zone stands before the slash', 'as in fe80::1%eth0/64')
  return fail(
    position,
    'what follows the slash is no prefix length',
    `give the host only, or /0 to /${width}`,
  )
}

function refuseUrl(word: string, fail: Fail): void {
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)/i.exec(word)
  if (url !== null)
    fail(
      0,
      'a target is no URL',
      `give the host only${url[1] === '' ? '' : `: ${url[1]}`}, and the port with -p`,
    )
  const port = /^\[([^\]]*)\]:([0-9]*)$/.exec(word)
  if (port !== null)
    fail(
      word.lastIndexOf(':'),
      'a target has no port',
      `give the host only, and the port with -p: ${port[1]} -p ${port[2]}`,
    )
  const at = word.indexOf('@')
  if (at >= 0) fail(at, 'a target has no user', `give the host only: ${word.slice(at + 1)}`)
}
