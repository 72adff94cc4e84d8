/**
 * The IPv4 forms that inet_aton(3) takes and inet_pton(3) does not: `127.1`, `0x7f.1`, `2130706433`, `010.1.1.1`.
 *
 * Programs disagree about them, which is how filters are walked around, so they are no targets here. They are
 * read only to tell the user what the word would have meant.
 */
import { formatIPv4 } from '../../sys/inet.ts'

/** What inet_aton makes of a text, as dotted decimal; undefined where it makes nothing of it. */
export function readLegacyIPv4(text: string): string | undefined {
  const parts = text.split('.').map(readPart)
  const last = parts.pop()
  if (last === undefined || parts.length > 3) return undefined
  let value = 0
  for (const part of parts) {
    if (part === undefined || part > 255) return undefined
    value = value * 256 + part
  }
  const room = 256 ** (4 - parts.length)
  return last < room ? formatIPv4(value * room + last) : undefined
}

/** Whether a resolver would take the last label for part of an IPv4 address: all digits, or `0x` and hex. */
export function endsInNumber(name: string): boolean {
  const label = name.replace(/\.$/, '').split('.').at(-1) ?? ''
  return /^([0-9]+|0x[0-9a-f]*)$/i.test(label)
}

function readPart(part: string): number | undefined {
  if (/^0x[0-9a-f]{1,8}$/i.test(part)) return Number.parseInt(part, 16)
  if (/^0[0-7]{0,11}$/.test(part)) return Number.parseInt(part, 8)
  if (/^[1-9][0-9]{0,9}$/.test(part)) return Number(part)
  return undefined
}
