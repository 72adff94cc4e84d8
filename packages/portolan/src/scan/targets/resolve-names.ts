/** Looks up many names at once, each once. */
import type { Address } from '../address.ts'
import { unmapped } from './mapped-ipv4.ts'
import type { Resolver } from './system-resolver.ts'

/**
 * Lookups under way at a time. The system resolver itself runs four (libuv's thread pool); a resolver that is
 * given may do more, and 32 is what a small recursive server takes without dropping.
 */
const CONCURRENCY = 32

export type Lookup =
  | { readonly found: true; readonly addresses: readonly Address[] }
  | { readonly found: false; readonly reason: string }

/**
 * @returns every name with what came of it
 * @throws the signal's reason once it is aborted; lookups under way are left to end by themselves
 */
export async function resolveNames(
  names: ReadonlySet<string>,
  resolver: Resolver,
  signal?: AbortSignal,
): Promise<Map<string, Lookup>> {
  const results = new Map<string, Lookup>()
  const queue = names.values()
  const worker = async (): Promise<void> => {
    for (const name of queue) {
      signal?.throwIfAborted()
      results.set(name, await lookUp(name, resolver))
    }
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal?.reason)
  signal?.throwIfAborted()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const workers = Array.from({ length: Math.min(CONCURRENCY, names.size) }, worker)
    await Promise.race([Promise.all(workers), aborted])
  } finally {
    signal?.removeEventListener('abort', abort)
  }
  return results
}

async function lookUp(name: string, resolver: Resolver): Promise<Lookup> {
  try {
    const addresses = (await resolver(name)).map(unmapped)
    return addresses.length > 0 ? { found: true, addresses } : { found: false, reason: 'no address' }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return { found: false, reason: typeof code === 'string' ? code : 'the resolver failed' }
  }
}
