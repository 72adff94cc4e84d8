/** What a scan is about to do, in a few lines: shown before it starts, and instead of it with `--dry-run`. */
import { plural } from '../report/figures.ts'
import { formatAddress } from '../scan/address.ts'
import type { Plan } from '../scan/plan.ts'
import { escapeText } from '../text/untrusted.ts'

/** Characters of a port list before it is cut. */
const SHOWN = 60

export function planLines(plan: Plan): string[] {
  const { space, ports, range, size, excluded } = plan
  const left = excluded === 0 ? '' : ` (${excluded} excluded)`
  const probes = range.to - range.from
  const part = probes === size ? '' : ` of ${size}, as a shard`
  return [
    `plan   ${plural(space.size, 'address')}${left} x ${plural(ports.size, 'port')} = ${plural(probes, 'probe')}${part}`,
    `how    TCP connect, ${paceText(plan)}, seed ${plan.seed}`,
    `scope  ${scopeText(plan)}`,
  ]
}

/** {@link planLines} and the rest that a review wants: the ends of the address list and the ports. */
export function dryRunLines(plan: Plan): string[] {
  const { space, ports } = plan
  const text = ports.toString()
  const ends =
    space.size === 0
      ? 'none'
      : space.size === 1
        ? formatAddress(space.addressAt(0))
        : `${formatAddress(space.addressAt(0))} to ${formatAddress(space.addressAt(space.size - 1))}`
  return [
    ...planLines(plan),
    `hosts  ${ends}`,
    `ports  ${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}`,
    'nothing was sent (--dry-run)',
  ]
}

function paceText({ rate, hostIntervalMs, timing }: Plan): string {
  const limits = [
    ...(rate === Infinity ? [] : [`at most ${rate} probes a second`]),
    ...(hostIntervalMs === 0 ? [] : [`${Math.round(hostIntervalMs)} ms between probes to a host`]),
    ...(timing.maxInFlight === Infinity ? [] : [`${timing.maxInFlight} at a time`]),
  ]
  return limits.length === 0 ? 'no rate limit' : limits.join(', ')
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
