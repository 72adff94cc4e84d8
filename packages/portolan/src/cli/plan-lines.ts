/** What a scan is about to do, in a few lines: shown before it starts, and instead of it with `--dry-run`. */
import { formatDuration, plural } from '../report/figures.ts'
import { formatAddress } from '../scan/address.ts'
import type { Plan } from '../scan/plan.ts'
import { escapeText } from '../text/untrusted.ts'

/** Characters of a port list before it is cut. */
const SHOWN = 60
/** Milliseconds from which on a least duration is worth telling. */
const TOLD_MS = 1000

/** @param accessible sentences instead of columns and symbols */
export function planLines(plan: Plan, accessible = false): string[] {
  const { space, ports, range, size, excluded } = plan
  const left = excluded === 0 ? '' : ` (${excluded} excluded)`
  const probes = range.to - range.from
  const part = probes === size ? '' : ` of ${size}, as a shard`
  if (accessible)
    return [
      `Scanning ${plural(space.size, 'address')}${left} on ${plural(ports.size, 'port')}: ${plural(probes, 'probe')}${part}.`,
      `By TCP connect, ${paceText(plan)}. The seed is ${plan.seed}.`,
      `Scope: ${scopeText(plan)}.`,
    ]
  return [
    `plan   ${plural(space.size, 'address')}${left} x ${plural(ports.size, 'port')} = ${plural(probes, 'probe')}${part}`,
    `how    TCP connect, ${paceText(plan)}, seed ${plan.seed}`,
    `scope  ${scopeText(plan)}`,
  ]
}

/** {@link planLines} and the rest that a review wants: the ends of the address list and the ports. */
export function dryRunLines(plan: Plan, accessible = false): string[] {
  const { space, ports } = plan
  const text = ports.toString()
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
  const ends =
    space.size === 0
      ? 'none'
      : space.size === 1
        ? formatAddress(space.addressAt(0))
        : `${formatAddress(space.addressAt(0))} to ${formatAddress(space.addressAt(space.size - 1))}`
  return [
    ...planLines(plan, accessible),
    accessible ? `Hosts: ${ends}.` : `hosts  ${ends}`,
    accessible ? `Ports: ${shown}.` : `ports  ${shown}`,
    accessible ? 'Nothing was sent.' : 'nothing was sent (--dry-run)',
  ]
}

function paceText(plan: Plan): string {
  const { rate, hostIntervalMs, timing } = plan
  const least = leastMs(plan)
  const limits = [
    ...(rate === Infinity ? [] : [`at most ${plural(rate, 'probe')} a second`]),
    ...(hostIntervalMs === 0 ? [] : [`${formatDuration(hostIntervalMs)} between probes to a host`]),
    ...(timing.maxInFlight === Infinity ? [] : [`${timing.maxInFlight} at a time`]),
  ]
  if (limits.length === 0) return 'no rate limit'
  return limits.join(', ') + (least < TOLD_MS ? '' : `, ${formatDuration(least)} at least`)
}

/** Time that the limits alone take, if every probe is answered at once. */
function leastMs({ rate, range, size, ports, hostIntervalMs }: Plan): number {
  const probes = range.to - range.from
  // Of a part of the probes, how many a host has is not known.
  const perHost = probes === size ? ports.size : 0
  return Math.max((probes / rate) * 1000, perHost * hostIntervalMs)
}

function scopeText({ scope }: Plan): string {
  const { file } = scope
  if (file === undefined) return 'this machine only (no scope file)'
  const { owner, reference, validUntil } = file.authorisation
  return (
    `${escapeText(file.file)}#${file.sha256.slice(0, 8)} ` +
    `(${escapeText(owner, 80)}, ${escapeText(reference, 80)}, to ${validUntil})`
  )
}
