/**
 * What a scan can say about a port. The words are nmap's, except for the last one.
 *
 * - `open`: a connection was accepted.
 * - `closed`: the host answered that nothing listens there (RST, or ICMP port unreachable for UDP).
 * - `filtered`: nothing answered in any try, or a router said that it will not deliver.
 * - `open|filtered`: silence, where an open port may be silent too (UDP).
 * - `unreachable`: a router on the way knows no way to the network.
 * - `unknown`: Portolan itself could not decide: no route from here, no descriptor, no buffer, interface down, time
 *   budget spent, stopped. It says nothing about the target and never becomes another state.
 */
export const PORT_STATES = ['open', 'closed', 'filtered', 'open|filtered', 'unreachable', 'unknown'] as const
export type PortState = (typeof PORT_STATES)[number]

export const HOST_STATES = ['up', 'down', 'unknown'] as const
export type HostState = (typeof HOST_STATES)[number]

export const PROTOCOLS = ['tcp', 'udp'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/**
 * What decided a state (`--reason`). Names are nmap's where nmap has one. Those from `no-route` on are
 * local faults and belong to `unknown` alone.
 */
export const REASONS = [
  'syn-ack',
  'conn-refused',
  'no-response',
  'host-unreach',
  'net-unreach',
  'admin-prohibited',
  'proto-unreach',
  'no-route',
  'no-descriptor',
  'no-buffer',
  'no-source-port',
  'interface-down',
  'self-connect',
  'local-firewall',
  'host-timeout',
  'interrupted',
  'out-of-scope',
  'local-error',
] as const
export type Reason = (typeof REASONS)[number]
