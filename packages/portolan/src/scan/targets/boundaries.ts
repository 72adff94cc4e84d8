/**
 * Sets of whole numbers as sorted boundaries: `b0 < b1 < b2 < b3 …` stands for `[b0, b1) ∪ [b2, b3) …`.
 *
 * With half-open ranges the whole algebra needs comparisons only, never `+ 1`, so that one code serves IPv4
 * (numbers up to 2^32) and IPv6 (bigints up to 2^128).
 */
export type Boundaries<T extends number | bigint> = ArrayLike<T>

/** The ranges of a set as `[first, end)` pairs, ascending. */
export function* pairs<T extends number | bigint>(set: Boundaries<T>): Generator<[first: T, end: T]> {
  for (let i = 0; i + 1 < set.length; i += 2) {
    const first = set[i]
    const end = set[i + 1]
    if (first !== undefined && end !== undefined) yield [first, end]
  }
}

/**
 * The union of many ranges. The firsts and the ends come sorted each for itself: which end belonged to which
 * first does not matter to a union, only how many ranges are open at a point.
 */
export function mergeRanges<T extends number | bigint>(firsts: ArrayLike<T>, ends: ArrayLike<T>): T[] {
  const out: T[] = []
  let open = 0
  let i = 0
  for (let j = 0; j < ends.length; j++) {
    const end = ends[j]
    if (end === undefined) break
    // A range that starts where another ends joins it, so starts are taken before an equal end.
    for (let first = firsts[i]; first !== undefined && first <= end; first = firsts[++i])
      if (open++ === 0) out.push(first)
    if (--open === 0) out.push(end)
  }
  return out
}

/** The set of points for which `keep(inA, inB)` holds; `keep(false, false)` has to be false. */
export function combine<T extends number | bigint>(
  a: Boundaries<T>,
  b: Boundaries<T>,
  keep: (inA: boolean, inB: boolean) => boolean,
): T[] {
  const out: T[] = []
  let i = 0
  let j = 0
  for (;;) {
    const x = a[i]
    const y = b[j]
    const next = y === undefined || (x !== undefined && x <= y) ? x : y
    if (next === undefined) return out
    if (x === next) i++
    if (y === next) j++
    const inside = keep(i % 2 === 1, j % 2 === 1)
    if (inside !== (out.length % 2 === 1)) out.push(next)
  }
}

export const or = (inA: boolean, inB: boolean): boolean => inA || inB
export const and = (inA: boolean, inB: boolean): boolean => inA && inB
export const butNot = (inA: boolean, inB: boolean): boolean => inA && !inB

/** Whether a point is in the set: an odd number of boundaries lies at or below it. */
export function holds<T extends number | bigint>(set: Boundaries<T>, point: T): boolean {
  return boundariesUpTo(set, point) % 2 === 1
}

/** Whether any point from `first` to `last`, both included, is in the set. */
export function overlaps<T extends number | bigint>(set: Boundaries<T>, first: T, last: T): boolean {
  const below = boundariesUpTo(set, first)
  const next = set[below]
  return below % 2 === 1 || (next !== undefined && next <= last)
}

function boundariesUpTo<T extends number | bigint>(set: Boundaries<T>, point: T): number {
  let low = 0
  let high = set.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const boundary = set[middle]
    if (boundary !== undefined && boundary <= point) low = middle + 1
    else high = middle
  }
  return low
}
