/**
 * Which errors a call can fail with, and what the kernel has done by then. The sets are those of the man pages (section 2)
 * and, where it is named, of POSIX.1-2024; an error that a call cannot have would show how the product meets a kernel that
 * there is not.
 */
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL } from '../../src/sys/constants.ts'
import type { ErrnoName } from '../../src/sys/errno.ts'
import { wordOf, type Call, type CallName } from './interception.ts'

/** Of descriptors and memory, and so of every call that makes a socket: socket(2), accept(2). */
const SHORTAGES = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'] as const

/** recv(2), with POSIX recv(): ECONNRESET, EIO, ENOBUFS. */
const STREAM_RECEIVE = ['EINTR', 'EAGAIN', 'ENOBUFS', 'ENOMEM', 'ECONNRESET', 'EIO'] as const
/** send(2), with POSIX send(): EIO. */
const STREAM_SEND = ['EINTR', 'EAGAIN', 'ENOBUFS', 'ENOMEM', 'ECONNRESET', 'EPIPE', 'EIO'] as const
// A datagram socket has no connection to lose.
const MESSAGE_RECEIVE = ['EINTR', 'EAGAIN', 'ENOBUFS', 'ENOMEM', 'EIO'] as const
// EIO: a device that cannot compute the checksums of joined datagrams (udp_send_skb in net/ipv4/udp.c).
const MESSAGE_SEND = ['EINTR', 'EAGAIN', 'ENOBUFS', 'ENOMEM', 'EIO'] as const

const FAULTS: Readonly<Record<CallName, readonly ErrnoName[]>> = {
  socket: SHORTAGES,
  socketpair: SHORTAGES,
  // ENOBUFS and EIO (of a path): POSIX bind().
  bind: ['ENOMEM', 'ENOBUFS', 'EIO'],
  // POSIX listen().
  listen: ['ENOBUFS'],
  accept4: ['EINTR', 'EAGAIN', 'ECONNABORTED', ...SHORTAGES],
  // ECONNRESET, ENOBUFS, EIO: POSIX connect(). EAGAIN: no source port is left, or a UNIX backlog is full.
  connect: ['EINTR', 'EAGAIN', 'ENOBUFS', 'ECONNRESET', 'EIO'],
  recv: STREAM_RECEIVE,
  recvmsg: STREAM_RECEIVE,
  send: STREAM_SEND,
  sendmsg: STREAM_SEND,
  recvfrom: MESSAGE_RECEIVE,
  recvmmsg: MESSAGE_RECEIVE,
  sendto: MESSAGE_SEND,
  sendmmsg: MESSAGE_SEND,
  // POSIX shutdown().
  shutdown: ['ENOBUFS'],
  close: ['EINTR', 'EIO'],
  // POSIX getsockname(), getpeername().
  getsockname: ['ENOBUFS'],
  getpeername: ['ENOBUFS'],
  // POSIX setsockopt().
  setsockopt: ['ENOMEM', 'ENOBUFS'],
  getsockopt: ['ENOBUFS'],
  epoll_create1: ['EMFILE', 'ENFILE', 'ENOMEM'],
  epoll_ctl: ['ENOMEM'],
  epoll_wait: ['EINTR'],
  // Of F_DUPFD_CLOEXEC; the flags of a descriptor cannot be refused.
  fcntl: [],
  sendfile: ['EINTR', 'EAGAIN', 'ENOMEM', 'ECONNRESET', 'EPIPE', 'EIO'],
}

const F_DUPFD_CLOEXEC = 1030

export function faultsOf(call: Call): readonly ErrnoName[] {
  if (call.name === 'fcntl') return wordOf(call, 1) === F_DUPFD_CLOEXEC ? ['EMFILE'] : []
  // max_user_watches is used up by registering, not by taking away.
  if (call.name === 'epoll_ctl' && wordOf(call, 1) === EPOLL_CTL_ADD) return ['ENOMEM', 'ENOSPC']
  return FAULTS[call.name]
}

/** The call, and what it is for where that makes another one of it. */
export function kindOf(call: Call): string {
  if (call.name === 'fcntl') return wordOf(call, 1) === F_DUPFD_CLOEXEC ? 'fcntl(F_DUPFD)' : 'fcntl'
  if (call.name !== 'epoll_ctl') return call.name
  return wordOf(call, 1) === EPOLL_CTL_DEL ? 'epoll_ctl(DEL)' : 'epoll_ctl(ADD)'
}

/**
 * Whether the kernel has done what it was asked although it says that it failed: close(2) gives the descriptor back
 * first ("Dealing with error returns"), and a connect that a signal interrupts goes on (POSIX connect(), EINTR).
 */
export function isDoneAllTheSame({ name }: Call, errno: ErrnoName): boolean {
  return name === 'close' || (name === 'connect' && errno === 'EINTR')
}

/** Whether an edge follows, as EAGAIN of these promises. Of connect it means a shortage, which no event ends. */
export function tellsEdgeLater({ name }: Call, errno: ErrnoName): boolean {
  return errno === 'EAGAIN' && name !== 'connect'
}

/**
 * Failures that no caller may ever hear of: nothing happened (EINTR), or not yet (EAGAIN), or to a connection that is
 * nobody's yet (ECONNABORTED, accept(2)), or to a descriptor that is gone (close).
 */
export function isGotOver(kind: string, errno: ErrnoName): boolean {
  if (kind === 'close' || kind === 'epoll_ctl(DEL)' || errno === 'EINTR') return true
  return (errno === 'EAGAIN' && kind !== 'connect') || (errno === 'ECONNABORTED' && kind === 'accept4')
}
