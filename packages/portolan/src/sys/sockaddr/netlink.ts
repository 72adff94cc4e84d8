/** struct sockaddr_nl: netlink(7). */
import { AF_NETLINK } from '../constants/families.ts'
import type { NetlinkSocketAddress } from '../socket-address.ts'
import { checkRange } from './range.ts'

/** sizeof(struct sockaddr_nl) */
const SOCKADDR_NL_SIZE = 12

export function encodeNetlink({ pid, groups }: NetlinkSocketAddress): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_NL_SIZE)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_NETLINK, true)
  view.setUint32(4, checkRange('Netlink pid', pid, 0xffffffff), true)
  view.setUint32(8, checkRange('Netlink groups', groups, 0xffffffff), true)
  return bytes
}

/** undefined where the kernel wrote less. */
export function decodeNetlink(view: DataView, length: number): NetlinkSocketAddress | undefined {
  if (length < SOCKADDR_NL_SIZE) return undefined
  return { pid: view.getUint32(4, true), groups: view.getUint32(8, true) }
}
