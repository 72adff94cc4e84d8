/** The declaration of a lab: hosts, what listens on them, what filters them, and the links between. */

/**
 * What one open TCP port does with a connection. The five differ on the wire:
 * - `accept`: accepts and at once ends its own side in order (FIN), reading on until the peer ends too.
 * - `accept-and-reset`: accepts and resets (RST, by SO_LINGER with zero time).
 * - `banner`: accepts and says `text` (UTF-8, 4096 bytes at most), then reads until the peer ends.
 * - `silent`: accepts, reads and never says anything; ends only after the peer did.
 * - `full-backlog`: listens but never accepts, and its queue is full, so the kernel drops every SYN
 *   (listen(2); `LISTENOVERFLOWS` in /proc/net/netstat): listening in `ss`, unanswered on the wire.
 */
export type Behaviour =
  | { readonly kind: 'accept' }
  | { readonly kind: 'accept-and-reset' }
  | { readonly kind: 'banner'; readonly text: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'full-backlog' }

/**
 * ICMP answers a firewall can give, in IPv4 (RFC 792, RFC 1812 section 5.2.7.1) and IPv6 (RFC 4443
 * section 3.1): port-unreachable is 3/3 and 1/4, admin-prohibited 3/13 and 1/1, host-unreachable 3/1 and
 * 1/3.
 */
export type IcmpReason = 'port-unreachable' | 'admin-prohibited' | 'host-unreachable'

/**
 * One rule of a host's input filter. The first rule that matches decides; what none matches is let in. It
 * stands before the listeners, so a filtered port may well be listening: `Lab.listening` tells.
 */
export type FirewallRule = {
  /** One port, or a range such as `1000-1999`. */
  readonly ports: number | string
} & (
  | { readonly action: 'drop'; readonly protocol?: 'tcp' | 'udp' }
  | { readonly action: 'reject-rst'; readonly protocol?: 'tcp' }
  | {
      readonly action: 'reject-icmp'
      readonly protocol?: 'tcp' | 'udp'
      /** Default: port-unreachable. */
      readonly icmp?: IcmpReason
    }
)

/** What a link does to the traffic that crosses it. All of it holds for each direction on its own. */
export interface LinkSpec {
  /**
   * Share of the packets lost at random, 0 to 100 with two decimals. ARP and neighbour discovery are
   * spared: the loss stands for that of a path, and on a path there is neither.
   */
  readonly lossPercent?: number
  /** Bottleneck with a queue of 100 ms (tc-tbf(8)), in bits per second: `512kbit`, `20mbit`, `1gbit`. */
  readonly rate?: string
  /** Policer: packets above this number a second are dropped; bursts of a tenth of it pass. */
  readonly packetsPerSecond?: number
}

/** One host of the lab: a network namespace of its own. */
export interface HostSpec {
  /** Addresses inside 198.18.0.0/15 (RFC 2544) and 2001:2::/48 (RFC 5180). */
  readonly addresses: readonly string[]
  /** Ranges of which the host answers for every address. It needs an address of the same family. */
  readonly ranges?: readonly string[]
  /**
   * TCP ports by number (`80`) or range (`'1000-1999'`); they listen on all addresses of the host, IPv4 and
   * IPv6. A single number goes before a range that holds it; ranges may not overlap.
   */
  readonly ports?: Readonly<Record<number | string, Behaviour>>
  readonly firewall?: readonly FirewallRule[]
  /** The host's own link. */
  readonly link?: LinkSpec
  /**
   * Whether the kernel limits the host's ICMP errors, as real hosts do (about one a second to one peer:
   * icmp_ratelimit in ip-sysctl). Default: no where a rule says `reject-icmp`, so that each probe meets the
   * declared answer; yes elsewhere.
   */
  readonly icmpRateLimit?: boolean
}

/** A lab. */
export interface LabSpec {
  /** Hosts by name: small letters, digits and hyphens, 20 characters at most. */
  readonly hosts: Readonly<Record<string, HostSpec>>
  /** The link between the scanner and all hosts. */
  readonly link?: LinkSpec
  /**
   * `bridge`: all on one Ethernet segment; an address nobody has is a neighbour that does not answer.
   * `routed`: a router between; an address nobody has is answered by the router (network unreachable).
   * Default: bridge where the kernel has bridges, else routed.
   */
  readonly topology?: 'bridge' | 'routed'
}

/** What is wrong with a declaration or with this machine, in one line with the way out. */
export class LabError extends Error {
  override readonly name = 'LabError'
}
