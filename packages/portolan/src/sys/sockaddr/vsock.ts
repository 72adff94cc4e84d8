/** struct sockaddr_vm: vsock(7). Everything is in host order. */
import { AF_VSOCK } from '../constants/families.ts'
import type { VsockSocketAddress } from '../socket-address.ts'
import { checkRange } from './range.ts'

/** sizeof(struct sockaddr_vm) */
const SOCKADDR_VM_SIZE = 16

export function encodeVsock({ cid, port }: VsockSocketAddress): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_VM_SIZE)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_VSOCK, true)
  view.setUint32(4, checkRange('Port', port, 0xffffffff), true)
  view.setUint32(8, checkRange('Context identifier', cid, 0xffffffff), true)
  return bytes
}

/** undefined where the kernel wrote less. */
export function decodeVsock(view: DataView, length: number): VsockSocketAddress | undefined {
  if (length < SOCKADDR_VM_SIZE) return undefined
  return { cid: view.getUint32(8, true), port: view.getUint32(4, true) }
}
