/**
 * What the comment of a call must say, as far as a program can tell: what it does, where that is written down, how it
 * fails, whether a signal may end it without loss, and in what unit its numbers are.
 */
import type { DeclarationReflection, ParameterReflection, SomeType } from 'typedoc'
import { hasThrows, openingLink, proseOf, wordsOf, wordsOfCall } from './comment-words.ts'

/** A page of the manual, an RFC, the body of a standard, a module of node; or the word that it has none. */
const SOURCE =
  /\b[a-z_]\w*\([1-8]\)|\bRFC\s\d+|\b(POSIX|IEEE|IANA|WHATWG|ECMA-262|OpenSSL)\b|\bnode:[a-z]+|Portolan's\s+own/
/** For a class whose methods are no calls of Berkeley's: it says so once for all of them. */
const OWN = /Portolan's\s+own|\bnode:[a-z]+/
const NEVER_FAILS = /\bnever\s+(throws|rejects)\b/i
const ABORT_SAFETY = /\babort-safe\b/i
/** Names of numbers that say nothing without a unit. */
const TIME_OR_SIZE =
  /^(timeout|delay|interval|linger|length|size|bytes|offset|count)$|(Timeout|Delay|Interval|Time|Length|Size|Bytes|Buffer|Offset)$/
const UNIT =
  /(?<!\w)(bytes?|octets|bits|[KMG]iB|characters|(milli|micro|nano)?seconds?|[mµn]s|messages|segments|packets)\b/i

/**
 * Everything that the comment of a call does not say.
 *
 * @param call a function or a method
 * @param waits whether it takes a signal
 */
export function unsaid(call: DeclarationReflection, waits: boolean): string[] {
  const signatures = call.signatures ?? []
  const subject = signatures.map(openingLink).find((one) => one !== undefined)
  // A variation ("{@link recv} without waiting") has its source, errors and units from what it varies.
  const all = [...signatures, ...(subject?.signatures ?? [])]
  const words = signatures.map(wordsOfCall).join('\n')
  const allWords = all.map(wordsOfCall).join('\n')

  const missing: string[] = []
  if (words.trim() === '') missing.push('a description')
  if (!all.some((one) => SOURCE.test(proseOf(one))) && !OWN.test(wordsOf(call.parent)))
    missing.push("its source (a page of the manual as recv(2), an RFC, or the words Portolan's own)")
  if (!all.some(hasThrows) && !NEVER_FAILS.test(words))
    missing.push('its errors (@throws, or that it never throws or never rejects)')
  if (waits && !ABORT_SAFETY.test(words)) missing.push('whether it is abort-safe')
  for (const parameter of signatures.flatMap(({ parameters = [] }) => parameters))
    if (needsUnit(parameter) && !UNIT.test(allWords)) missing.push(`the unit of ${parameter.name}`)
  return [...new Set(missing)]
}

/** The same of a field: of an interface, or of a class. */
export function unsaidOfField(field: DeclarationReflection): string[] {
  const words = [field.name, ...[field, field.getSignature, field.setSignature].map(wordsOf)].join('\n')
  return needsUnit(field) && !UNIT.test(words) ? [`the unit of ${field.name}`] : []
}

function needsUnit(value: ParameterReflection | DeclarationReflection): boolean {
  const type = value.type ?? (value.isDeclaration() ? value.getSignature?.type : undefined)
  return TIME_OR_SIZE.test(value.name) && alternatives(type).some(isNumber)
}

function isNumber(type: SomeType): boolean {
  return type.type === 'intrinsic' && type.name === 'number'
}

/** The parts of a union; a type of one part is itself. */
function alternatives(type: SomeType | undefined): readonly SomeType[] {
  if (type === undefined) return []
  return type.type === 'union' ? type.types : [type]
}
