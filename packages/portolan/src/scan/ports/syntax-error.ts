/** The one error of the port grammar. */
import { escapeText } from '../../text/untrusted.ts'

// A word or a spec may come from a file or a variable: what is quoted must fit one line of a terminal.
const QUOTED_WORD = 40
const QUOTED_SPEC = 60
const QUOTED_HINT = 120

/** A port specification that cannot be read. The message is one line: what is wrong, where, and the way out. */
export class PortSyntaxError extends Error {
  override readonly name = 'PortSyntaxError'
  /** The whole specification as it was given. */
  readonly spec: string
  /** The part of it that is wrong; empty where something is missing. */
  readonly word: string
  /** Where `word` begins in `spec`, counted from 0; the message counts characters from 1. */
  readonly position: number
  /** The way out, such as `did you mean "http"?`. */
  readonly hint: string

  constructor(problem: string, at: { spec: string; word: string; position: number; hint: string }) {
    const word = at.word === '' ? '' : `"${escapeText(at.word, QUOTED_WORD)}" `
    const place =
      at.word === at.spec ? '' : `(character ${at.position + 1} of "${escapeText(at.spec, QUOTED_SPEC)}") `
    super(`${word}${place}${problem}: ${escapeText(at.hint, QUOTED_HINT)}`)
    this.spec = at.spec
    this.word = at.word
    this.position = at.position
    this.hint = at.hint
  }
}
