/**
 * From the outcome of connect(2) to the state of a port. The table is nmap's for connect scans, with one difference:
 * what failed on this machine is never a statement about the target.
 *
 * Which ICMP message gives which error number: icmp_err_convert in net/ipv4/icmp.c, tcp_v4_err in net/ipv4/tcp_ipv4.c.
 * A port unreachable from a firewall gives ECONNREFUSED just as a RST does, and reads as closed; raw scanning can tell.
 */
import { ERRNO } from '../../sys/errno.ts'
import type { PortState, Reason } from '../states.ts'
import { CONNECTED, NO_ROUTE, REFUSED_HERE, SELF_CONNECT, type DialOutcome } from './dialer.ts'

export type Verdict =
  /** The target, or a router on the way, has spoken. */
  | { readonly kind: 'decided'; readonly state: PortState; readonly reason: Reason }
  /** The kernel gave up waiting: the same as our own timeout. */
  | { readonly kind: 'silent' }
  /** This machine could not ask. Worth another try once something is free again. */
  | { readonly kind: 'local'; readonly reason: Reason }

const decided = (state: PortState, reason: Reason): Verdict => ({ kind: 'decided', state, reason })
const local = (reason: Reason): Verdict => ({ kind: 'local', reason })

const OPEN = decided('open', 'syn-ack')
const SILENT: Verdict = { kind: 'silent' }
const OTHER = local('local-error')

const VERDICTS = new Map<DialOutcome, Verdict>([
  [CONNECTED, OPEN],
  [SELF_CONNECT, local('self-connect')],
  [NO_ROUTE, local('no-route')],
  [REFUSED_HERE, local('local-firewall')],
  [-ERRNO.ECONNREFUSED, decided('closed', 'conn-refused')],
  // A reset or a broken pipe comes after the handshake only (tcp_reset in net/ipv4/tcp_input.c), so something accepted.
  [-ERRNO.ECONNRESET, OPEN],
  [-ERRNO.EPIPE, OPEN],
  [-ERRNO.ETIMEDOUT, SILENT],
  [-ERRNO.EMFILE, local('no-descriptor')],
  [-ERRNO.ENFILE, local('no-descriptor')],
  // epoll_ctl(2): /proc/sys/fs/epoll/max_user_watches.
  [-ERRNO.ENOSPC, local('no-descriptor')],
  [-ERRNO.ENOBUFS, local('no-buffer')],
  [-ERRNO.ENOMEM, local('no-buffer')],
  [-ERRNO.EAGAIN, local('no-source-port')],
  [-ERRNO.EADDRNOTAVAIL, local('no-source-port')],
  [-ERRNO.EADDRINUSE, local('no-source-port')],
  [-ERRNO.ENETDOWN, local('interface-down')],
  [-ERRNO.ENETRESET, local('interface-down')],
  [-ERRNO.EPERM, local('local-firewall')],
  // A router's ICMP message. Host unreachable may as well be "administratively prohibited" (code 13).
  [-ERRNO.ENETUNREACH, decided('unreachable', 'net-unreach')],
  [-ERRNO.EHOSTUNREACH, decided('filtered', 'host-unreach')],
  // ICMPv6 tells the prohibition apart (tab_unreach in net/ipv6/icmp.c).
  [-ERRNO.EACCES, decided('filtered', 'admin-prohibited')],
  [-ERRNO.EHOSTDOWN, decided('filtered', 'host-unreach')],
  [-ERRNO.ENONET, decided('filtered', 'host-unreach')],
  [-ERRNO.ENOPROTOOPT, decided('filtered', 'proto-unreach')],
])

export function verdictOf(outcome: DialOutcome): Verdict {
  return VERDICTS.get(outcome) ?? OTHER
}
