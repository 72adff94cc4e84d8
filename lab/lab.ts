/**
 * Networks for tests and benchmarks: hosts as network namespaces, from a declaration, with servers and
 * filters that are not Portolan's, and gone when their owner is, however that ends.
 *
 *     await using lab = await createLab({
 *       hosts: { web: { addresses: ['198.18.0.10'], ports: { 80: { kind: 'accept' } } } },
 *     })
 *     await lab.run(['nmap', '-sT', '-Pn', '-p80', '198.18.0.10'])
 */
import { SCANNER } from './addresses.ts'
import { startServers } from './host-server.ts'
import { firewallRules } from './packet-rules.ts'
import { type HostPlan, planLab } from './plan.ts'
import type { Outcome, RunOptions } from './process.ts'
import { LabError, type LabSpec } from './spec.ts'
import { type Sites, type Topology, wire } from './wiring.ts'
import { inside, requireTools, Workshop } from './workshop.ts'

export { LAB_IPV4, LAB_IPV6 } from './addresses.ts'
export type { Outcome, RunOptions } from './process.ts'
export type { Behaviour, FirewallRule, HostSpec, IcmpReason, LabSpec, LinkSpec } from './spec.ts'
export { LabError } from './spec.ts'

/** A TCP listener as ss(8) prints it; `0.0.0.0` and `::` stand for all addresses of the host. */
export interface Listener {
  readonly address: string
  readonly port: number
}

/** A lab that stands. */
export interface Lab extends AsyncDisposable {
  /** Where to scan from. Its addresses are the last but one of each range. */
  readonly scanner: { readonly namespace: string; readonly address4: string; readonly address6: string }
  readonly hosts: Readonly<
    Record<string, { readonly namespace: string; readonly addresses: readonly string[] }>
  >
  readonly topology: Topology
  /** The words that run a command in the scanner's namespace. */
  command(argv: readonly string[]): string[]
  /**
   * Runs a program in the scanner's namespace to its end, whatever its exit status. Throws LabError where it
   * cannot be started or outlives its time limit.
   */
  run(argv: readonly string[], options?: RunOptions): Promise<Outcome>
  /** As `run`, in the namespace of a host. */
  runIn(host: string, argv: readonly string[], options?: RunOptions): Promise<Outcome>
  /** The truth: what the kernel of that host says listens, not what was declared. */
  listening(host: string): Promise<Listener[]>
  /** Kills the lab's processes and removes its namespaces. Later calls give the same promise. */
  close(): Promise<void>
}

/**
 * Builds a lab. Throws LabError, with nothing left behind, where the declaration is wrong, root or a tool is
 * missing, or the kernel refuses.
 */
export async function createLab(spec: LabSpec): Promise<Lab> {
  const plan = planLab(spec)
  requireTools()
  const workshop = new Workshop()
  try {
    const roles = ['scanner', 'middle', ...plan.hosts.map((host) => `host-${host.name}`)]
    const [scanner = '', middle = '', ...namespaces] = await workshop.makeNamespaces(roles)
    const sites: Sites = {
      scanner,
      middle,
      hosts: plan.hosts.map((host, index) => ({
        plan: host,
        namespace: namespaces[index] ?? '',
        port: `h${index}`,
      })),
    }
    const topology = await wire(workshop, plan, sites)
    await Promise.all(sites.hosts.map((host) => openHost(workshop, host.namespace, host.plan)))
    return standing(workshop, sites, topology)
  } catch (error) {
    throw await afterTakingDown(workshop, error)
  }
}

/** The error that stopped the building; with what could not be removed, where that is so. */
async function afterTakingDown(workshop: Workshop, error: unknown): Promise<unknown> {
  try {
    await workshop.janitor.finish()
    return error
  } catch (left) {
    return new LabError(`${messageOf(error)}; ${messageOf(left)}`, { cause: error })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function openHost(workshop: Workshop, namespace: string, plan: HostPlan): Promise<void> {
  // Full queues are declared (full-backlog), never an accident of a fast scan.
  const settings = ['net.core.somaxconn=65535']
  // Types the limits hold for (ip-sysctl): none in IPv4; in IPv6 only type 0, which is reserved.
  if (!plan.icmpRateLimit) settings.push('net.ipv4.icmp_ratemask=0', 'net.ipv6.icmp.ratemask=0')
  await workshop.sysctl(namespace, settings)
  await workshop.nft(namespace, firewallRules(plan.firewall))
  await startServers(workshop, namespace, plan)
}

function standing(workshop: Workshop, sites: Sites, topology: Topology): Lab {
  const namespaces = new Map(sites.hosts.map((host) => [host.plan.name, host.namespace]))
  const runIn: Lab['runIn'] = async (host, argv, options) => {
    const namespace = namespaces.get(host)
    if (namespace === undefined)
      throw new LabError(`there is no host '${host}'; hosts: ${[...namespaces.keys()].join(', ')}`)
    return workshop.run(namespace, argv, options)
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= workshop.janitor.finish())
  return {
    scanner: { namespace: sites.scanner, address4: SCANNER.v4, address6: SCANNER.v6 },
    hosts: Object.fromEntries(
      sites.hosts.map(({ plan, namespace }) => [
        plan.name,
        { namespace, addresses: plan.addresses.map((address) => address.text) },
      ]),
    ),
    topology,
    command: (argv) => [...inside(sites.scanner), ...argv],
    run: (argv, options) => workshop.run(sites.scanner, argv, options),
    runIn,
    listening: async (host) => {
      const outcome = await runIn(host, ['ss', '-Hltn'])
      if (outcome.code !== 0) throw new LabError(`ss in host '${host}': ${outcome.stderr.trim()}`)
      return outcome.stdout.split('\n').filter(Boolean).map(parseListener)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** `LISTEN 0 128 [::]:80 [::]:*`: state, queue, limit, local address and port, peer. */
function parseListener(line: string): Listener {
  const local = line.trim().split(/\s+/)[3] ?? ''
  const colon = local.lastIndexOf(':')
  const port = Number(local.slice(colon + 1))
  if (colon < 1 || !Number.isInteger(port)) throw new LabError(`ss printed a line of unknown form: '${line}'`)
  return { address: local.slice(0, colon).replace(/^\[|\]$/g, ''), port }
}
