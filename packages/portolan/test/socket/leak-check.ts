/** After each test of a file the process has the descriptors and timers that it had before. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { afterEach, beforeEach } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
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

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

export function checkLeaks(): void {
  // The driver's own two, the epoll instance and libuv's view of it, live as long as the thread.
  eventLoopDriver()
  let before: Map<string, string>
  let timersBefore: number
  beforeEach(() => {
    before = openDescriptors()
    timersBefore = timers()
  })
  afterEach(async () => {
    await turn()
    assert.deepEqual(openDescriptors(), before, 'open descriptors')
    assert.ok(timers() <= timersBefore, `${timers()} timers, ${timersBefore} before`)
  })
}
