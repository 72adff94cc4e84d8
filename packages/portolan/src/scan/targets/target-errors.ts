/** What can be wrong with the targets a user gives. Every message is one line that ends with the way out. */
import { escapeText } from '../../text/untrusted.ts'

/** A fault in what the user asked for: wrong usage, exit status 2. */
export class TargetError extends Error {
  override readonly name: string = 'TargetError'
  /** The way out; already part of `message`. */
  readonly hint: string

  constructor(problem: string, hint: string) {
    super(`${problem}; ${hint}`)
    this.hint = hint
  }
}

/** The targets are well written but too many, or fall into too many separate ranges. */
export class TargetLimitError extends TargetError {
  override readonly name = 'TargetLimitError'
}

/** A list of targets that cannot be read. */
export class TargetFileError extends TargetError {
  override readonly name = 'TargetFileError'
}

/** Where in a list of targets a word stands; lines count from 1. */
export interface TargetSource {
  readonly file: string
  readonly line: number
}

/** A word that is no target. */
export class TargetSyntaxError extends TargetError {
  override readonly name = 'TargetSyntaxError'
  /** The word as it was given: escape it before printing. */
  readonly word: string
  /** The character of the word where the fault is, from 1. */
  readonly position: number
  readonly source: TargetSource | undefined

  constructor(word: string, position: number, problem: string, hint: string, source?: TargetSource) {
    const place = source === undefined ? '' : `${escapeText(source.file)}:${source.line}: `
    // Problem and hint may quote parts of the word.
    super(
      `${place}target "${escapeText(word, 80)}", character ${position}: ${escapeText(problem, 300)}`,
      escapeText(hint, 300),
    )
    this.word = word
    this.position = position
    this.source = source
  }
}

/** Ends the parsing of a word; `position` counts from 0 here. */
export type Fail = (position: number, problem: string, hint: string) => never
