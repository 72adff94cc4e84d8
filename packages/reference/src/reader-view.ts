/** Changes to typedoc's model, so that it shows what a reader of the reference looks for and not how it is written. */
import {
  Comment,
  DeclarationReflection,
  LiteralType,
  ReflectionKind,
  UnionType,
  type Context,
  type ProjectReflection,
} from 'typedoc'
import ts from 'typescript'

/** Name of the module that holds the constants, and of its page. */
export const CONSTANTS = 'socket/constants'

const ABOUT_CONSTANTS = 'Constants of Linux under the names of its man pages, exported by `portolan/socket`.'

/** To be called before typedoc makes links and groups. */
export function rearrange(context: Context): void {
  callClassesClasses(context)
  spellOutTexts(context)
  dropInnerDefaults(context.project)
  gatherConstants(context.project)
}

/** A class that is exported as a type is an interface to typedoc; for whoever reads about it, it is still a class. */
function callClassesClasses(context: Context): void {
  for (const reflection of context.project.getReflectionsByKind(ReflectionKind.Interface)) {
    const declarations = context.getSymbolFromReflection(reflection)?.declarations ?? []
    if (declarations.some(ts.isClassDeclaration)) reflection.kind = ReflectionKind.Class
  }
}

/** `(typeof STATES)[number]` says nothing to those who cannot see STATES; the texts themselves do. */
function spellOutTexts(context: Context): void {
  const checker = context.programs[0]?.getTypeChecker()
  for (const reflection of context.project.getReflectionsByKind(ReflectionKind.TypeAlias)) {
    const symbol = context.getSymbolFromReflection(reflection)
    const type = symbol === undefined ? undefined : checker?.getDeclaredTypeOfSymbol(symbol)
    if (!reflection.isDeclaration() || type?.isUnion() !== true) continue
    const texts = type.types.flatMap((one) => (one.isStringLiteral() ? one.value : []))
    // In order, because the compiler's own depends on what it read before.
    if (texts.length === type.types.length)
      reflection.type = new UnionType(texts.sort().map((text) => new LiteralType(text)))
  }
}

/** A default is told by its value or by a name that is exported; any other name is the inside's. */
function dropInnerDefaults(project: ProjectReflection): void {
  const exported = new Set(project.getReflectionsByKind(ReflectionKind.Variable).map(({ name }) => name))
  for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
    if (!parameter.isParameter() || !/^[A-Z_]+$/.test(parameter.defaultValue ?? '')) continue
    if (!exported.has(parameter.defaultValue ?? '')) delete parameter.defaultValue
  }
}

/** Moves what is a number under a name out of `portolan/socket`. */
function gatherConstants(project: ProjectReflection): void {
  const entry = project.getChildByName(['socket'])
  if (!entry?.isDeclaration()) return
  const page = new DeclarationReflection(CONSTANTS, ReflectionKind.Module, project)
  page.comment = new Comment([{ kind: 'text', text: ABOUT_CONSTANTS }])
  project.registerReflection(page, undefined, undefined)
  const constants = entry.children?.filter(
    ({ kind, type }) => kind === ReflectionKind.Variable && type?.type === 'literal',
  )
  for (const constant of constants ?? []) {
    entry.removeChild(constant)
    constant.parent = page
    page.addChild(constant)
  }
  project.addChild(page)
}
