/** Judges all targets of a scan at once, by arithmetic on ranges: 0.0.0.0/0 takes no longer than one address. */
import { firstOf, formatRange } from '../targets/address-range.ts'
import { AddressSet } from '../targets/address-set.ts'
import { AddressSetBuilder, unionOf } from '../targets/address-set-builder.ts'
import { MAPPED_FIRST, MAPPED_LAST } from '../targets/mapped-ipv4.ts'
import { TargetSpace } from '../targets/target-space.ts'
import { compileScope } from './compile-scope.ts'
import { LOCAL_NAT64, NAT64, SIX_TO_FOUR, liftTo6to4, liftToNat64 } from './embedded.ts'
import { refusalText } from './refusal-text.ts'
import type { Scope } from './scope.ts'
import type { ScopeMethod } from './scope-methods.ts'
import { METADATA, SPECIAL_RANGES, specialSet } from './special-ranges.ts'
import type { RefusalCode } from './verdict.ts'

/** Addresses refused for one reason. */
export interface SpaceRefusal {
  readonly code: RefusalCode
  readonly set: AddressSet
  /** How many addresses. */
  readonly size: number
  readonly message: string
  readonly hint: string
}

export interface SpaceCheck {
  /** What is to be scanned: the targets without `leftOut`. Only where `refused` is empty. */
  readonly space: TargetSpace
  /** Not empty: the scan must not begin (exit status 5). */
  readonly refused: readonly SpaceRefusal[]
  /**
   * Exclusions of the scope file, and broadcast and network addresses of local networks, inside ranges of which
   * other addresses may be scanned. They are left out as with `--exclude`, and the user should be told; a range
   * that is nothing else is refused.
   */
  readonly leftOut: readonly SpaceRefusal[]
}

export function checkSpace(scope: Scope, space: TargetSpace, method: ScopeMethod): SpaceCheck {
  const { allowed, permitted } = compileScope(scope, method)
  const targets = withoutMapped(space.toSet())
  const bad = minusCovered(targets, allowed)
  if (bad.isEmpty) return { space, refused: [], leftOut: [] }
  const excluded = unionOf(scope.exclusions.map(({ set }) => set))
  const good = targets.subtract(bad)
  const hopeless = new AddressSetBuilder()
  for (const range of targets.ranges()) if (!good.meets(range)) hopeless.add(range)
  const whole = hopeless.build()

  const refused: SpaceRefusal[] = []
  const leftOut: SpaceRefusal[] = []
  const between = targets.intersect(scope.own.union(scope.broadcasts))
  const describe = (set: AddressSet): SpaceRefusal[] => describeSet(scope, set, between, method)
  let rest = minusCovered(bad, permitted)
  const terms = bad.subtract(rest)
  for (const quiet of [excluded, scope.broadcasts]) {
    const hit = rest.intersectInEveryZone(quiet)
    leftOut.push(...describe(hit.subtract(whole)))
    refused.push(...describe(hit.intersect(whole)))
    rest = rest.subtract(hit)
  }
  for (const cell of cells(scope, excluded)) {
    if (!rest.meetsInEveryZone(cell)) continue
    const hit = rest.intersectInEveryZone(cell)
    refused.push(...describe(hit))
    rest = rest.subtract(hit)
  }
  refused.push(...describe(rest), ...describe(terms))
  return { space: TargetSpace.of(targets.subtract(unionOf(leftOut.map(({ set }) => set)))), refused, leftOut }
}

/** Parts of the address space inside each of which one rule, and one text, holds for what is refused. */
function cells(scope: Scope, excluded: AddressSet): AddressSet[] {
  const special = SPECIAL_RANGES.filter(({ class: kind }) => kind === 'never' || kind === 'private')
  const included = unionOf(scope.permissions.map(({ entry }) => entry.set))
  const inside = [
    excluded,
    unionOf([specialSet('never'), specialSet('loopback'), scope.broadcasts]),
    specialSet('private'),
    IPV4,
  ]
  const embedded = inside.flatMap((set) => [
    liftTo6to4(set).intersectInEveryZone(included),
    liftToNat64(set, 0x0064_ff9bn << 64n).intersectInEveryZone(included),
  ])
  const listed = scope.permissions.filter(({ listsPrivate }) => listsPrivate).map(({ entry }) => entry.set)
  const local = unionOf(listed).intersectInEveryZone(LOCAL_NAT64)
  return [...embedded, local, METADATA, ...special.map(({ set }) => set), SIX_TO_FOUR, NAT64]
}

const IPV4 = AddressSet.range({ family: 4, first: 0, last: 2 ** 32 - 1 })

/**
 * The reason for the first address stands for all of them.
 *
 * @param between what needs no permission or is left out anyway: where a command would grant the refused
 *   addresses, they are named together with it, so that a local network is one range and not its fragments
 */
function describeSet(
  scope: Scope,
  set: AddressSet,
  between: AddressSet,
  method: ScopeMethod,
): SpaceRefusal[] {
  const [first] = set.ranges()
  if (first === undefined) return []
  const verdict = scope.judge(firstOf(first), method)
  if (verdict.allowed) return []
  const { refusal } = verdict
  const canBeGranted = refusal.code === 'PRIVATE_NOT_LISTED' || refusal.code === 'NOT_IN_SCOPE'
  const named = canBeGranted && !between.isEmpty ? set.union(between) : set
  const pieces: string[] = []
  let more = 0
  for (const range of named.ranges()) {
    if (named !== set && !set.meets(range)) continue
    if (pieces.length < SHOWN) pieces.push(formatRange(range))
    else more++
  }
  const subject = pieces.join(', ') + (more > 0 ? ` and ${more} more ranges` : '')
  return [
    {
      code: refusal.code,
      set,
      size: Number(set.size),
      ...refusalText(refusal, subject, pieces, scope.file),
    },
  ]
}

/** Ranges named in a message; the rest is counted. */
const SHOWN = 3

/** What a rule set, in which a range without zone holds in every zone, does not cover. */
function minusCovered(set: AddressSet, rules: AddressSet): AddressSet {
  const zoneless = new AddressSetBuilder()
  for (const range of rules.ranges()) if (range.family === 4 || range.zone === undefined) zoneless.add(range)
  return set.subtract(rules).subtractInEveryZone(zoneless.build())
}

/** IPv4-mapped addresses inside a larger IPv6 range as the IPv4 they are. */
function withoutMapped(set: AddressSet): AddressSet {
  const mapped = set.intersectInEveryZone(MAPPED)
  if (mapped.isEmpty) return set
  const builder = new AddressSetBuilder().addSet(set.subtract(mapped))
  for (const range of mapped.ranges())
    if (range.family === 6)
      builder.add({
        family: 4,
        first: Number(range.first - MAPPED_FIRST),
        last: Number(range.last - MAPPED_FIRST),
      })
  return builder.build()
}

const MAPPED = AddressSet.range({ family: 6, first: MAPPED_FIRST, last: MAPPED_LAST })
