/**
 * Who may be scanned. The rules, in this order:
 *
 * 1. An IPv4-mapped IPv6 address is the IPv4 address.
 * 2. What the scope file excludes is refused, this machine included.
 * 3. Loopback and the addresses of this machine need no permission.
 * 4. What is no unicast target (class `never`, local broadcasts) is refused; no file changes that.
 * 5. Private networks need an include entry that lies inside the private block, a metadata address one of its own.
 * 6. Everything else needs an include entry.
 * 7. An IPv4 address carried inside (6to4, NAT64) is judged by rules 2 and 4 to 6 as well; loopback there is
 *    the relay's own and refused.
 * 8. The file must be valid today and list the method.
 */
import { formatAddress } from '../address.ts'
import type { Address } from '../address.ts'
import type { AddressSet } from '../targets/address-set.ts'
import { unmapped } from '../targets/mapped-ipv4.ts'
import { embeddedIPv4 } from './embedded.ts'
import { localBroadcasts, ownAddresses, systemInterfaces } from './own-addresses.ts'
import type { InterfaceAddress } from './own-addresses.ts'
import { listsMetadata, listsPrivate } from './permission.ts'
import { refusalText, ruleText } from './refusal-text.ts'
import type { ScopeEntry, ScopeFile, ScopeLimits } from './scope-file.ts'
import type { ScopeMethod } from './scope-methods.ts'
import { METADATA, specialRangeOf } from './special-ranges.ts'
import type { AddressRefusal, RefusalCode, TermsRefusal, Verdict } from './verdict.ts'

export interface ScopeOptions {
  /** Without one only this machine may be scanned. */
  readonly file?: ScopeFile
  /** Default: the interfaces of this machine, read once. */
  readonly interfaces?: readonly InterfaceAddress[]
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** `rule` names what decided; `message` and `hint` are one line each, for exit status 5. */
export type Decision =
  | {
      readonly allowed: true
      readonly because: 'loopback' | 'own address' | 'scope'
      readonly rule: string
    }
  | {
      readonly allowed: false
      readonly code: RefusalCode
      readonly rule: string
      readonly message: string
      readonly hint: string
    }

/** An include entry with what it permits in special ranges. */
export interface Permission {
  readonly entry: ScopeEntry
  readonly listsPrivate: boolean
  readonly listsMetadata: boolean
}

export class Scope {
  readonly file: ScopeFile | undefined
  /** Upper limits of the scope file; none for this machine alone. */
  readonly limits: ScopeLimits
  readonly own: AddressSet
  readonly broadcasts: AddressSet
  readonly permissions: readonly Permission[]
  /** Exclusions hold in every zone: a link has several names. */
  readonly exclusions: readonly { readonly entry: ScopeEntry; readonly set: AddressSet }[]
  readonly now: () => number

  constructor(options: ScopeOptions = {}) {
    const interfaces = options.interfaces ?? systemInterfaces()
    this.file = options.file
    this.limits = options.file?.limits ?? {}
    this.own = ownAddresses(interfaces)
    this.broadcasts = localBroadcasts(interfaces)
    this.now = options.now ?? Date.now
    this.permissions = (options.file?.include ?? []).map((entry) => ({
      entry,
      listsPrivate: listsPrivate(entry),
      listsMetadata: listsMetadata(entry),
    }))
    this.exclusions = (options.file?.exclude ?? []).map((entry) => ({
      entry,
      set: entry.set.withoutZones(),
    }))
  }

  /** Name and hash of the scope file, as results carry them; null where only this machine may be scanned. */
  get reference(): { file: string; sha256: string } | null {
    return this.file === undefined ? null : { file: this.file.file, sha256: this.file.sha256 }
  }

  /** May this address be probed in this way now? In words. */
  decide(address: Address, method: ScopeMethod): Decision {
    const verdict = this.judge(address, method)
    const rule = ruleText(verdict, this.file)
    if (verdict.allowed) return { allowed: true, because: verdict.because, rule }
    const { refusal } = verdict
    const text = formatAddress(address)
    return { allowed: false, code: refusal.code, rule, ...refusalText(refusal, text, [text], this.file) }
  }

  /** May this address be probed in this way now? As data. */
  judge(given: Address, method: ScopeMethod): Verdict {
    const address = unmapped(given)
    const excluded = this.#exclusionOf(address)
    if (excluded !== undefined) return refuse({ code: 'EXCLUDED', entry: excluded })
    const special = specialRangeOf(address)
    if (special?.class === 'loopback') return { allowed: true, because: 'loopback', special }
    if (this.own.covers(address)) return { allowed: true, because: 'own address' }
    const answer = this.#permissionFor(address)
    if ('code' in answer) return refuse(answer)
    const embedding = embeddedIPv4(address)
    for (const inner of embedding?.addresses ?? []) {
      const refusal = this.#refusalInside(inner)
      if (embedding !== undefined && refusal !== undefined)
        return refuse({ code: `EMBEDDED_${refusal.code}`, kind: embedding.kind, inner, refusal })
    }
    const terms = this.termsRefusal(method, this.now())
    return terms === undefined ? { allowed: true, because: 'scope', entry: answer } : refuse(terms)
  }

  /**
   * Why the scope file does not hold for a method at a time, undefined where it does.
   *
   * @param at milliseconds since 1970
   */
  termsRefusal(method: ScopeMethod, at: number): TermsRefusal | undefined {
    if (this.file === undefined) return undefined
    const { validFrom, validUntil } = this.file.authorisation
    if (at < Date.parse(validFrom)) return { code: 'NOT_YET_VALID', validFrom }
    if (at >= endOfDay(validUntil)) return { code: 'EXPIRED', validUntil }
    if (!this.file.methods.includes(method)) return { code: 'METHOD_NOT_ALLOWED', method }
    return undefined
  }

  #exclusionOf(address: Address): ScopeEntry | undefined {
    const bare: Address = address.family === 4 ? address : { family: 6, value: address.value }
    return this.exclusions.find(({ set }) => set.contains(bare))?.entry
  }

  /** Rules 4 to 6: the entry that permits, or why none does. */
  #permissionFor(address: Address): ScopeEntry | AddressRefusal {
    const special = specialRangeOf(address)
    if (special?.class === 'never' || this.broadcasts.contains(address)) {
      return { code: 'NEVER', special: special?.class === 'never' ? special : undefined }
    }
    const metadata = METADATA.covers(address)
    const isPrivate = special?.class === 'private'
    const permission = this.permissions.find(
      (permission) =>
        (!isPrivate || permission.listsPrivate) &&
        (!metadata || permission.listsMetadata) &&
        permission.entry.set.covers(address),
    )
    if (permission !== undefined) return permission.entry
    return isPrivate ? { code: 'PRIVATE_NOT_LISTED', special, metadata } : { code: 'NOT_IN_SCOPE' }
  }

  /** Rule 7. */
  #refusalInside(inner: Address): AddressRefusal | undefined {
    const excluded = this.#exclusionOf(inner)
    if (excluded !== undefined) return { code: 'EXCLUDED', entry: excluded }
    const special = specialRangeOf(inner)
    if (special?.class === 'loopback') return { code: 'NEVER', special }
    const answer = this.#permissionFor(inner)
    return 'code' in answer ? answer : undefined
  }
}

/** The first millisecond after a day, UTC: `valid_until` is the last day that counts. */
export function endOfDay(day: string): number {
  return Date.parse(day) + 86_400_000
}

function refuse(refusal: Extract<Verdict, { allowed: false }>['refusal']): Verdict {
  return { allowed: false, refusal }
}
