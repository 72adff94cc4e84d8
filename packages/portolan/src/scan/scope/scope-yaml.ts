/** From the bytes of a scope file to checked data, with the place of every value for messages. */
import { LineCounter, isMap, isNode, isScalar, parseDocument, visit } from 'yaml'
import type { Document } from 'yaml'
import type { z } from 'zod'
import { escapeText } from '../../text/untrusted.ts'
import { ScopeFileError } from './scope-file-error.ts'
import type { Place } from './scope-file-error.ts'
import { scopeSchema } from './scope-schema.ts'

export type ScopeDocument = z.output<typeof scopeSchema>

/** @throws ScopeFileError */
export function readScopeDocument(
  bytes: Uint8Array,
  file: string,
): { readonly data: ScopeDocument; readonly placeOf: (path: readonly PropertyKey[]) => Place } {
  const lines = new LineCounter()
  const document = parseYaml(bytes, file, lines)
  const placeOf = (path: readonly PropertyKey[]): Place => placeIn(document, lines, path)
  const result = scopeSchema.safeParse(document.toJS({ maxAliasCount: 0 }))
  if (result.success) return { data: result.data, placeOf }
  const [issue] = result.error.issues
  if (issue === undefined) throw new ScopeFileError(file, undefined, 'is no scope file', HINT)
  throw explainIssue(issue, document, placeOf, file)
}

const HINT = 'portolan scope init writes one that is right'

function parseYaml(bytes: Uint8Array, file: string, lines: LineCounter): Document {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ScopeFileError(file, undefined, 'is not UTF-8 text', 'save it as plain UTF-8')
  }
  let document: Document
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  } catch (error) {
    // Thousands of nested brackets end the parser's stack.
    if (!(error instanceof RangeError)) throw error
    throw new ScopeFileError(file, undefined, 'is nested too deeply', HINT)
  }
  // A warning is a tag or directive that the parser did not understand: nothing here may be half understood.
  const [fault] = [...document.errors, ...document.warnings]
  if (fault !== undefined)
    throw new ScopeFileError(file, toPlace(lines, fault.pos[0]), escapeText(fault.message, 200), HINT)
  visit(document, {
    // A few aliases can stand for more data than there is memory.
    Alias(_, { source, range }) {
      throw new ScopeFileError(
        file,
        toPlace(lines, range?.[0] ?? 0),
        `the alias *${escapeText(source, 40)} is not taken`,
        'write the value out; quote a target that begins with *',
      )
    },
  })
  return document
}

type Issue = z.core.$ZodIssue

function explainIssue(
  issue: Issue,
  document: Document,
  placeOf: (path: readonly PropertyKey[]) => Place,
  file: string,
): ScopeFileError {
  const path = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    const known = KEYS.get(path) ?? ''
    return new ScopeFileError(
      file,
      placeOf([...issue.path, key]),
      `unknown key "${escapeText(key, 40)}"`,
      `the keys here are ${known}`,
    )
  }
  const place = placeOf(issue.path)
  if (issue.path.length > 0 && !document.hasIn(issue.path))
    return new ScopeFileError(file, place, `${path} is missing`, HINT)
  const [list] = issue.path
  if (issue.path.length === 2 && (list === 'include' || list === 'exclude')) {
    const node = document.getIn(issue.path, true)
    if (isMap(node) && node.has('host'))
      return new ScopeFileError(file, place, 'hosts by name are not taken yet', 'write their addresses')
    return new ScopeFileError(file, place, 'an entry must be a text', 'put it in quotes, as in "2001:db8::"')
  }
  const problem = path === '' ? 'this is no scope file' : `${path}: ${lowerFirst(issue.message)}`
  return new ScopeFileError(file, place, escapeText(problem, 300), HINT)
}

const KEYS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '': scopeSchema,
    authorisation: scopeSchema.shape.authorisation,
    limits: scopeSchema.shape.limits.unwrap(),
  }).map(([path, schema]) => [path, Object.keys(schema.shape).join(', ')]),
)

/** The key of a mapping, the value of a list, or for what is missing the place of what should hold it. */
function placeIn(document: Document, lines: LineCounter, path: readonly PropertyKey[]): Place {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents
  const last = path.at(-1)
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(last))
    if (isNode(pair?.key) && pair.key.range) return toPlace(lines, pair.key.range[0])
  }
  const node = document.getIn(path, true) ?? parent
  return toPlace(lines, isNode(node) && node.range ? node.range[0] : 0)
}

function toPlace(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
