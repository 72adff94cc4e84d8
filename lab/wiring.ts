/**
 * The wires of a lab. The scanner and every host have one interface, eth0, whose other end is a port in a
 * middle namespace; there a bridge joins the ports, or a router does where the kernel has no bridges.
 *
 *     scanner eth0 ── scanner ┐                      ┌ h0 ── eth0 host 0
 *                             ├ bridge 'lab' / router ┤
 *                             ┘                      └ h1 ── eth0 host 1
 *
 * With a bottleneck between the scanner and all hosts the scanner's port is on a bridge of its own, joined to
 * the rest by the pair near-far, so that the queue is in the middle and the scanner's interface is as fast as
 * ever:
 *
 *     scanner eth0 ── scanner ─ bridge 'access' ─ near ── far ─ …
 */
import { LAB_IPV4, LAB_IPV6, ROUTER, SCANNER } from './addresses.ts'
import { type CrossedPort, linkRules } from './packet-rules.ts'
import type { HostPlan, LabPlan } from './plan.ts'
import { LabError } from './spec.ts'
import type { Workshop } from './workshop.ts'

/** Names of the namespaces: scanner, middle, and one for each host in the order of the plan. */
export interface Sites {
  readonly scanner: string
  readonly middle: string
  readonly hosts: readonly { readonly plan: HostPlan; readonly namespace: string; readonly port: string }[]
}

/** What the lab became where the declaration left it open. */
export type Topology = 'bridge' | 'routed'

/** An address with its length, as ip(8) takes it. */
interface Owned {
  readonly text: string
  readonly family: 'ipv4' | 'ipv6'
}

const SCANNER_ADDRESSES: readonly Owned[] = [
  { text: SCANNER.v4, family: 'ipv4' },
  { text: SCANNER.v6, family: 'ipv6' },
]

/**
 * No duplicate address detection (RFC 4862 section 5.4), for interfaces still to come. Not for the link-local
 * address either: it asks for the neighbours of packets that are forwarded or come from a range, and those
 * would wait two seconds for it.
 */
const INTERFACE_SETTINGS: readonly string[] = ['net.ipv6.conf.default.accept_dad=0']
/**
 * The router answers ARP only on the port that has the address (arp_ignore in ip-sysctl); else the bridge
 * 'access' would answer for it too and lead packets around the bottleneck.
 */
const ROUTER_SETTINGS: readonly string[] = [
  'net.ipv4.ip_forward=1',
  'net.ipv6.conf.all.forwarding=1',
  'net.ipv4.conf.all.arp_ignore=1',
]

/** Milliseconds a packet may wait in a bottleneck's queue: a home router's order, below TCP's first timeout. */
const QUEUE_MS = 100
/** One GSO packet; a smaller bucket would make tbf cut each of them up. */
const BUCKET = '64kb'

/** Lays the wires, addresses and routes, and puts loss, policers and bottlenecks on them. */
export async function wire(workshop: Workshop, plan: LabPlan, sites: Sites): Promise<Topology> {
  const topology = await chooseTopology(workshop, plan, sites.middle)
  const bottleneck = plan.link.rate !== undefined
  const all = [sites.scanner, sites.middle, ...sites.hosts.map((host) => host.namespace)]
  await Promise.all(all.map((namespace) => workshop.sysctl(namespace, INTERFACE_SETTINGS)))
  if (topology === 'routed') await workshop.sysctl(sites.middle, ROUTER_SETTINGS)
  const ports = [bottleneck ? 'far' : 'scanner', ...sites.hosts.map((host) => host.port)]
  await workshop.ip(sites.middle, [
    'link set lo up',
    `link add scanner type veth peer name eth0 netns ${sites.scanner}`,
    ...sites.hosts.map((host) => `link add ${host.port} type veth peer name eth0 netns ${host.namespace}`),
    ...(bottleneck ? accessBridge() : []),
    ...(topology === 'bridge' ? bridgePorts(ports) : routerPorts(ports)),
    ...ports.map((port) => `link set ${port} up`),
  ])

  const rangeRoutes = topology === 'bridge' ? sites.hosts.flatMap(({ plan }) => routesToRanges(plan)) : []
  await workshop.ip(sites.scanner, [...furnish(SCANNER_ADDRESSES, topology), ...rangeRoutes])
  await Promise.all(
    sites.hosts.map(({ plan, namespace }) =>
      workshop.ip(namespace, [
        ...furnish(plan.addresses, topology),
        ...plan.ranges.map((range) => `route add local ${range.text} dev lo`),
      ]),
    ),
  )
  if (topology === 'routed') await workshop.ip(sites.middle, routerRoutes(ports, sites))

  await putConditions(workshop, plan, sites, topology, ports)
  return topology
}

