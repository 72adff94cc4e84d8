/** Rulesets for nft(8): a host's firewall, and loss and policers on the links. */
import type { PlannedRule } from './plan.ts'
import type { FirewallRule, LinkSpec } from './spec.ts'

/** A port of the middle namespace and what happens to packets that cross it. */
export interface CrossedPort {
  readonly port: string
  readonly link: LinkSpec
}

/** Rules for the middle namespace; none where no link asks for any. */
export function linkRules(topology: 'bridge' | 'routed', crossed: readonly CrossedPort[]): string[] {
  const rules = crossed.flatMap(({ port, link }) =>
    // Each direction has a rule of its own: a limit counts by rule, and loss strikes each way by itself.
    ['iifname', 'oifname'].flatMap((direction) =>
      dropsOf(link).map((drop) => `${direction} "${port}" ${drop}`),
    ),
  )
  if (rules.length === 0) return []
  // Neighbours are found by ARP and ICMPv6; only a bridge sees them cross.
  const spared =
    topology === 'bridge'
      ? ['ether type arp accept', 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept']
      : []
  return chain(topology === 'bridge' ? 'bridge' : 'inet', 'forward', [...spared, ...rules])
}

function dropsOf({ lossPercent = 0, packetsPerSecond }: LinkSpec): string[] {
  const drops: string[] = []
  if (lossPercent > 0) drops.push(`numgen random mod 10000 < ${Math.round(lossPercent * 100)} drop`)
  if (packetsPerSecond !== undefined) {
    // nft's own default of 5; below that a train of two packets would already be cut.
    const burst = Math.max(5, Math.floor(packetsPerSecond / 10))
    drops.push(`limit rate over ${packetsPerSecond}/second burst ${burst} packets drop`)
  }
  return drops
}

/** A host's firewall; none where it has no rules. The host's talk with itself is not filtered. */
export function firewallRules(firewall: readonly PlannedRule[]): string[] {
  if (firewall.length === 0) return []
  const rules = firewall.map(
    ({ ports, rule }) => `${rule.protocol ?? 'tcp'} dport ${ports.first}-${ports.last} ${verdict(rule)}`,
  )
  return chain('inet', 'input', ['iifname "lo" accept', ...rules])
}

function verdict(rule: FirewallRule): string {
  if (rule.action === 'drop') return 'drop'
  if (rule.action === 'reject-rst') return 'reject with tcp reset'
  return `reject with icmpx type ${rule.icmp ?? 'port-unreachable'}`
}

function chain(family: 'inet' | 'bridge', hook: 'input' | 'forward', rules: readonly string[]): string[] {
  return [
    `table ${family} lab {`,
    `chain ${hook} {`,
    `type filter hook ${hook} priority 0; policy accept;`,
    ...rules,
    '}',
    '}',
  ]
}
