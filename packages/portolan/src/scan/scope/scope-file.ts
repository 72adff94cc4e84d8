/** Scope files: who allowed what to be scanned, until when. YAML, read once, never executed. */
import { open } from 'node:fs/promises'
import { escapeText } from '../../text/untrusted.ts'
import type { AddressSet } from '../targets/address-set.ts'
import { MAX_RANGES } from '../targets/address-set.ts'
import { parseTarget } from '../targets/grammar.ts'
import { TargetSyntaxError } from '../targets/target-errors.ts'
import type { ScopeMethod } from './scope-methods.ts'
import { ScopeFileError } from './scope-file-error.ts'
import type { Place } from './scope-file-error.ts'
import type { ScopeDocument } from './scope-yaml.ts'

/** One line of `include` or `exclude`. */
export interface ScopeEntry {
  readonly list: 'include' | 'exclude'
  /** As it stands in the file. */
  readonly text: string
  readonly set: AddressSet
  readonly line: number
  readonly column: number
}

export interface ScopeFile {
  /** The path as given. */
  readonly file: string
  /** SHA-256 of the bytes of the file, hex. */
  readonly sha256: string
  readonly authorisation: {
    readonly owner: string
    readonly contact: string
    readonly reference: string
    /** Days, UTC, both included. */
    readonly validFrom: string
    readonly validUntil: string
  }
  readonly include: readonly ScopeEntry[]
  readonly exclude: readonly ScopeEntry[]
  readonly methods: readonly ScopeMethod[]
  readonly limits: ScopeLimits
}

/** Upper limits, probes a second. */
export interface ScopeLimits {
  readonly pps?: number
  readonly ppsPerHost?: number
}

/** A scope file is written by hand; a larger one is something else, or means harm to the parser. */
const MAX_BYTES = 1024 * 1024

/** What `portolan scope init` writes where it was not told; a permission that names nobody is none. */
export const TO_FILL_IN = 'FILL IN'

/** @throws ScopeFileError for a file that cannot be read or is no scope file */
export async function readScopeFile(file: string): Promise<ScopeFile> {
  let bytes: Uint8Array
  try {
    await using handle = await open(file)
    const buffer = new Uint8Array(MAX_BYTES + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    bytes = buffer.subarray(0, length)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const reason = 'code' in error && typeof error.code === 'string' ? error.code : error.message
    throw new ScopeFileError(file, undefined, `cannot be read (${reason})`, 'portolan scope init writes one')
  }
  return await parseScopeFile(bytes, file)
}

/**
 * @param file the name for messages and results
 * @throws ScopeFileError naming file, line, column and the way out
 */
export async function parseScopeFile(bytes: Uint8Array, file: string): Promise<ScopeFile> {
  if (bytes.length > MAX_BYTES)
    throw new ScopeFileError(file, undefined, 'is larger than 1 MiB', 'write networks, not single addresses')
  // Loaded here, as these are slow to load and a scan of this machine alone never needs them.
  const { createHash } = await import('node:crypto')
  const { readScopeDocument } = await import('./scope-yaml.ts')
  const { data, placeOf } = readScopeDocument(bytes, file)
  const { authorisation, limits } = data
  const { valid_from: validFrom, valid_until: validUntil, owner, contact, reference } = authorisation
  for (const [key, value] of Object.entries({ owner, contact, reference }))
    if (value.startsWith(TO_FILL_IN))
      throw new ScopeFileError(
        file,
        placeOf(['authorisation', key]),
        `${key} is not filled in`,
        'write who allowed the scan: nobody else can',
      )
  if (validFrom > validUntil)
    throw new ScopeFileError(
      file,
      placeOf(['authorisation', 'valid_until']),
      `valid_until ${validUntil} is before valid_from ${validFrom}`,
      'swap the two, or correct them',
    )
  const include = entriesOf('include', data, placeOf, file)
  const exclude = entriesOf('exclude', data, placeOf, file)
  const ranges = [...include, ...exclude].reduce((sum, entry) => sum + entry.set.rangeCount, 0)
  if (ranges > MAX_RANGES)
    throw new ScopeFileError(file, undefined, `has ${ranges} separate ranges`, 'write whole networks (/bits)')
  return {
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    authorisation: { owner, contact, reference, validFrom, validUntil },
    include,
    exclude,
    methods: data.methods,
    limits: {
      ...(limits.pps === undefined ? {} : { pps: limits.pps }),
      ...(limits.pps_per_host === undefined ? {} : { ppsPerHost: limits.pps_per_host }),
    },
  }
}

function entriesOf(
  list: 'include' | 'exclude',
  data: ScopeDocument,
  placeOf: (path: readonly PropertyKey[]) => Place,
  file: string,
): ScopeEntry[] {
  return data[list].map((text, index) => {
    const place = placeOf([list, index])
    return { list, text, set: parseEntry(text, place, file), ...place }
  })
}

function parseEntry(text: string, place: Place, file: string): AddressSet {
  try {
    const target = parseTarget(text)
    if (target.kind === 'addresses') return target.set
  } catch (error) {
    if (!(error instanceof TargetSyntaxError)) throw error
    throw new ScopeFileError(file, place, error.message)
  }
  throw new ScopeFileError(
    file,
    place,
    `"${escapeText(text, 80)}" is a name, and what it stands for can change`,
    'write its addresses',
  )
}
