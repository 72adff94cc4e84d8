/** Text in lines of at most 80 columns: what a terminal has had since the VT100. */

export const WIDTH = 80

/** Breaks text at blanks into lines of at most `width` columns, each with `indent` blanks before it. */
export function wrap(text: string, indent: number, width = WIDTH): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(' '.repeat(indent) + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  if (line !== '') lines.push(' '.repeat(indent) + line)
  return lines
}

/** Leaves more than half of the line to the text. */
const LONGEST_TERM = 36

/** Two columns: terms on the left, texts wrapped on the right; a term that is too long gets a line of its own. */
export function twoColumns(rows: readonly (readonly [term: string, text: string])[], indent = 2): string[] {
  const fitting = rows.map(([term]) => term.length).filter((length) => length <= LONGEST_TERM)
  const column = indent + Math.max(0, ...fitting) + 2
  return rows.flatMap(([term, text]) => {
    const wrapped = wrap(text, column)
    const head = ' '.repeat(indent) + term
    const [first] = wrapped
    if (first === undefined) return [head]
    if (head.length + 2 > column) return [head, ...wrapped]
    return [head.padEnd(column) + first.trimStart(), ...wrapped.slice(1)]
  })
}
