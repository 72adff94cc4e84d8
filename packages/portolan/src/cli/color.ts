/** When and how to colour: each stream is judged on its own. */
import { styleText } from 'node:util'
import type { Environment } from './settings.ts'

export const COLOR_CHOICES = ['auto', 'always', 'never'] as const
export type ColorChoice = (typeof COLOR_CHOICES)[number]

/**
 * Whether to colour what goes to a stream. The flag decides; in `auto` NO_COLOR (no-color.org: present and not
 * empty) comes before FORCE_COLOR (0 and false mean no), then `TERM=dumb`, then whether it is a terminal.
 */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  choice: ColorChoice,
  env: Environment,
): boolean {
  if (choice !== 'auto') return choice === 'always'
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false
  const force = env['FORCE_COLOR']
  if (force !== undefined) return force !== '0' && force !== 'false'
  return env['TERM'] !== 'dumb' && stream.isTTY === true
}

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

/** A function that colours, or one that returns the text as it is. */
export function paintFor(...why: Parameters<typeof wantsColor>): Paint {
  // styleText would judge the stream by rules of its own (FORCE_COLOR before NO_COLOR, with a warning).
  if (wantsColor(...why)) return (style, text) => styleText(style, text, { validateStream: false })
  return (_style, text) => text
}
