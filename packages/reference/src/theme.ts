/** The look of a page where it differs from the plugin's own. */
import type { DeclarationReflection, Reflection } from 'typedoc'
import { MarkdownTheme, MarkdownThemeContext, type MarkdownPageEvent } from 'typedoc-plugin-markdown'
import { constantTables } from './constants-page.ts'
import { CONSTANTS } from './reader-view.ts'

export class ApiTheme extends MarkdownTheme {
  override getRenderContext(page: MarkdownPageEvent<Reflection>): MarkdownThemeContext {
    const context = new MarkdownThemeContext(this, page, this.application.options)
    const { body } = context.partials
    context.partials = {
      ...context.partials,
      body: (model, options) =>
        model.name === CONSTANTS ? constantTables(model.children ?? [], context) : body(model, options),
      accessor: (model, { headingLevel }) => accessor(model, context, headingLevel),
      // A line number would make the page stale with every edit above it; where a member comes from says its class.
      sources: () => '',
      inheritance: () => '',
    }
    return context
  }
}

/** As a property, which is what it is to whoever uses it; the plugin makes two functions of it. */
function accessor(model: DeclarationReflection, context: MarkdownThemeContext, headingLevel: number): string {
  const { getSignature, setSignature } = model
  const type = getSignature?.type ?? setSignature?.parameters?.[0]?.type
  const readonly = setSignature === undefined ? '`readonly` ' : ''
  const comments = [model, getSignature, setSignature].flatMap((one) => one?.comment ?? [])
  return [
    `> ${readonly}**${model.name}**: ${type === undefined ? '' : context.partials.someType(type)}`,
    ...comments.map((comment) => context.partials.comment(comment, { headingLevel, showReturns: true })),
  ].join('\n\n')
}
