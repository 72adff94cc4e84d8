/** What `portolan scope init` writes: a scope file that is complete and valid as it is. */
import { escapeText } from '../../text/untrusted.ts'
import { parseTarget } from '../targets/grammar.ts'
import { TargetError } from '../targets/target-errors.ts'
import type { ScopeLimits } from './scope-file.ts'
import type { ScopeMethod } from './scope-methods.ts'

export interface ScopeFileContent {
  /** Targets in the grammar of the command line, no names. */
  readonly include: readonly string[]
  readonly exclude?: readonly string[]
  /** Who is answerable for the networks. */
  readonly owner: string
  /** Whom to call when something goes wrong. */
  readonly contact: string
  /** The document that gives the permission. */
  readonly reference: string
  /** First and last day, UTC, as in 2027-01-31. */
  readonly validFrom: string
  readonly validUntil: string
  readonly methods?: readonly ScopeMethod[]
  readonly limits?: ScopeLimits
}

/** @throws TargetError for a word that is no target, or is a name */
export function renderScopeFile(content: ScopeFileContent): string {
  const { methods = ['connect'], limits = {} } = content
  const lines = [
    '# What may be scanned, and who allowed it. Exclusions always win; without this file only this machine may',
    '# be scanned. Private networks (10.0.0.0/8 and the like) need entries of their own in include.',
    'version: 1',
    'authorisation:',
    `  owner: ${quoted(content.owner)}`,
    `  contact: ${quoted(content.contact)}`,
    `  reference: ${quoted(content.reference)} # the document that gives the permission`,
    `  valid_from: ${content.validFrom}`,
    `  valid_until: ${content.validUntil} # the last day, UTC`,
    ...listOf('include', content.include),
    ...listOf('exclude', content.exclude ?? []),
    `methods: [${methods.join(', ')}] # of connect, syn, udp, services`,
  ]
  const rates = [
    ...(limits.pps === undefined ? [] : [`  pps: ${limits.pps}`]),
    ...(limits.ppsPerHost === undefined ? [] : [`  pps_per_host: ${limits.ppsPerHost}`]),
  ]
  if (rates.length > 0) lines.push('limits: # probes a second', ...rates)
  return `${lines.join('\n')}\n`
}

function listOf(key: string, words: readonly string[]): string[] {
  if (words.length === 0) return [`${key}: []`]
  for (const word of words)
    if (parseTarget(word).kind === 'name')
      throw new TargetError(
        `"${escapeText(word, 80)}" is a name, and a scope file holds addresses`,
        'give its addresses',
      )
  return [`${key}:`, ...words.map((word) => `  - ${quoted(word)}`)]
}

/** JSON strings are YAML strings (YAML 1.2.2 section 1.2). */
function quoted(text: string): string {
  return JSON.stringify(text)
}
