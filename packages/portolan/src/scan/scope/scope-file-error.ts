import { escapeText } from '../../text/untrusted.ts'

/** Where something stands in a file; both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A scope file that cannot be used: wrong usage, exit status 2. One line: file, place, fault, way out. */
export class ScopeFileError extends Error {
  override readonly name = 'ScopeFileError'
  readonly file: string
  readonly place: Place | undefined
  /** The way out; already part of `message`. */
  readonly hint: string

  constructor(file: string, place: Place | undefined, problem: string, hint = '') {
    const where = place === undefined ? '' : `:${place.line}:${place.column}`
    super(`${escapeText(file)}${where}: ${problem}${hint === '' ? '' : `; ${hint}`}`)
    this.file = file
    this.place = place
    this.hint = hint
  }
}
