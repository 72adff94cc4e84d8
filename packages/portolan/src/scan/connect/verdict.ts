/**
 * From the outcome of connect(2) to the state of a port. The table is nmap's for connect scans, with one difference:
 * what failed on this machine is never a statement about the target.
 *
 * Which ICMP message gives which error number: icmp_err_convert in net/ipv4/icmp.c, tcp_v4_err in net/ipv4/tcp_ipv4.c.
 * A port unreachable from a firewall gives ECONNREFUSED just as a RST does, and reads as closed; raw scanning can tell.
 */
import { ERRNO } from '../../sys/errno.ts'
import type { PortState, Reason } from '../states.ts'
import { CONNECTED, SELF_CONNECT, type DialOutcome } from './dialer.ts'

export type Verdict =
  /** The target, or a router on the way, has spoken. */
  | {
      readonly kind: 'decided'
      readonly state: PortState
      readonly reason: Reason
      readonly answered: boolean
    }
  /** The kernel gave up waiting: the same as our own timeout. */
  | { readonly kind: 'silent' }
  /** This machine could not ask. Worth another try once something is free again. */
  | { readonly kind: 'local'; readonly reason: Reason }

const decided = (state: PortState, reason: Reason, answered: boolean): Verdict => ({
  kind: 'decided',
  state,
  reason,
  answered,
})
const local = (reason: Reason): Verdict => ({ kind: 'local', reason })

const OPEN = decided('open', 'syn-ack', true)
const SILENT: Verdict = { kind: 'silent' }
const SELF = local('self-connect')
const OTHER = local('local-error')

/** Outcomes that mean the same whether connect(2) returned them at once or the socket reported them later. */
const ALWAYS = new Map<DialOutcome, Verdict>([
  [CONNECTED, OPEN],
  [SELF_CONNECT, SELF],
  [-ERRNO.ECONNREFUSED, decided('closed', 'conn-refused', true)],
  // A reset or a broken pipe comes after the handshake only (tcp_reset in net/ipv4/tcp_input.c), so something accepted.
  [-ERRNO.ECONNRESET, OPEN],
  [-ERRNO.EPIPE, OPEN],
  [-ERRNO.ETIMEDOUT, SILENT],
  [-ERRNO.EMFILE, local('no-descriptor')],
  [-ERRNO.ENFILE, local('no-descriptor')],
  [-ERRNO.ENOBUFS, local('no-buffer')],
  [-ERRNO.ENOMEM, local('no-buffer')],
  [-ERRNO.EAGAIN, local('no-source-port')],
  [-ERRNO.EADDRNOTAVAIL, local('no-source-port')],
  [-ERRNO.EADDRINUSE, local('no-source-port')],
  [-ERRNO.ENETDOWN, local('interface-down')],
  [-ERRNO.ENETRESET, local('interface-down')],
  [-ERRNO.EPERM, local('local-firewall')],
  [-ERRNO.EACCES, local('local-firewall')],
])

/** connect(2) failed at once: this machine's own routing table refuses, and no packet left. */
const AT_ONCE = new Map<DialOutcome, Verdict>([
  [-ERRNO.ENETUNREACH, decided('unreachable', 'no-route', false)],
  [-ERRNO.EHOSTUNREACH, decided('unreachable', 'no-route', false)],
])

/** The socket reported it later: a router's ICMP message, or a neighbour that does not answer. */
const LATER = new Map<DialOutcome, Verdict>([
  [-ERRNO.ENETUNREACH, decided('filtered', 'net-unreach', true)],
  [-ERRNO.EHOSTUNREACH, decided('filtered', 'host-unreach', true)],
  [-ERRNO.EHOSTDOWN, decided('filtered', 'host-unreach', true)],
  [-ERRNO.ENONET, decided('filtered', 'host-unreach', true)],
  [-ERRNO.ENOPROTOOPT, decided('filtered', 'proto-unreach', true)],
])

/** @param atOnce whether connect(2) itself returned the outcome */
export function verdictOf(outcome: DialOutcome, atOnce: boolean): Verdict {
  return ALWAYS.get(outcome) ?? (atOnce ? AT_ONCE : LATER).get(outcome) ?? OTHER
}
