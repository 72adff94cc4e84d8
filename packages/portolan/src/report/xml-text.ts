import { safeText } from './safe-text.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Printable ASCII without the five characters above: most of a report. */
const AS_IT_IS = /^[\x20\x21\x23-\x25\x28-\x3b\x3d\x3f-\x7e]{0,4096}$/

/**
 * Text for an attribute or an element. Controls cannot stand in XML 1.0 even as character references (section
 * 2.2), nor can U+FFFE and U+FFFF; they come out in escapeText's notation.
 */
function xmlText(text: string): string {
  if (AS_IT_IS.test(text)) return text
  return safeText(text)
    .replaceAll(/[\ufffe\uffff]/g, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`)
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

/** ` name="value"` for each attribute that has a value, in the order given. */
export function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  let text = ''
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) text += ` ${name}="${xmlText(String(value))}"`
  return text
}

/** RFC 3339 to whole seconds since 1970, which is how nmap counts. */
export function xmlEpoch(time: string): number | undefined {
  const milliseconds = Date.parse(time)
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}
