/** The rules of scope.ts for one method and one moment in closed form: one set of addresses. */
import type { Address } from '../address.ts'
import type { AddressSet } from '../targets/address-set.ts'
import { unionOf } from '../targets/address-set-builder.ts'
import { unmapped } from '../targets/mapped-ipv4.ts'
import { LOCAL_NAT64, NAT64, SIX_TO_FOUR, liftTo6to4, liftToNat64 } from './embedded.ts'
import { translatorPrefix } from './permission.ts'
import { endOfDay } from './scope.ts'
import type { Scope } from './scope.ts'
import type { ScopeMethod } from './scope-methods.ts'
import { METADATA, specialSet } from './special-ranges.ts'

/** Everything a scan may send to. A range without zone holds in every zone. IPv4-mapped addresses are in it as IPv4. */
export interface CompiledScope {
  readonly allowed: AddressSet
  /** What `allowed` would be on a valid day with a permitted method; tells the two kinds of refusal apart. */
  readonly permitted: AddressSet
  /**
   * When the scope file ends, milliseconds since 1970: what is not loopback or this machine's own must not be
   * sent to from then on. Infinity without a scope file.
   */
  readonly validUntil: number
}

/** @param at milliseconds since 1970, default: the scope's clock */
export function compileScope(scope: Scope, method: ScopeMethod, at = scope.now()): CompiledScope {
  const excluded = unionOf(scope.exclusions.map(({ set }) => set))
  const free = specialSet('loopback').union(scope.own)
  const permitted = permittedByFile(scope, excluded)
  const valid = scope.termsRefusal(method, at) === undefined
  return {
    allowed: (valid ? free.union(permitted) : free).subtractInEveryZone(excluded),
    permitted: free.union(permitted).subtractInEveryZone(excluded),
    validUntil: scope.file === undefined ? Infinity : endOfDay(scope.file.authorisation.validUntil),
  }
}

/** Whether a compiled scope lets an address through. */
export function allows(compiled: CompiledScope, address: Address): boolean {
  return compiled.allowed.covers(unmapped(address))
}

/** Rules 4 to 7. */
function permittedByFile(scope: Scope, excluded: AddressSet): AddressSet {
  const { permissions } = scope
  const setsOf = (filter: (permission: (typeof permissions)[number]) => boolean): AddressSet =>
    unionOf(permissions.filter(filter).map(({ entry }) => entry.set))
  const ordinary = setsOf(() => true).subtractInEveryZone(specialSet('private').union(specialSet('loopback')))
  const listed = setsOf(({ listsPrivate }) => listsPrivate).subtractInEveryZone(METADATA)
  const metadata = setsOf(({ listsMetadata }) => listsMetadata)
  const around = unionOf([ordinary, listed, metadata]).subtractInEveryZone(
    specialSet('never').union(scope.broadcasts),
  )
  return withPermittedInside(around, around.subtract(excluded), permissions)
}

/** Of the addresses that carry IPv4, keeps those whose IPv4 address is permitted as well. */
function withPermittedInside(
  around: AddressSet,
  inside: AddressSet,
  permissions: Scope['permissions'],
): AddressSet {
  const carriers = unionOf([SIX_TO_FOUR, NAT64, LOCAL_NAT64])
  const lifted = [liftTo6to4(inside), liftToNat64(inside, NAT64_PREFIX)]
  const prefixes = new Set<bigint>()
  for (const { entry, listsPrivate } of permissions) {
    const set = entry.set.withoutZones()
    const prefix = listsPrivate && set.isSubsetOf(LOCAL_NAT64) ? translatorPrefix(set) : undefined
    if (prefix !== undefined) prefixes.add(prefix)
  }
  for (const prefix of prefixes) lifted.push(liftToNat64(inside, prefix))
  return around.subtractInEveryZone(carriers).union(around.intersectInEveryZone(unionOf(lifted)))
}

const NAT64_PREFIX = 0x0064_ff9bn << 64n
