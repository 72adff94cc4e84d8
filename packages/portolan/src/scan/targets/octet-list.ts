/**
 * IPv4 as four octet lists, the way nmap writes it: `10.0.0-3,7.*` or `192.168.1.-` (open sides are 0 and 255).
 *
 * `list := item ("," item)*`, `item := "*" | number | [number] "-" [number]`.
 */
import { AddressSetBuilder } from './address-set-builder.ts'
import { MAX_RANGES } from './address-set.ts'
import type { AddressSet } from './address-set.ts'
import type { Fail } from './target-errors.ts'

/** The values one octet takes: 256 flags. */
type Octet = Uint8Array

/** One run of values of an octet. */
interface Run {
  readonly first: number
  readonly last: number
}

/**
 * @param texts the four lists
 * @param bits length of a prefix every address is widened to, 32 for none
 */
export function octetListSet(texts: readonly string[], bits: number, fail: Fail): AddressSet {
  let position = 0
  const octets = texts.map((text, index) => {
    const octet = widen(parseOctet(text, position, fail), Math.min(8, Math.max(0, bits - 8 * index)))
    position += text.length + 1
    return octet
  })
  // Octets behind the last one with a gap are whole, so that a run of this one is one range of addresses.
  let split = 3
  while (split > 0 && octets[split]?.every((flag) => flag === 1)) split--
  let prefixes = [0]
  for (const octet of octets.slice(0, split)) {
    const values = [...octet.keys()].filter((value) => octet[value] === 1)
    if (prefixes.length * values.length > MAX_RANGES) return tooMany(fail)
    prefixes = prefixes.flatMap((prefix) => values.map((value) => prefix * 256 + value))
  }
  const runs = runsOf(octets[split])
  if (prefixes.length * runs.length > MAX_RANGES) return tooMany(fail)
  const size = 256 ** (3 - split)
  const builder = new AddressSetBuilder()
  for (const prefix of prefixes)
    for (const { first, last } of runs)
      builder.add({
        family: 4,
        first: (prefix * 256 + first) * size,
        last: (prefix * 256 + last + 1) * size - 1,
      })
  return builder.build()
}

function tooMany(fail: Fail): never {
  return fail(
    0,
    `it falls into more than ${MAX_RANGES} separate ranges`,
    'write fewer lists in front of the last octet, or scan in several runs',
  )
}

function parseOctet(text: string, start: number, fail: Fail): Octet {
  const octet = new Uint8Array(256)
  let position = start
  for (const item of text.split(',')) {
    const { first, last } = parseItem(item, position, fail)
    octet.fill(1, first, last + 1)
    position += item.length + 1
  }
  return octet
}

function parseItem(item: string, position: number, fail: Fail): Run {
  if (item === '*') return { first: 0, last: 255 }
  if (item === '') return fail(position, 'an octet is missing', 'write a number from 0 to 255, * or a-b')
  const dash = item.indexOf('-')
  if (dash < 0) {
    const value = parseNumber(item, position, fail)
    return { first: value, last: value }
  }
  const left = item.slice(0, dash)
  const right = item.slice(dash + 1)
  const first = left === '' ? 0 : parseNumber(left, position, fail)
  const last = right === '' ? 255 : parseNumber(right, position + dash + 1, fail)
  if (first > last) return fail(position, `the range ${item} is reversed`, `did you mean ${right}-${left}?`)
  return { first, last }
}

function parseNumber(text: string, position: number, fail: Fail): number {
  if (!/^[0-9]+$/.test(text))
    return fail(position, `"${text}" is no octet`, 'write a number from 0 to 255, * or a-b')
  // inet_aton(3) reads a leading zero as octal, others as decimal: what means two things is refused.
  if (text.length > 1 && text.startsWith('0')) {
    const decimal = text.replace(/^0+(?=.)/, '')
    const octal = /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
    const other = octal <= 255 && String(octal) !== decimal ? `, or ${octal} if octal was meant` : ''
    return fail(position, `the leading zero of ${text} is ambiguous`, `write ${decimal}${other}`)
  }
  const value = Number(text)
  if (value > 255) return fail(position, `${text} is above 255`, 'an octet is 0 to 255')
  return value
}

/** Every value that shares its first `bits` bits with one that is set. */
function widen(octet: Octet, bits: number): Octet {
  const size = 2 ** (8 - bits)
  const out = new Uint8Array(256)
  for (const [value, flag] of octet.entries())
    if (flag === 1) out.fill(1, value - (value % size), value - (value % size) + size)
  return out
}

function runsOf(octet: Octet | undefined): Run[] {
  const runs: Run[] = []
  let first = -1
  for (let value = 0; value <= 256; value++) {
    const isSet = octet?.[value] === 1
    if (isSet && first < 0) first = value
    if (!isSet && first >= 0) {
      runs.push({ first, last: value - 1 })
      first = -1
    }
  }
  return runs
}
