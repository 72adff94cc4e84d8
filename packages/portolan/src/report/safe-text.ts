import { escapeText } from '../text/untrusted.ts'

const PLAIN = /^[\x20-\x7e]*$/

/**
 * Text that is safe on one line of a report, whatever it was before.
 *
 * Strings in events are escaped already; a report does not rely on that. Unlike {@link escapeText} this keeps a
 * backslash as it is, so that escaped text comes out unchanged.
 *
 * @param limit longest result in characters; the default lets through whole what escapeText has cut
 */
export function safeText(text: string, limit = 4097): string {
  if (text.length <= limit && PLAIN.test(text)) return text
  // escapeText doubles every backslash of the input and writes its own singly, so pairs are the input's.
  return escapeText(text, limit).replaceAll('\\\\', '\\')
}
