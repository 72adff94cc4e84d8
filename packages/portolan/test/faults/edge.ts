/**
 * The edge that follows EAGAIN. In life "not now" is always followed by an edge: what was missing comes later, and
 * epoll tells it once. A failure that is made up has data or room waiting already, and no edge would ever follow; so the
 * registration is changed, upon which the kernel tells again what is ready (epoll_ctl(2), EPOLL_CTL_MOD; ep_modify in
 * fs/eventpoll.c). That is the same as if it had come only now.
 */
import { EPOLLET, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, EPOLL_CTL_MOD } from '../../src/sys/constants.ts'
import { EPOLL_DATA_OFFSET, EPOLL_EVENT_SIZE } from '../../src/sys/epoll-event.ts'
import { eventLoopDriver } from '../../src/sys/event-loop-driver.ts'
import { libc } from '../../src/sys/libc.ts'

const epoll_ctl = libc.epoll_ctl
const event = new Uint8Array(EPOLL_EVENT_SIZE)
const view = new DataView(event.buffer)
view.setUint32(0, (EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET) >>> 0, true)

/**
 * In the next turn, as an event would. Where the descriptor is not registered by then, nothing waits for it; where its
 * number belongs to another socket by then, that one hears a hint that means nothing, which it has to bear anyway
 * (epoll(7), "Possible pitfalls").
 */
export function tellEdgeAgain(fd: number): void {
  setImmediate(() => {
    view.setInt32(EPOLL_DATA_OFFSET, fd, true)
    epoll_ctl(eventLoopDriver().reactor.fd, EPOLL_CTL_MOD, fd, event)
  })
}
