/**
 * The structures that multicast options take, as bytes: struct group_req and group_source_req (RFC 3678 section 5.1),
 * struct ip_mreqn (ip(7)). Both architectures lay them out alike; the index of an interface is in host order.
 */
import { SOCKADDR_STORAGE_SIZE } from './sockaddr.ts'

/** offsetof(struct group_req, gr_group) and of gsr_group: a sockaddr_storage is aligned to 8. */
export const GROUP_OFFSET = 8
/** offsetof(struct group_source_req, gsr_source) */
export const SOURCE_OFFSET = GROUP_OFFSET + SOCKADDR_STORAGE_SIZE
/** sizeof(struct group_req) */
export const GROUP_REQ_SIZE = GROUP_OFFSET + SOCKADDR_STORAGE_SIZE
/** sizeof(struct group_source_req) */
export const GROUP_SOURCE_REQ_SIZE = SOURCE_OFFSET + SOCKADDR_STORAGE_SIZE
/** sizeof(struct ip_mreqn) */
export const IP_MREQN_SIZE = 12
/** offsetof(struct ip_mreqn, imr_ifindex) */
export const IFINDEX_OFFSET = 8

/**
 * struct group_req, or struct group_source_req where there is a source.
 *
 * @param interfaceIndex 0 leaves the choice to the kernel
 * @param group the group as a socket address; its port means nothing
 * @param source the sender as a socket address of the same family
 */
export function groupRequest(interfaceIndex: number, group: Uint8Array, source?: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(source === undefined ? GROUP_REQ_SIZE : GROUP_SOURCE_REQ_SIZE)
  new DataView(bytes.buffer).setUint32(0, interfaceIndex, true)
  bytes.set(group, GROUP_OFFSET)
  if (source !== undefined) bytes.set(source, SOURCE_OFFSET)
  return bytes
}

/** struct ip_mreqn that names an interface by its index alone, for IP_MULTICAST_IF; 0 takes the choice back. */
export function multicastInterface(interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(IP_MREQN_SIZE)
  new DataView(bytes.buffer).setInt32(IFINDEX_OFFSET, interfaceIndex, true)
  return bytes
}
