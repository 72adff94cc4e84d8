/** A kernel that has no room for what is sent, now and then: how one waits for it shows without a full queue. */
import assert from 'node:assert/strict'
import { EPOLLET, EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLL_CTL_MOD } from '../../src/sys/constants.ts'
import { EPOLL_DATA_OFFSET, EPOLL_EVENT_SIZE } from '../../src/sys/epoll-event.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { eventLoopDriver } from '../../src/sys/event-loop-driver.ts'
import { libc } from '../../src/sys/libc.ts'
import type { DatagramKind } from './datagram-kinds.ts'

/** Every second call of the descriptor finds no room, and the edge that tells of room comes a turn later. */
export async function withoutRoom(
  member: DatagramKind['sendCall'],
  fd: number,
  work: () => Promise<void>,
): Promise<void> {
  const real = libc[member]
  let calls = 0
  Reflect.set(libc, member, (...args: readonly [number, ...unknown[]]): unknown => {
    if (args[0] !== fd || calls++ % 2 === 1) return Reflect.apply(real, libc, args)
    setImmediate(tellEdgeAgain, fd)
    return -ERRNO.EAGAIN
  })
  try {
    await work()
  } finally {
    Reflect.set(libc, member, real)
  }
  assert.ok(calls >= 2, `${member} was called ${calls} times`)
}

/** The kernel tells the edge again when a registration is changed. */
function tellEdgeAgain(fd: number): void {
  const event = new Uint8Array(EPOLL_EVENT_SIZE)
  const view = new DataView(event.buffer)
  view.setUint32(0, (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) >>> 0, true)
  view.setInt32(EPOLL_DATA_OFFSET, fd, true)
  libc.epoll_ctl(eventLoopDriver().reactor.fd, EPOLL_CTL_MOD, fd, event)
}
