/** The constants of `portolan/socket` on a page of their own, in the groups that their files put them in. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { DeclarationReflection } from 'typedoc'
import type { MarkdownThemeContext } from 'typedoc-plugin-markdown'

/** A file as a chapter, with what its first comment says; a group of lines under one comment as a table. */
export function constantTables(all: readonly DeclarationReflection[], theme: MarkdownThemeContext): string {
  const text: string[] = []
  for (const [path, constants] of [...Map.groupBy(all, pathOf)].sort(byTitle)) {
    const lines = readFileSync(path, 'utf8').split('\n')
    text.push(`## ${titleOf(path)}`, fileComment(lines))
    const groups = Map.groupBy(constants.sort(byLine), (one) => headingOf(lines, lineOf(one)))
    for (const [heading, members] of groups) {
      if (heading !== '') text.push(`### ${heading}`)
      text.push(tableOf(members, lines, theme))
    }
  }
  return text.join('\n\n')
}

function tableOf(
  members: readonly DeclarationReflection[],
  lines: readonly string[],
  theme: MarkdownThemeContext,
): string {
  const rows = members.map((member) => {
    const documented = lines[lineOf(member) - 2]?.trimEnd().endsWith('*/') === true
    const says = documented ? theme.helpers.getCommentParts(member.comment?.summary ?? []) : ''
    const anchor = `<a id="${theme.router.getAnchor(member) ?? ''}"></a>`
    return `| ${anchor}\`${member.name}\` | \`${member.defaultValue ?? ''}\` | ${says.replaceAll(/\s+/g, ' ')} |`
  })
  return ['| Name | Value | |', '| --- | --- | --- |', ...rows].join('\n')
}

/** The nearest `//` line above; a constant before the first one of its file has no heading. */
function headingOf(lines: readonly string[], line: number): string {
  return (
    lines
      .slice(0, line)
      .findLast((text) => text.startsWith('// '))
      ?.slice(3) ?? ''
  )
}

function fileComment(lines: readonly string[]): string {
  const end = lines.findIndex((text) => text.trimEnd().endsWith('*/'))
  return lines
    .slice(0, end + 1)
    .map((text) => text.replace(/^\/?\*\*? ?|^ \*\/?|\*\/$/g, '').trim())
    .join(' ')
    .trim()
}

/** The name of its file, without what says that there are constants in it. */
function titleOf(path: string): string {
  return basename(path, '.ts').replace('constants-', '')
}

function byTitle([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return titleOf(one).localeCompare(titleOf(other), 'en')
}

function byLine(one: DeclarationReflection, other: DeclarationReflection): number {
  return lineOf(one) - lineOf(other)
}

function pathOf(one: DeclarationReflection): string {
  return one.sources?.[0]?.fullFileName ?? ''
}

function lineOf(one: DeclarationReflection): number {
  return one.sources?.[0]?.line ?? 0
}
