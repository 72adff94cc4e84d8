/**
 * Text that a network peer chose: banners, DNS names, certificate fields.
 *
 * It is a class of its own and no string, so that neither the type checker nor a template literal lets it
 * through raw: a function that prints takes `string`, and {@link escapeText} is the one way from here to there.
 * The rule behind it is CWE-150: what a peer sends must not reach a terminal, a log or a report as control
 * sequences.
 */
export class Untrusted {
  readonly #raw: string

  constructor(raw: string) {
    this.#raw = raw
  }

  /** The text as the peer sent it: to be parsed or compared, never printed. */
  get raw(): string {
    return this.#raw
  }

  /** Escaped, so that an accidental `${text}` is harmless. Portolan's own; never throws. */
  toString(): string {
    return escapeText(this.#raw)
  }

  /** Escaped, for JSON.stringify (ECMA-262, SerializeJSONProperty). Never throws. */
  toJSON(): string {
    return escapeText(this.#raw)
  }
}

// Controls, format characters (bidi overrides and zero-width among them: Unicode TR 36 section 2.10), line and
// paragraph separators, lone surrogates, and everything else that is drawn as nothing.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Makes text safe for one line of a terminal, a log or a report: every control, bidi, zero-width or otherwise
 * invisible character becomes `\xHH` or `\u{H…}` and a backslash becomes `\\`, so that the result is unambiguous.
 *
 * @param limit longest result in characters; what is longer is cut and ends in `…`.
 */
export function escapeText(text: Untrusted | string, limit = 4096): string {
  const raw = typeof text === 'string' ? text : text.raw
  // Escapes only make text longer, so nothing past the limit can be part of the result.
  const escaped = raw
    .slice(0, limit)
    .replaceAll('\\', '\\\\')
    .replace(UNPRINTABLE, (character) => {
      const code = character.codePointAt(0) ?? 0
      return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
    })
  return raw.length > limit || escaped.length > limit ? `${escaped.slice(0, limit)}…` : escaped
}
