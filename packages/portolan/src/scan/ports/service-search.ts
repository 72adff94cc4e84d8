/** Finding services by name: masks as people type them, and the nearest name to a misspelt one. */
import type { Protocol } from '../states.ts'
import { namedPorts } from './registry.ts'
import type { PortService } from './registry.ts'

/**
 * Named ports of which the name or an alias fits `mask`, ascending, tcp before udp on the same number. `*` stands
 * for any characters, `?` for one; case does not matter.
 */
export function findServices(mask: string): readonly PortService[] {
  const wanted = mask.toLowerCase()
  const found: PortService[] = []
  for (const service of namedPorts())
    if (
      matchesMask(service.name.toLowerCase(), wanted) ||
      service.aliases.some((alias) => matchesMask(alias.toLowerCase(), wanted))
    )
      found.push(service)
  return found
}

/**
 * The name nearest to a misspelt one, or undefined if none is near: as many slips as a third of the word's length
 * are forgiven, one at least. Among equals the lowest port wins, as the older and better known service.
 */
export function nearestServiceName(word: string, protocols: readonly Protocol[]): string | undefined {
  const wanted = word.toLowerCase()
  let nearest: string | undefined
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const service of namedPorts()) {
    if (!protocols.includes(service.protocol)) continue
    for (const name of [service.name, ...service.aliases]) {
      // Lengths differ by no more than the distance; names that begin with a digit cannot be written in a spec.
      if (Math.abs(name.length - wanted.length) >= least || /^\d/.test(name)) continue
      const distance = editDistance(wanted, name.toLowerCase())
      if (distance < least) {
        least = distance
        nearest = name.toLowerCase()
      }
    }
  }
  return nearest
}

/**
 * Whether the whole name fits the mask. It goes back to the last `*` only, which suffices for globs and keeps the
 * time at |name| × |mask|, where a regular expression could take exponential time on a mask such as `*?*?*?*x`.
 */
function matchesMask(name: string, mask: string): boolean {
  let inName = 0
  let inMask = 0
  let star = -1
  let starInName = 0
  while (inName < name.length) {
    const wanted = mask[inMask]
    if (wanted === '*') {
      star = inMask++
      starInName = inName
    } else if (wanted === '?' || wanted === name[inName]) {
      inName++
      inMask++
    } else if (star >= 0) {
      inMask = star + 1
      inName = ++starInName
    } else return false
  }
  while (mask[inMask] === '*') inMask++
  return inMask === mask.length
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours each cost 1. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length] ?? a.length
}
