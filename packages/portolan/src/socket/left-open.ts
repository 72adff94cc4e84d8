/**
 * A warning for every socket that was collected as garbage while it was open: nobody can close it any more.
 *
 * The descriptor is not closed. That no object is left proves nothing about the number: `fd` is public, so a child
 * process or another library may be using it, or somebody closed it by number and the kernel gave it to another file
 * since. Closing it then, at a moment that the garbage collector chooses, would break a stranger; a descriptor that
 * stays open does no more harm than the program has done already. What the warning says leads to the place to mend.
 */
import type { SocketAddress } from '../sys/socket-address.ts'
import { formatSocketAddress } from '../sys/socket-address.ts'

/** The call that gave the descriptor. */
export type Origin = 'socket' | 'socketpair' | 'accept' | 'fromfd' | 'dup' | 'recvmsg'

/** What is told of the end of a watched object. It must not refer to it, or that would never be collected. */
export interface Watched {
  abandoned(): void
}

const registry = new FinalizationRegistry<Watched>((left) => left.abandoned())

/** Until {@link unwatch} or the end of `owner`. The two cost some 0.4 µs; socket(2) and close(2) cost 5. */
export function watch(owner: object, left: Watched): void {
  registry.register(owner, left, left)
}

export function unwatch(left: Watched): void {
  registry.unregister(left)
}

// A stack costs several microseconds, so it is taken only where it was asked for, by the flag that asks Node for the
// stack of a warning: here the place where the socket was opened is what helps, not the one that warns.
const traces = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(' ')].includes(
  '--trace-warnings',
)

/** Where this call comes from, under --trace-warnings. */
export function placeOfOpening(): string | undefined {
  return traces ? new Error('The socket was opened here').stack : undefined
}

/** What to say about a descriptor that was left open. */
export interface LeftOpen {
  readonly fd: number
  readonly origin: Origin
  readonly local: SocketAddress | undefined
  readonly remote: SocketAddress | undefined
  readonly place: string | undefined
}

/**
 * Long enough for a process to end that has nothing more to do: there the kernel closes everything anyway, and whether
 * the garbage collector came by first is chance.
 */
const DELAY_MS = 500

const untold: LeftOpen[] = []

/** Emits a process warning a little later: `ResourceWarning` with code `PORTOLAN_SOCKET_LEFT_OPEN`. */
export function warnLeftOpen(left: LeftOpen): void {
  if (untold.push(left) > 1) return
  setTimeout(() => {
    for (const each of untold.splice(0)) emit(each)
  }, DELAY_MS).unref()
}

function emit({ fd, origin, local, remote, place }: LeftOpen): void {
  const at = local === undefined ? '' : ` at ${formatSocketAddress(local)}`
  const to = remote === undefined ? '' : ` to ${formatSocketAddress(remote)}`
  const what =
    origin === 'recvmsg'
      ? 'A message with a descriptor was dropped without being disposed of'
      : `A socket from ${origin}() was dropped without close()`
  const how = place === undefined ? '; --trace-warnings shows where it was opened' : ''
  process.emitWarning(`${what}: descriptor ${fd}${at}${to} stays open${how}`, {
    type: 'ResourceWarning',
    code: 'PORTOLAN_SOCKET_LEFT_OPEN',
    ...(place === undefined ? {} : { detail: place }),
  })
}
