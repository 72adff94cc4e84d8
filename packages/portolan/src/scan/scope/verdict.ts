/** What the rules say about one address, as data; refusal-text.ts puts it in words. */
import type { IPv4Address } from '../address.ts'
import type { ScopeEntry } from './scope-file.ts'
import type { ScopeMethod } from './scope-methods.ts'
import type { Embedding } from './embedded.ts'
import type { SpecialRange } from './special-ranges.ts'

/** Why an address is refused, whatever the day and the method. */
export type AddressRefusal =
  | { readonly code: 'EXCLUDED'; readonly entry: ScopeEntry }
  /** Without a special range: broadcast or network address of a local prefix. */
  | { readonly code: 'NEVER'; readonly special: SpecialRange | undefined }
  | { readonly code: 'PRIVATE_NOT_LISTED'; readonly special: SpecialRange; readonly metadata: boolean }
  | { readonly code: 'NOT_IN_SCOPE' }

/** The IPv4 address inside is refused; the entry allows the IPv6 address around it. */
export interface EmbeddedRefusal {
  readonly code: `EMBEDDED_${AddressRefusal['code']}`
  readonly kind: Embedding['kind']
  readonly inner: IPv4Address
  readonly refusal: AddressRefusal
}

/** The address is allowed by an entry of the scope file, but not now or not in this way. */
export type TermsRefusal =
  | { readonly code: 'EXPIRED'; readonly validUntil: string }
  | { readonly code: 'NOT_YET_VALID'; readonly validFrom: string }
  | { readonly code: 'METHOD_NOT_ALLOWED'; readonly method: ScopeMethod }

export type Refusal = AddressRefusal | EmbeddedRefusal | TermsRefusal
export type RefusalCode = Refusal['code']

export type Verdict =
  | { readonly allowed: true; readonly because: 'loopback'; readonly special: SpecialRange }
  | { readonly allowed: true; readonly because: 'own address' }
  | { readonly allowed: true; readonly because: 'scope'; readonly entry: ScopeEntry }
  | { readonly allowed: false; readonly refusal: Refusal }
