/** How much this process may open: RLIMIT_NOFILE of getrlimit(2) and the range of source ports of ip(7). */
import { readFileSync } from 'node:fs'
import { libc } from './libc.ts'
import { SocketError } from './socket-error.ts'

const RLIMIT_NOFILE = 7

export interface DescriptorLimit {
  /** What the kernel enforces now. */
  readonly soft: number
  /** How far this process may raise it. */
  readonly hard: number
}

/** RLIM_INFINITY comes out as the largest safe integer. */
export function descriptorLimit(): DescriptorLimit {
  const [soft = 0n, hard = 0n] = readLimits()
  return { soft: clamp(soft), hard: clamp(hard) }
}

/** struct rlimit: the soft limit, then the hard one. */
function readLimits(): BigUint64Array {
  const limits = new BigUint64Array(2)
  const outcome = libc.getrlimit(RLIMIT_NOFILE, limits)
  if (outcome < 0) throw new SocketError(-outcome, 'getrlimit')
  return limits
}

function clamp(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value)
}

/** Raises the soft limit as far as it goes, at most to `wanted`; never lowers it. @returns the soft limit now */
export function raiseDescriptorLimit(wanted: number): number {
  const limits = readLimits()
  const [soft = 0n, hard = 0n] = limits
  const goal = Math.min(Math.floor(wanted), clamp(hard))
  if (!(goal > clamp(soft))) return clamp(soft)
  // The hard limit goes back as it came: lowering it by a rounding could not be undone.
  const outcome = libc.setrlimit(RLIMIT_NOFILE, BigUint64Array.of(BigInt(goal), hard))
  return outcome < 0 ? clamp(soft) : goal
}

export interface PortRange {
  readonly first: number
  readonly last: number
}

/** Ports the kernel takes for outgoing connections: net.ipv4.ip_local_port_range, which IPv6 uses too. */
export function ephemeralRange(): PortRange {
  try {
    const text = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    const [first, last] = text.trim().split(/\s+/).map(Number)
    if (first !== undefined && last !== undefined && first <= last) return { first, last }
  } catch {
    // No /proc here; what follows is the kernel's built-in value (inet_init_net in net/ipv4/af_inet.c).
  }
  return { first: 32768, last: 60999 }
}
