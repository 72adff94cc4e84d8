/** Names of hosts: RFC 1123 section 2.1, with the underscore DNS names use and a trailing dot. */
import { domainToASCII } from 'node:url'
import { endsInNumber, readLegacyIPv4 } from './legacy-ipv4.ts'
import type { Fail } from './target-errors.ts'

/**
 * The name to look up: as it was given, or its ASCII form (RFC 5890) where it is an international one.
 *
 * What ends in a number is no name: some resolver would read it as an address.
 */
export function parseHostName(text: string, fail: Fail): string {
  // Before the conversion, which drops line breaks and tabs without a word.
  const wrong = text.search(/[^a-z0-9_.\u0080-\uffff-]/i)
  if (text[wrong] === '*') return fail(wrong, 'a wildcard stands for octets, not for names', 'name the hosts')
  if (wrong >= 0) return fail(wrong, 'this character is in no host name', HINT)
  const isASCII = /^[\x21-\x7e]*$/.test(text)
  const ascii = isASCII ? text : domainToASCII(text)
  if (ascii === '') return fail(0, 'this is no host name', HINT)
  const legacy = readLegacyIPv4(ascii.replace(/\.$/, ''))
  if (legacy !== undefined)
    return fail(0, 'this is an old or ambiguous way to write an IPv4 address', `write ${legacy}`)
  if (endsInNumber(ascii)) return fail(0, 'a host name does not end in a number', HINT)
  const name = ascii.replace(/\.$/, '')
  if (name.length > 253) return fail(isASCII ? 253 : 0, 'a host name is at most 253 characters', HINT)
  let position = 0
  for (const label of name.split('.')) {
    const place = isASCII ? position : 0
    if (label === '') return fail(place, 'a label of the name is empty', 'remove the extra dot')
    if (label.length > 63) return fail(place, 'a label of a name is at most 63 characters', HINT)
    if (/[^a-z0-9_-]/i.test(label)) return fail(place, 'this character is in no host name', HINT)
    if (label.startsWith('-') || label.endsWith('-'))
      return fail(place, `the label "${label}" begins or ends with a hyphen`, HINT)
    position += label.length + 1
  }
  return ascii
}

const HINT = 'write an address, a network (10.0.0.0/24), a range (10.0.0.1-10.0.0.9) or a host name'
