/** All network interfaces with their names: if_nameindex(3). */
import koffi from 'koffi'
import { SocketError } from './socket-error.ts'

const library = koffi.load(null)
const nameIndex = library.func('void *if_nameindex()')
const release = library.func('void if_freenameindex(void *)')

// struct if_nameindex: an unsigned int, then a pointer; the end is an entry of zeros (net/if.h).
const ENTRY_SIZE = 16
const NAME_AT = 8

export interface NetworkInterface {
  /** 1 or more; what `scope` and `interface` of an address take. */
  readonly index: number
  readonly name: string
}

/** @throws SocketError, as in EMFILE: the C library asks over a socket of its own */
export function interfaceList(): NetworkInterface[] {
  const pointer: unknown = nameIndex()
  if (pointer === null) throw new SocketError(koffi.errno(), 'if_nameindex')
  const first = koffi.address(pointer)
  const interfaces: NetworkInterface[] = []
  try {
    for (let at = first; ; at += BigInt(ENTRY_SIZE)) {
      const entry = new DataView(koffi.view(at, ENTRY_SIZE))
      const index = entry.getUint32(0, true)
      if (index === 0) return interfaces
      interfaces.push({ index, name: koffi.decode.string(entry.getBigUint64(NAME_AT, true)) })
    }
  } finally {
    release(first)
  }
}
