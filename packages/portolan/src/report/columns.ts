/**
 * Text in columns of a terminal: widths in cells, not in characters (Unicode Standard Annex 11: East Asian wide
 * characters take two; combining marks none). Text must be free of controls.
 */

const GAP = '  '
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u
const COMBINING = /[\p{Mn}\p{Me}]/u
const ASCII = /^[\x20-\x7e]*$/

/** Cells that text takes on a terminal. */
export function cellWidth(text: string): number {
  if (ASCII.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** Text cut to a number of cells, ending in `…` if it was longer. */
export function cutToWidth(text: string, width: number): string {
  if (cellWidth(text) <= width) return text
  let cut = ''
  let used = 0
  for (const character of text) {
    used += characterWidth(character)
    if (used > width - 1) break
    cut += character
  }
  return width > 0 ? `${cut}…` : ''
}

function characterWidth(character: string): number {
  if (COMBINING.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

interface ColumnOptions {
  /** Cells to a line. */
  readonly width?: number
  /**
   * Columns that may be cut to keep within `width`, the first of them first, each down to its least width. What is
   * still too wide then is left: a port or a state that is cut would be another port or state.
   */
  readonly flexible?: readonly { readonly column: number; readonly least: number }[]
  /** Decorates a padded cell with what takes no room: colour. Never called for the head. */
  readonly paint?: (text: string, column: number, row: number) => string
}

/**
 * Rows of cells as lines, columns to the left, two blanks between, none at the end of a line.
 *
 * @param rows the head first
 */
export function inColumns(rows: readonly (readonly string[])[], options: ColumnOptions = {}): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, cellWidth(cell))
  shrink(widths, options)
  return rows.map((row, index) => {
    let line = ''
    let blanks = ''
    for (const [column, cell] of row.entries()) {
      const width = widths[column] ?? 0
      const text = cutToWidth(cell, width)
      if (text !== '')
        line += blanks + (index > 0 && options.paint ? options.paint(text, column, index - 1) : text)
      blanks = (text === '' ? blanks : '') + ' '.repeat(width - cellWidth(text)) + GAP
    }
    return line
  })
}

function shrink(widths: number[], { width, flexible = [] }: ColumnOptions): void {
  if (width === undefined) return
  let excess = widths.reduce((sum, cells) => sum + cells, (widths.length - 1) * GAP.length) - width
  for (const { column, least } of flexible) {
    if (excess <= 0) return
    const cells = widths[column] ?? 0
    const less = Math.min(excess, Math.max(0, cells - least))
    widths[column] = cells - less
    excess -= less
  }
}
