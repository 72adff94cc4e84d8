/**
 * getaddrinfo(3) of the C library: /etc/hosts, DNS and whatever nsswitch.conf says, with services by name.
 *
 * It may wait for a name server, so it runs on a thread of libuv's pool (four by default, UV_THREADPOOL_SIZE). Its
 * arguments live outside the heap for as long as it runs.
 */
import koffi from 'koffi'
import { OffHeap } from './off-heap.ts'
import { onThreadPool } from './thread-pool.ts'

const library = koffi.load(null)
const lookUp = library.func('int getaddrinfo(const char *, const char *, void *, void *)')
const release = library.func('void freeaddrinfo(void *)')

// struct addrinfo: six ints, then pointers; the same with glibc and musl, on x64 and arm64 (netdb.h).
const ADDRINFO_SIZE = 48
const AI_FLAGS = 0
const AI_FAMILY = 4
const AI_SOCKTYPE = 8
const AI_PROTOCOL = 12
const AI_ADDRLEN = 16
const AI_ADDR = 24
const AI_CANONNAME = 32
const AI_NEXT = 40

export interface AddrinfoHints {
  readonly flags: number
  readonly family: number
  readonly type: number
  readonly protocol: number
}

export interface RawAddrinfo {
  readonly family: number
  readonly type: number
  readonly protocol: number
  /** struct sockaddr of the family */
  readonly address: Uint8Array
  /** In the first entry only, where AI_CANONNAME asked for it */
  readonly canonname: string | undefined
}

/** Entries in the order of RFC 6724, or the negative EAI_ number. */
export type LookupResult = readonly RawAddrinfo[] | number

/** Looks up without another thread: only for numeric hosts and services, which need no waiting. */
export function getaddrinfoNow(
  node: string | null,
  service: string | null,
  hints: AddrinfoHints,
): LookupResult {
  using memory = new OffHeap(2 * ADDRINFO_SIZE)
  const { hintsAt, resultAt } = prepare(memory, hints)
  const code: number = lookUp(node, service, hintsAt, resultAt)
  return code === 0 ? takeEntries(memory) : code
}

/** Looks up on a thread of the pool. Cannot be interrupted; a caller that gives up leaves it to end by itself. */
export async function getaddrinfoAsync(
  node: string | null,
  service: string | null,
  hints: AddrinfoHints,
): Promise<LookupResult> {
  using memory = new OffHeap(2 * ADDRINFO_SIZE)
  const { hintsAt, resultAt } = prepare(memory, hints)
  const code = await onThreadPool((report) => {
    lookUp.async(node, service, hintsAt, resultAt, report)
  })
  return code === 0 ? takeEntries(memory) : code
}

/** Hints at the beginning of the memory, the pointer to the result behind them. */
function prepare(memory: OffHeap, hints: AddrinfoHints): { hintsAt: bigint; resultAt: bigint } {
  const view = new DataView(memory.bytes.buffer)
  view.setInt32(AI_FLAGS, hints.flags, true)
  view.setInt32(AI_FAMILY, hints.family, true)
  view.setInt32(AI_SOCKTYPE, hints.type, true)
  view.setInt32(AI_PROTOCOL, hints.protocol, true)
  return { hintsAt: memory.address, resultAt: memory.address + BigInt(ADDRINFO_SIZE) }
}

/** Copies the list and gives it back to the library. */
function takeEntries(memory: OffHeap): RawAddrinfo[] {
  const first = new DataView(memory.bytes.buffer).getBigUint64(ADDRINFO_SIZE, true)
  const entries: RawAddrinfo[] = []
  try {
    for (let at = first; at !== 0n;) {
      const entry = new DataView(koffi.view(at, ADDRINFO_SIZE))
      const length = entry.getUint32(AI_ADDRLEN, true)
      const name = entry.getBigUint64(AI_CANONNAME, true)
      entries.push({
        family: entry.getInt32(AI_FAMILY, true),
        type: entry.getInt32(AI_SOCKTYPE, true),
        protocol: entry.getInt32(AI_PROTOCOL, true),
        address: new Uint8Array(koffi.view(entry.getBigUint64(AI_ADDR, true), length)).slice(),
        canonname: name === 0n ? undefined : koffi.decode.string(name),
      })
      at = entry.getBigUint64(AI_NEXT, true)
    }
  } finally {
    release(first)
  }
  return entries
}
