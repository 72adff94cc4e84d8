/** Names and indexes of network interfaces: if_nametoindex(3), if_nameindex(3). */
import { interfaceList, type NetworkInterface } from '../sys/interfaces.ts'
import { libc } from '../sys/libc.ts'
import { SocketError } from '../sys/socket-error.ts'
import { checkWhole } from './call-options.ts'

/** IFNAMSIZ of net/if.h, the NUL included */
const NAME_SIZE = 16

/** All network interfaces: if_nameindex(3). @throws SocketError, as in EMFILE */
export function if_nameindex(): NetworkInterface[] {
  return interfaceList()
}

/**
 * Index of an interface: if_nametoindex(3).
 *
 * @throws SocketError with ENODEV where no interface has the name; RangeError for a name with a NUL, where C would stop
 */
export function if_nametoindex(name: string): number {
  if (name.includes('\0')) throw new RangeError(`Interface name holds a NUL: ${JSON.stringify(name)}`)
  const index = libc.if_nametoindex(name)
  if (index < 0) throw new SocketError(-index, 'if_nametoindex', { subject: JSON.stringify(name) })
  return index
}

/**
 * Name of an interface: if_indextoname(3).
 *
 * @throws SocketError with ENXIO where no interface has the index; RangeError for what is no index
 */
export function if_indextoname(index: number): string {
  checkWhole('index', index, 0, 0xffffffff)
  const name = new Uint8Array(NAME_SIZE)
  const outcome = libc.if_indextoname(index, name)
  if (outcome < 0) throw new SocketError(-outcome, 'if_indextoname', { subject: `index ${index}` })
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0)))
}
