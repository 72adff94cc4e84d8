/** What belongs to this machine, and what its links use for everybody at once. */
import { networkInterfaces } from 'node:os'
import { parseAddress } from '../address.ts'
import type { Address } from '../address.ts'
import { networkOf } from '../targets/address-range.ts'
import type { AddressSet } from '../targets/address-set.ts'
import { AddressSetBuilder } from '../targets/address-set-builder.ts'
import { specialRangeOf } from './special-ranges.ts'

export interface InterfaceAddress {
  /** Without zone. */
  readonly address: Address
  /** Length of the prefix on the link. */
  readonly prefix: number
  /** The texts that name the link in a zone: name and index. */
  readonly zones: readonly string[]
}

/** The addresses of all interfaces that are up. */
export function systemInterfaces(): InterfaceAddress[] {
  const list: InterfaceAddress[] = []
  for (const [name, addresses] of Object.entries(networkInterfaces()))
    for (const info of addresses ?? []) {
      const address = parseAddress(info.address)
      const prefix = Number(info.cidr?.split('/')[1] ?? (info.family === 'IPv4' ? 32 : 128))
      const index = info.family === 'IPv6' && info.scopeid > 0 ? [String(info.scopeid)] : []
      if (address !== undefined) list.push({ address, prefix, zones: [name, ...index] })
    }
  return list
}

/** The addresses themselves; link-local ones only in the zones of their own link, where alone they are ours. */
export function ownAddresses(interfaces: readonly InterfaceAddress[]): AddressSet {
  const builder = new AddressSetBuilder()
  for (const { address, zones } of interfaces) {
    if (address.family === 4) builder.add(networkOf(address, 32))
    else if (specialRangeOf(address)?.block === 'fe80::/10')
      for (const zone of zones) builder.add(networkOf({ ...address, zone }, 128))
    else builder.add(networkOf(address, 128))
  }
  return builder.build()
}

/**
 * Directed broadcast and network address (RFC 919, RFC 922) of every IPv4 prefix on a link: one packet to them
 * may be answered by every host. Links of two addresses and of one have none (RFC 3021); neither has loopback.
 */
export function localBroadcasts(interfaces: readonly InterfaceAddress[]): AddressSet {
  const builder = new AddressSetBuilder()
  for (const { address, prefix } of interfaces) {
    if (address.family !== 4 || prefix > 30 || specialRangeOf(address)?.class === 'loopback') continue
    const network = networkOf(address, prefix)
    if (network.family !== 4) continue
    builder.add({ ...network, last: network.first }).add({ ...network, first: network.last })
  }
  return builder.build()
}
