/** What a scope file can allow: ways of probing, and talking to what is open. */
export const SCOPE_METHODS = ['connect', 'syn', 'udp', 'services'] as const
export type ScopeMethod = (typeof SCOPE_METHODS)[number]
