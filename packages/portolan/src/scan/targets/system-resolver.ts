/** Names to addresses the way the system does it: getaddrinfo(3), with /etc/hosts and the search list. */
import { lookup } from 'node:dns/promises'
import { parseAddress } from '../address.ts'
import type { Address } from '../address.ts'

/** The addresses of a name in the order the resolver prefers them; rejects where it has none. */
export type Resolver = (name: string) => Promise<Address[]>

/** Looks up both families and keeps the resolver's order (RFC 6724). */
export const systemResolver: Resolver = async (name) => {
  const found = await lookup(name, { all: true, order: 'verbatim' })
  return found.flatMap(({ address }) => parseAddress(address) ?? [])
}
