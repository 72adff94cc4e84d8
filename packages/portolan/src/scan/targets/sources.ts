/** Lists of targets from files and from standard input (`-iL`, `--excludefile`). */
import { createReadStream } from 'node:fs'
import { escapeText } from '../../text/untrusted.ts'
import { TargetFileError } from './target-errors.ts'
import type { TargetSource } from './target-errors.ts'

/** Longer than any target: a longer line is a sign that the file is something else. */
const MAX_LINE = 4096

export interface TargetWord {
  readonly word: string
  readonly source: TargetSource
}

/**
 * The words of a list, as the file is read: separated by blanks, `#` begins a comment that ends with the line.
 *
 * @param file path, or `-` for standard input
 * @throws TargetFileError for a file that cannot be read, is not UTF-8 or has a line over 4096 characters
 */
export async function* readTargetWords(
  file: string,
  stdin: AsyncIterable<Uint8Array | string> = process.stdin,
): AsyncGenerator<TargetWord> {
  const name = file === '-' ? 'stdin' : file
  let number = 0
  for await (const lines of linesOf(file === '-' ? stdin : createReadStream(file), name))
    for (const line of lines) {
      const source = { file: name, line: ++number }
      for (const word of line.replace(/#.*/, '').split(/\s+/)) if (word !== '') yield { word, source }
    }
}

/** The lines of each chunk together: a promise for every line would cost more than reading it. */
async function* linesOf(chunks: AsyncIterable<Uint8Array | string>, file: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  let number = 1
  for await (const text of decoded(chunks, decoder, file, () => number)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const [index, line] of lines.entries()) checkLength(line, file, number + index)
    number += lines.length
    checkLength(rest, file, number)
    yield lines
  }
  yield [rest]
}

/** Chunks as text; faults of the file and of its encoding become a {@link TargetFileError}. */
async function* decoded(
  chunks: AsyncIterable<Uint8Array | string>,
  decoder: TextDecoder,
  file: string,
  line: () => number,
): AsyncGenerator<string> {
  try {
    for await (const chunk of chunks)
      yield typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    yield decoder.decode()
  } catch (error) {
    if (error instanceof TypeError)
      throw new TargetFileError(
        `${escapeText(file)}: not UTF-8 text, near line ${line()}`,
        'save the list as plain UTF-8',
      )
    if (!(error instanceof Error)) throw error
    throw new TargetFileError(
      `${escapeText(file)}: cannot be read (${reasonOf(error)})`,
      'give a file that can be read',
    )
  }
}

function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : escapeText(error.message, 200)
}

function checkLength(line: string, file: string, number: number): void {
  if (line.length > MAX_LINE)
    throw new TargetFileError(
      `${escapeText(file)}:${number}: the line is longer than ${MAX_LINE} characters`,
      'write one target a line',
    )
}
