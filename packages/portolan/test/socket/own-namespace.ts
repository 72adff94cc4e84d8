/**
 * A network namespace of this process alone: no interface but what the test makes, and nothing that leaves it. It ends
 * with the process. Sockets and child processes made after {@link enterOwnNamespace} are in it.
 */
import { execFileSync } from 'node:child_process'
import koffi from 'koffi'

const CLONE_NEWNET = 0x40000000

/** Why the tests that need one are skipped; false where they are not. */
export const noNamespace: string | false =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'a network namespace needs root on Linux'

/** Of the main thread, which makes every call of a socket (unshare(2)); with `lo` up. */
export function enterOwnNamespace(): void {
  const unshare = koffi.load(null).func('int unshare(int)')
  if (unshare(CLONE_NEWNET) !== 0) throw new Error(`unshare: error ${koffi.errno()}`)
  ip('link set lo up')
}

/** Runs ip(8) in the namespace. */
export function ip(words: string): string {
  return execFileSync('ip', words.split(' '), { encoding: 'utf8', timeout: 10_000 })
}
