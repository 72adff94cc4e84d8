/** Verdicts in words: what is refused, by which rule, and the way to change it. */
import { formatAddress } from '../address.ts'
import { escapeText } from '../../text/untrusted.ts'
import type { ScopeEntry, ScopeFile } from './scope-file.ts'
import { describeSpecial } from './special-ranges.ts'
import type { EmbeddedRefusal, Refusal, Verdict } from './verdict.ts'

/** The rule that decided: a line of the scope file, a special range, or the file's terms. */
export function ruleText(verdict: Verdict, file: ScopeFile | undefined): string {
  if (!verdict.allowed) return refusalRule(verdict.refusal, file)
  if (verdict.because === 'loopback') return describeSpecial(verdict.special)
  if (verdict.because === 'own address') return 'an address of this machine'
  return entryText(verdict.entry, file)
}

/** One line each. */
export interface RefusalText {
  readonly message: string
  readonly hint: string
}

/**
 * @param subject what is refused, for the message
 * @param pieces the refused addresses as targets, for the commands
 */
export function refusalText(
  refusal: Refusal,
  subject: string,
  pieces: readonly string[],
  file: ScopeFile | undefined,
): RefusalText {
  if ('inner' in refusal) return embeddedText(refusal, subject, pieces, file)
  const rule = refusalRule(refusal, file)
  const name = nameOf(file)
  let message: string
  let hint = grantHint(pieces, file)
  switch (refusal.code) {
    case 'EXCLUDED':
      message = `${subject} is excluded by ${rule}`
      hint = leaveOutHint(pieces)
      break
    case 'NEVER':
      message = `${subject} is never scanned: ${rule}`
      hint = leaveOutHint(pieces)
      break
    case 'PRIVATE_NOT_LISTED':
      if (refusal.metadata)
        message = `${subject} is a cloud metadata address, which needs an include entry of its own`
      else message = `${subject} is in ${rule}, which needs an include entry inside that block`
      if (refusal.special.source === 'RFC 8215') hint = `include the /96 of your translator; ${hint}`
      break
    case 'NOT_IN_SCOPE':
      message = `${subject} is not in scope: ${file === undefined ? 'there is no scope file' : `no include entry of ${name} holds it`}`
      break
    case 'EXPIRED':
      message = `${subject} is refused: ${name} expired after ${refusal.validUntil} (UTC)`
      hint = `have the permission renewed, then set valid_until in ${name}`
      break
    case 'NOT_YET_VALID':
      message = `${subject} is refused: ${name} is valid from ${refusal.validFrom} (UTC)`
      hint = 'wait for that day, or have the permission changed'
      break
    case 'METHOD_NOT_ALLOWED':
      message = `${subject} is refused: ${name} does not allow the method ${refusal.method}`
      hint = `if its owner agrees, add ${refusal.method} to methods in ${name}`
      break
  }
  return { message, hint }
}

function embeddedText(
  refusal: EmbeddedRefusal,
  subject: string,
  pieces: readonly string[],
  file: ScopeFile | undefined,
): RefusalText {
  const inner = formatAddress(refusal.inner)
  const inside = refusalText(refusal.refusal, inner, [inner], file)
  const canBeGranted =
    refusal.code === 'EMBEDDED_NOT_IN_SCOPE' || refusal.code === 'EMBEDDED_PRIVATE_NOT_LISTED'
  return {
    message: `${subject} leads to ${inner} by ${refusal.kind}, and ${inside.message}`,
    hint: canBeGranted ? inside.hint : leaveOutHint(pieces),
  }
}

function refusalRule(refusal: Refusal, file: ScopeFile | undefined): string {
  if ('inner' in refusal)
    return `${formatAddress(refusal.inner)} inside (${refusal.kind}): ${refusalRule(refusal.refusal, file)}`
  const name = nameOf(file)
  let rule: string
  switch (refusal.code) {
    case 'EXCLUDED':
      rule = entryText(refusal.entry, file)
      break
    case 'NEVER':
      rule =
        refusal.special === undefined
          ? 'broadcast and network addresses of a local network (RFC 919)'
          : describeSpecial(refusal.special)
      break
    case 'PRIVATE_NOT_LISTED':
      rule = describeSpecial(refusal.special)
      break
    case 'NOT_IN_SCOPE':
      rule = file === undefined ? 'no scope file' : `no include entry of ${name}`
      break
    case 'EXPIRED':
      rule = `valid_until ${refusal.validUntil} of ${name}`
      break
    case 'NOT_YET_VALID':
      rule = `valid_from ${refusal.validFrom} of ${name}`
      break
    case 'METHOD_NOT_ALLOWED':
      rule = `methods of ${name}`
      break
  }
  return rule
}

/** `scope.yaml:8:3 (include 198.18.0.0/15)` */
function entryText(entry: ScopeEntry, file: ScopeFile | undefined): string {
  return `${nameOf(file)}:${entry.line}:${entry.column} (${entry.list} ${escapeText(entry.text, 80)})`
}

function nameOf(file: ScopeFile | undefined): string {
  return file === undefined ? 'the scope file' : escapeText(file.file)
}

function leaveOutHint(pieces: readonly string[]): string {
  return `leave it out: --exclude ${pieces.join(',')}`
}

function grantHint(pieces: readonly string[], file: ScopeFile | undefined): string {
  const command = `portolan scope init ${pieces.join(' ')} > scope.yaml`
  return file === undefined
    ? `with its owner's permission: ${command}, then scan with --scope scope.yaml`
    : `with its owner's permission, add it to include in ${escapeText(file.file)}, or: ${command}`
}
