/**
 * The candidate that was most likely meant, or undefined where none is near: equal but for case, then one that
 * begins with the word, then least typing errors (at most one in three letters), equal first letters preferred.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase()
  if (wanted === '') return undefined
  const sameLetters = candidates.find((candidate) => candidate.toLowerCase() === wanted)
  if (sameLetters !== undefined) return sameLetters
  const longer = candidates.filter((candidate) => candidate.toLowerCase().startsWith(wanted))
  if (wanted.length > 1 && longer.length > 0) return longer.reduce((a, b) => (b.length < a.length ? b : a))
  let best: string | undefined
  let bestCost = Math.max(1, Math.floor(wanted.length / 3)) + 0.75
  for (const candidate of candidates) {
    const other = candidate.toLowerCase()
    const distance = typingErrors(wanted, other)
    // A distance as long as the shorter word says that nothing is alike.
    if (distance >= Math.max(wanted.length, other.length)) continue
    const cost = distance + (other[0] === wanted[0] ? 0 : 0.5)
    if (cost < bestCost) {
      best = candidate
      bestCost = cost
    }
  }
  return best
}

/**
 * Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours, the four
 * typing errors of Damerau (1964).
 */
export function typingErrors(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}
