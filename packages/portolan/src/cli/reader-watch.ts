/** Notices that the reader of standard output has gone without writing to it, as tail(1) does for `tail -f | head`. */
import { fstatSync } from 'node:fs'
import { kernelAvailability } from '../sys/platform.ts'

const STDOUT = 1

/**
 * A scan that finds nothing writes nothing, and would learn of a broken pipe only at its end.
 *
 * @returns whether the reader has gone, to be asked now and then; undefined where stdout is no pipe or socket, or this
 * system cannot tell without writing
 */
export async function watchReader(): Promise<(() => boolean) | undefined> {
  if (!isPipe() || !(await kernelAvailability()).available) return undefined
  const { Epoll } = await import('../sys/epoll.ts')
  const epoll = new Epoll()
  // Errors and hang-ups are told without being asked for (epoll_ctl(2)).
  if (epoll.add(STDOUT, 0, STDOUT) === 0) return () => epoll.wait(0) > 0
  epoll[Symbol.dispose]()
  return undefined
}

function isPipe(): boolean {
  const stats = fstatSync(STDOUT)
  return stats.isFIFO() || stats.isSocket()
}
