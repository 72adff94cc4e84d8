/** Which page is about what: an entry has one, each of its classes has one, and the constants have one. */
import { ReflectionKind, type Reflection } from 'typedoc'
import { MemberRouter } from 'typedoc-plugin-markdown'

export class ApiPages extends MemberRouter {
  override getIdealBaseName(reflection: Reflection): string {
    if (reflection.kindOf(ReflectionKind.Module) || reflection.parent === undefined) return reflection.name
    // Names of what has no page are never written, but taken all the same: `socket` must leave `Socket` its own.
    const name = reflection.kindOf(ReflectionKind.Class)
      ? reflection.name
      : `${reflection.kind} ${reflection.name}`
    return `${this.getIdealBaseName(reflection.parent)}/${name}`
  }
}