/** Asks the kernel by making the bridge. */
async function chooseTopology(workshop: Workshop, plan: LabPlan, middle: string): Promise<Topology> {
  if (plan.topology === 'routed') return 'routed'
  try {
    // Without snooping, neighbour discovery's multicast reaches every port though nobody queries (RFC 4541).
    await workshop.ip(middle, ['link add lab type bridge stp_state 0 mcast_snooping 0', 'link set lab up'])
    return 'bridge'
  } catch (error) {
    if (plan.topology === 'bridge' || !(error instanceof LabError)) throw error
    return 'routed'
  }
}

function accessBridge(): string[] {
  return [
    'link add access type bridge stp_state 0 mcast_snooping 0',
    'link add near type veth peer name far',
    'link set scanner master access up',
    'link set near master access up',
    'link set access up',
  ]
}

function bridgePorts(ports: readonly string[]): string[] {
  return ports.map((port) => `link set ${port} master lab`)
}

function routerPorts(ports: readonly string[]): string[] {
  return ports.flatMap((port) => [
    `addr add ${ROUTER.v4}/32 dev ${port}`,
    `addr add ${ROUTER.v6}/128 dev ${port}`,
  ])
}

/**
 * Addresses without a network length and a route for the whole range: so the range's first and last address
 * are addresses like the others, not broadcast ones.
 */
function furnish(addresses: readonly Owned[], topology: Topology): string[] {
  const via = topology === 'bridge' ? ['', ''] : [`via ${ROUTER.v4} onlink`, `via ${ROUTER.v6} onlink`]
  return [
    'link set lo up',
    'link set eth0 up',
    ...addresses.map(({ text, family }) =>
      family === 'ipv4' ? `addr add ${text}/32 dev eth0` : `addr add ${text}/128 dev eth0`,
    ),
    `route add ${LAB_IPV4} dev eth0 ${via[0]}`,
    `route add ${LAB_IPV6} dev eth0 ${via[1]}`,
  ]
}

/** By the host's first address, so that a range of thousands costs one neighbour, not thousands. */
function routesToRanges(plan: HostPlan, port = 'eth0'): string[] {
  return plan.ranges.flatMap((range) => {
    const gateway = plan.addresses.find((address) => address.family === range.family)
    return gateway === undefined ? [] : [`route add ${range.text} via ${gateway.network} dev ${port} onlink`]
  })
}

function routerRoutes(ports: readonly string[], sites: Sites): string[] {
  return [
    ...SCANNER_ADDRESSES.map((address) => `route add ${address.text} dev ${ports[0]}`),
    ...sites.hosts.flatMap(({ plan, port }) => [
      ...plan.addresses.map((address) => `route add ${address.text} dev ${port}`),
      ...routesToRanges(plan, port),
    ]),
  ]
}

async function putConditions(
  workshop: Workshop,
  plan: LabPlan,
  sites: Sites,
  topology: Topology,
  ports: readonly string[],
): Promise<void> {
  const links = [plan.link, ...sites.hosts.map((host) => host.plan.link)]
  const crossed: CrossedPort[] = links.flatMap((link, index) => {
    const port = ports[index]
    return port === undefined ? [] : [{ port, link }]
  })
  await workshop.nft(sites.middle, linkRules(topology, crossed))

  if (plan.link.rate !== undefined)
    await workshop.tc(sites.middle, [bottleneck('near', plan.link.rate), bottleneck('far', plan.link.rate)])
  for (const { plan, namespace, port } of sites.hosts) {
    if (plan.link.rate === undefined) continue
    await workshop.tc(sites.middle, [bottleneck(port, plan.link.rate)])
    await workshop.tc(namespace, [bottleneck('eth0', plan.link.rate)])
  }
}

function bottleneck(device: string, rate: string): string {
  return `qdisc add dev ${device} root tbf rate ${rate} burst ${BUCKET} latency ${QUEUE_MS}ms`
}
