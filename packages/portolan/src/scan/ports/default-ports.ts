/**
 * The ports scanned when nobody says which: Portolan's own list, by judgement and not by counting. Its order is
 * that of the groups, each with its reason: first what any machine may have, then what servers and networks are run
 * with, applications, devices.
 *
 * After the groups the order goes on by rule, so that any number of ports can be asked for:
 * 1. well-known ports (0-1023) that IANA assigns for tcp, ascending: no ordinary user can listen there on most
 *    systems, so that a listener is a service;
 * 2. registered ports (1024-49151) that IANA assigns, ascending;
 * 3. the other ports from 1 to 49151, ascending: ephemeral ports of Linux (32768 and up) are among them;
 * 4. dynamic ports (49152-65535), ascending.
 */
import { APPLICATIONS } from './groups/applications.ts'
import { DEVICES } from './groups/devices.ts'
import { FIRST_HUNDRED } from './groups/first-hundred.ts'
import { INFRASTRUCTURE } from './groups/infrastructure.ts'
import type { PortGroup } from './groups/port-group.ts'
import { LAST_PORT, PortSet } from './port-set.ts'
import { isRegistered } from './registry.ts'

/** How many ports a scan without `-p` asks. */
export const DEFAULT_PORT_COUNT = 1000

/** How many ports `-F` asks. */
export const FAST_PORT_COUNT = 100

/** The reasoned part of the list, most useful first. */
export const PORT_GROUPS: readonly PortGroup[] = [
  ...FIRST_HUNDRED,
  ...INFRASTRUCTURE,
  ...APPLICATIONS,
  ...DEVICES,
]

let ordered: Uint16Array | undefined

/**
 * The `count` most useful TCP ports, most useful first. The first N of a longer list are the list of N.
 *
 * @param count from 1 to 65535; port 0 is never among them.
 * @param excluded ports to pass over: the next ones move up, so that `count` is reached while ports are left.
 * @throws RangeError if `count` is out of range.
 */
export function topPorts(count: number, excluded: PortSet = PortSet.empty): Uint16Array {
  if (!Number.isInteger(count) || count < 1 || count > LAST_PORT)
    throw new RangeError(`${count} is no number of ports: give 1 to ${LAST_PORT}`)
  const isLeft = (port: number) => !excluded.has('tcp', port)
  const reasoned = PORT_GROUPS.flatMap((group) => group.ports)
  const enough = reasoned.filter(isLeft)
  if (enough.length >= count) return Uint16Array.from(enough.slice(0, count))
  ordered ??= completeOrder(reasoned)
  return ordered.filter(isLeft).slice(0, count)
}

function completeOrder(reasoned: readonly number[]): Uint16Array {
  const assigned = range(1, 49_151).filter((port) => isRegistered('tcp', port))
  // A set keeps the first place of a port. Assigned ports ascend, hence well-known before registered.
  return Uint16Array.from(new Set([...reasoned, ...assigned, ...range(1, LAST_PORT)]))
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
