/** Ways to a new socket: socket(2), socketpair(2). */
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from '../sys/constants.ts'
import { libc } from '../sys/libc.ts'
import { SocketError } from '../sys/socket-error.ts'
import { checkWhole } from './call-options.ts'
import { Socket } from './socket.ts'

/**
 * Opens a socket: socket(2). It is non-blocking and closed on exec, whatever `type` says.
 *
 * @param family AF_INET, AF_INET6, AF_UNIX, AF_PACKET, AF_NETLINK or AF_VSOCK; another one opens, but has no addresses
 * @param type SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET or SOCK_RAW
 * @param protocol 0 for the usual one of the type, else IPPROTO_ or NETLINK_. With AF_PACKET leave it 0, so that nothing
 * comes in before `bind({ interface, protocol })` has said from where; other than there it would be in network order
 * @throws SocketError, as in EMFILE, EPERM, EAFNOSUPPORT, EPROTONOSUPPORT
 */
export function socket(family: number, type: number, protocol = 0): Socket {
  const plain = checkKind(family, type, protocol)
  const fd = libc.socket(family, plain | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol)
  if (fd < 0) throw new SocketError(-fd, 'socket')
  return new Socket(fd, family, plain, protocol)
}

/**
 * Opens two sockets connected to each other: socketpair(2). Linux has them for AF_UNIX.
 *
 * @throws SocketError, as in EMFILE, EOPNOTSUPP
 */
export function socketpair(family: number, type: number, protocol = 0): [Socket, Socket] {
  const plain = checkKind(family, type, protocol)
  const pair = new Int32Array(2)
  const outcome = libc.socketpair(family, plain | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol, pair)
  if (outcome < 0) throw new SocketError(-outcome, 'socketpair')
  const [one = -1, other = -1] = pair
  const peer = { path: '' }
  return [
    new Socket(one, family, plain, protocol, peer, 'socketpair'),
    new Socket(other, family, plain, protocol, peer, 'socketpair'),
  ]
}

/**
 * @returns the type without the flags that are always set, so that `socket.type` compares with SOCK_STREAM
 * @throws RangeError for what are no whole numbers: koffi would cut them
 */
function checkKind(family: number, type: number, protocol: number): number {
  checkWhole('family', family, 0, 0x7fffffff)
  checkWhole('protocol', protocol, 0, 0x7fffffff)
  return checkWhole('type', type, 0, 0x7fffffff) & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)
}
