/** Goes through what the entries export and lists what comments leave out. */
import { ReflectionKind, type DeclarationReflection } from 'typedoc'
import { unsaid, unsaidOfField } from './comment-rules.ts'
import type { Model } from './model.ts'

export interface Omission {
  readonly path: string
  readonly line: number
  /** As in `Socket.recv`. */
  readonly name: string
  /** What the comment must say yet. */
  readonly missing: string
}

/**
 * @param entries names of the modules to look at; of all others nothing is asked
 * @throws Error for a module that is not there, of which nothing would be found missing
 */
export function omissions({ project, waiting }: Model, entries: readonly string[]): Omission[] {
  const modules = (project.children ?? []).filter(({ name }) => entries.includes(name))
  if (modules.length < entries.length) throw new Error(`not all of these are entries: ${entries.join(', ')}`)
  return modules
    .flatMap(({ children = [] }) => children)
    .flatMap((exported) => [exported, ...(exported.children ?? [])])
    .flatMap((documented) => omissionsOf(documented, waiting))
    .sort((one, other) => one.path.localeCompare(other.path, 'en') || one.line - other.line)
}

function omissionsOf(documented: DeclarationReflection, waiting: Model['waiting']): Omission[] {
  // `[Symbol.dispose]` and its like are the language's: it says what they are for.
  if (documented.name.startsWith('[') || documented.inheritedFrom?.reflection !== undefined) return []
  const { path, line } = placeOf(documented)
  return missingFrom(documented, waiting).map((missing) => ({
    path,
    line,
    name: nameOf(documented),
    missing,
  }))
}

function missingFrom(documented: DeclarationReflection, waiting: Model['waiting']): string[] {
  if (documented.kindOf([ReflectionKind.Property, ReflectionKind.Accessor])) return unsaidOfField(documented)
  const isCall =
    documented.kindOf(ReflectionKind.Function) ||
    (documented.kindOf(ReflectionKind.Method) && documented.parent?.kindOf(ReflectionKind.Class) === true)
  if (!isCall) return []
  return unsaid(documented, documented.signatures?.some((one) => waiting.has(one)) === true)
}

function nameOf(documented: DeclarationReflection): string {
  const { parent, name } = documented
  return parent === undefined || parent.kindOf(ReflectionKind.Module) ? name : `${parent.name}.${name}`
}

/** A call with overloads is where its first one is. */
function placeOf(documented: DeclarationReflection): { readonly path: string; readonly line: number } {
  const source = (documented.signatures?.[0]?.sources ?? documented.sources)?.[0]
  return { path: source?.fullFileName ?? '', line: source?.line ?? 0 }
}
