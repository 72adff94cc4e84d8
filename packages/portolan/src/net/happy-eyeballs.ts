/** Happy Eyeballs version 2 (RFC 8305): which address to try when, so that a dead one costs a quarter of a second. */
import type { InetSocketAddress } from '../sys/socket-address.ts'

/** What an attempt gives: it must be closed where another one was faster. */
export interface Closable {
  close(): Promise<void>
}

export interface RaceOptions {
  /** Milliseconds that an attempt has the field for itself before the next one starts ("Connection Attempt Delay"). */
  readonly attemptDelay: number
  /** Ends the race: every attempt is aborted and none starts. */
  readonly signal: AbortSignal
}

/** How a race went: lost with the error of each attempt in the order of their addresses, and addresses never tried. */
export type RaceOutcome<T> =
  | { readonly won: true; readonly winner: T }
  | { readonly won: false; readonly errors: readonly unknown[]; readonly untried: number }

const OVERTAKEN = 'another address was faster'

/**
 * Tries addresses in their order, each one as soon as an attempt has failed, or when `attemptDelay` has passed since the
 * last start, whichever is first (RFC 8305 section 5). An attempt that was overtaken goes on and may still win: a slow
 * path is better than none. The first success aborts all others, and one that succeeds none the less is closed.
 *
 * It ends when every attempt has: then nothing is open but the winner. So an attempt must end soon after its signal.
 *
 * @param attempt one attempt, which leaves nothing open where it fails or is aborted
 */
export async function raceAttempts<Address, T extends Closable>(
  addresses: readonly Address[],
  attempt: (address: Address, signal: AbortSignal) => Promise<T>,
  { attemptDelay, signal }: RaceOptions,
): Promise<RaceOutcome<T>> {
  const [only, another] = addresses
  // Most calls: nobody to race against, and no need of a signal and a timer of its own.
  if (only !== undefined && another === undefined) return runAlone(only, attempt, signal)
  const stop = new AbortController()
  const attempts: Promise<unknown[]>[] = []
  let winner: T | undefined
  let startNext: () => void = () => undefined

  /** @returns its error, if any */
  const run = async (address: Address): Promise<unknown[]> => {
    try {
      const made = await attempt(address, stop.signal)
      if (stop.signal.aborted) await made.close()
      else {
        winner = made
        // A cheap reason: the usual one is an exception with a stack.
        stop.abort(OVERTAKEN)
      }
      return []
    } catch (error) {
      return [error]
    } finally {
      startNext()
    }
  }
  const onAbort = (): void => {
    stop.abort(signal.reason)
    startNext()
  }

  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  for (const [index, address] of addresses.entries()) {
    if (stop.signal.aborted) break
    // Before the attempt starts, since it may fail in the same turn.
    const turn = Promise.withResolvers<void>()
    const timer = setTimeout(turn.resolve, attemptDelay)
    startNext = turn.resolve
    attempts.push(run(address))
    if (index < addresses.length - 1) await turn.promise
    clearTimeout(timer)
  }
  const errors = (await Promise.all(attempts)).flat()
  signal.removeEventListener('abort', onAbort)
  return winner === undefined
    ? { won: false, errors, untried: addresses.length - attempts.length }
    : { won: true, winner }
}

async function runAlone<Address, T extends Closable>(
  address: Address,
  attempt: (address: Address, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<RaceOutcome<T>> {
  if (signal.aborted) return { won: false, errors: [], untried: 1 }
  try {
    const winner = await attempt(address, signal)
    if (!signal.aborted) return { won: true, winner }
    await winner.close()
    return { won: false, errors: [], untried: 0 }
  } catch (error) {
    return { won: false, errors: [error], untried: 0 }
  }
}

/**
 * Addresses in their order of preference, the families taking turns from the second one on (RFC 8305 section 4, with a
 * First Address Family Count of 1): where one family is broken, the other has its turn after one attempt.
 */
export function interleaveFamilies(addresses: readonly InetSocketAddress[]): InetSocketAddress[] {
  const isFirst = ({ host }: InetSocketAddress): boolean =>
    host.includes(':') === addresses[0]?.host.includes(':')
  const first = addresses.filter(isFirst)
  const other = addresses.filter((address) => !isFirst(address))
  return Array.from({ length: Math.max(first.length, other.length) }, (_, index) => [
    ...first.slice(index, index + 1),
    ...other.slice(index, index + 1),
  ]).flat()
}
