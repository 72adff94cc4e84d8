/** Who is at the other end of a UNIX socket: SO_PEERCRED of unix(7), and struct ucred, which SCM_CREDENTIALS has too. */
import { AF_UNIX, SOL_SOCKET, SO_PEERCRED } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { libc } from '../sys/libc.ts'
import { NO_OPTIONS } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'

/** A process and its user and group, as numbers of this process's own namespaces. */
export interface Credentials {
  /** 0 for a process that this PID namespace does not see. */
  readonly pid: number
  /** 65534 (/proc/sys/kernel/overflowuid) for a user that this user namespace does not know. */
  readonly uid: number
  readonly gid: number
}

/** sizeof(struct ucred) */
export const UCRED_SIZE = 12

/** No user has the number -1 (setuid(2)); the kernel gives it where it knows nobody. */
const NOBODY = 0xffffffff

/** @param bytes at least {@link UCRED_SIZE} */
export function decodeUcred(bytes: Uint8Array): Credentials {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { pid: view.getInt32(0, true), uid: view.getUint32(4, true), gid: view.getUint32(8, true) }
}

export function encodeUcred({ pid, uid, gid }: Credentials): Uint8Array {
  const bytes = new Uint8Array(UCRED_SIZE)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, pid, true)
  view.setUint32(4, uid, true)
  view.setUint32(8, gid, true)
  return bytes
}

export function peerCredentials(socket: Descriptor): Credentials {
  const fd = socket.opened('getsockopt')
  // Of other families the kernel answers with nobody at all, as if that were an answer.
  if (socket.family !== AF_UNIX) throw socket.failure(-ERRNO.EOPNOTSUPP, 'getsockopt', NO_OPTIONS)
  const bytes = new Uint8Array(UCRED_SIZE)
  socket.settle(libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, bytes, Int32Array.of(UCRED_SIZE)), 'getsockopt')
  const peer = decodeUcred(bytes)
  if (peer.uid === NOBODY) throw socket.failure(-ERRNO.ENOTCONN, 'getsockopt', NO_OPTIONS)
  return peer
}
