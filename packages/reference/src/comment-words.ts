/** The words of a comment, for rules to look into. */
import type { Comment, DeclarationReflection, Reflection, SignatureReflection } from 'typedoc'

/** Everything a comment says, examples and code included; nothing where there is none. */
export function wordsOf(documented: Reflection | undefined): string {
  return partsOf(documented?.comment)
    .map(({ text }) => text)
    .join('')
}

/** What stands outside of code: `recv(0)` is a call there, and recv(2) a page of the manual here. */
export function proseOf(documented: Reflection): string {
  return partsOf(documented.comment)
    .map(({ kind, text }) => (kind === 'code' && !text.startsWith('`node:') ? '' : text))
    .join('')
}

/** What a call says, in its parameters too: typedoc takes them out of its own comment. */
export function wordsOfCall(call: SignatureReflection): string {
  return [call, ...(call.parameters ?? [])].map(wordsOf).join('\n')
}

export function hasThrows({ comment }: SignatureReflection): boolean {
  return comment?.getTag('@throws') !== undefined
}

/** What a comment is a variation on: the name it begins with, as in "{@link recv} without waiting". */
export function openingLink({ comment }: SignatureReflection): DeclarationReflection | undefined {
  const first = comment?.summary.find(({ text }) => text.trim() !== '')
  if (first?.kind !== 'inline-tag' || first.tag !== '@link') return undefined
  const { target } = first
  return target instanceof Object && 'isDeclaration' in target && target.isDeclaration() ? target : undefined
}

function partsOf(comment: Comment | undefined): readonly Comment['summary'][number][] {
  return comment === undefined
    ? []
    : [comment.summary, ...comment.blockTags.map(({ content }) => content)].flat()
}
