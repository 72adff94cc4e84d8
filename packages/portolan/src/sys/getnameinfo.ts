/**
 * getnameinfo(3) of the C library: the names of an address, by /etc/hosts, DNS and whatever nsswitch.conf says.
 *
 * It may wait for a name server, so it runs on a thread of libuv's pool; its arguments live outside the heap for as long
 * as it runs.
 */
import koffi from 'koffi'
import { NI_MAXHOST, NI_MAXSERV } from './constants/names.ts'
import { OffHeap } from './off-heap.ts'
import { onThreadPool } from './thread-pool.ts'

const library = koffi.load(null)
const lookUp = library.func('int getnameinfo(void *, uint32_t, void *, uint32_t, void *, uint32_t, int)')

export interface RawNameinfo {
  readonly host: string
  readonly service: string
}

/** The names, or the negative EAI_ number. */
export type NameinfoResult = RawNameinfo | number

/** Without another thread: only with NI_NUMERICHOST and NI_NUMERICSERV, where nothing is looked up. */
export function getnameinfoNow(address: Uint8Array, flags: number): NameinfoResult {
  const names = new Uint8Array(NI_MAXHOST + NI_MAXSERV)
  const service = names.subarray(NI_MAXHOST)
  const code: number = lookUp(address, address.length, names, NI_MAXHOST, service, NI_MAXSERV, flags)
  return code === 0 ? takeNames(names) : code
}

/** On a thread of the pool. Cannot be interrupted; a caller that gives up leaves it to end by itself. */
export async function getnameinfoAsync(address: Uint8Array, flags: number): Promise<NameinfoResult> {
  using memory = new OffHeap(NI_MAXHOST + NI_MAXSERV + address.length)
  const host = memory.address
  const service = host + BigInt(NI_MAXHOST)
  const from = service + BigInt(NI_MAXSERV)
  memory.bytes.set(address, NI_MAXHOST + NI_MAXSERV)
  const code = await onThreadPool((report) => {
    lookUp.async(from, address.length, host, NI_MAXHOST, service, NI_MAXSERV, flags, report)
  })
  return code === 0 ? takeNames(memory.bytes) : code
}

function takeNames(names: Uint8Array): RawNameinfo {
  return { host: textAt(names, 0), service: textAt(names, NI_MAXHOST) }
}

/** Text up to the NUL, in its own memory. */
function textAt(bytes: Uint8Array, at: number): string {
  return new TextDecoder().decode(bytes.slice(at, bytes.indexOf(0, at)))
}
