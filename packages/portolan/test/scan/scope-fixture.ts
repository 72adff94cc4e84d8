/** A scope file from a few lines, for the tests of the scope rules. */
import assert from 'node:assert/strict'
import { parseAddress } from '../../src/scan/address.ts'
import type { Address } from '../../src/scan/address.ts'
import type { InterfaceAddress } from '../../src/scan/scope/own-addresses.ts'
import { Scope } from '../../src/scan/scope/scope.ts'
import { parseScopeFile } from '../../src/scan/scope/scope-file.ts'

export function address(text: string): Address {
  const parsed = parseAddress(text)
  assert.ok(parsed, text)
  return parsed
}

export const NOON = Date.parse('2026-12-01T12:00:00Z')

/** A machine with loopback, one LAN, a point-to-point link, and an address out of a range that is never scanned. */
export const INTERFACES: readonly InterfaceAddress[] = [
  { address: address('127.0.0.1'), prefix: 8, zones: ['lo'] },
  { address: address('::1'), prefix: 128, zones: ['lo'] },
  { address: address('192.168.7.5'), prefix: 24, zones: ['eth0', '2'] },
  { address: address('fe80::5'), prefix: 64, zones: ['eth0', '2'] },
  { address: address('10.9.0.0'), prefix: 31, zones: ['tun0', '3'] },
  { address: address('203.0.113.4'), prefix: 32, zones: ['eth1', '4'] },
]

export interface Lists {
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly methods?: readonly string[]
  readonly from?: string
  readonly until?: string
}

export function scopeText(lists: Lists): string {
  return `version: 1
authorisation: { owner: Netops, contact: soc@example.org, reference: SOW-1, valid_from: ${lists.from ?? '2026-11-01'}, valid_until: ${lists.until ?? '2027-01-31'} }
include: ${JSON.stringify(lists.include ?? [])}
exclude: ${JSON.stringify(lists.exclude ?? [])}
methods: ${JSON.stringify(lists.methods ?? ['connect', 'syn'])}
`
}

export async function scopeWith(lists: Lists, now = NOON): Promise<Scope> {
  const file = await parseScopeFile(Buffer.from(scopeText(lists)), 'scope.yaml')
  return new Scope({ file, interfaces: INTERFACES, now: () => now })
}

export const NO_FILE = new Scope({ interfaces: INTERFACES, now: () => NOON })
