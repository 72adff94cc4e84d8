/** After each test of a file the process has the descriptors and timers that it had before; memory by measuring. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { afterEach, beforeEach } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { eventLoopDriver } from '../../src/sys/event-loop-driver.ts'

/** Sockets and other open files of this process, by number. */
export function openDescriptors(): Map<string, string> {
  const open = new Map<string, string>()
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      open.set(fd, readlinkSync(`/proc/self/fd/${fd}`))
    } catch {
      // The descriptor that readdir itself had open.
    }
  }
  return open
}

/** `flags` of /proc/self/fdinfo, which tells O_NONBLOCK and O_CLOEXEC (proc(5)). */
export function descriptorFlags(fd: number): number {
  const flags = /^flags:\t(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1]
  assert.ok(flags)
  return Number.parseInt(flags, 8)
}

/** Timers that keep the process alive. */
export function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

export function checkLeaks(): void {
  // The driver's own two, the epoll instance and libuv's view of it, live as long as the thread.
  eventLoopDriver()
  let before: Map<string, string>
  let timersBefore: number
  beforeEach(() => {
    before = openDescriptors()
    timersBefore = activeTimers()
  })
  afterEach(async () => {
    await turn()
    assert.deepEqual(openDescriptors(), before, 'open descriptors')
    assert.ok(activeTimers() <= timersBefore, `${activeTimers()} timers, ${timersBefore} before`)
  })
}

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** Bytes that are in use when all garbage is gone, on the heap and in buffers. */
async function bytesInUse(): Promise<number> {
  assert.ok(typeof collect === 'function')
  // Finalizers, and what they let go of, run in turns of their own.
  for (let round = 0; round < 3; round++) {
    await turn()
    Reflect.apply(collect, undefined, [])
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/**
 * How much memory stays in use after so many repetitions. The first ones, `warmUp`, are not counted: they fill caches
 * and compile. What leaks grows in every measurement; code is still compiled in some, so that one below `bound` will do.
 *
 * @returns bytes, the least of up to six measurements
 */
export async function heapGrowth(
  work: () => Promise<unknown>,
  { warmUp, times, bound }: { readonly warmUp: number; readonly times: number; readonly bound: number },
): Promise<number> {
  for (let round = 0; round < warmUp; round++) await work()
  let least = Infinity
  for (let measurement = 0; measurement < 6 && least >= bound; measurement++) {
    const before = await bytesInUse()
    for (let round = 0; round < times; round++) await work()
    least = Math.min(least, (await bytesInUse()) - before)
  }
  return least
}
