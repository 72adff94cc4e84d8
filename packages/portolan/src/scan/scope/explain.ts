/** `portolan scope explain ADDRESS`: which rule decides, and what else is known about the address. */
import { escapeText } from '../../text/untrusted.ts'
import { formatAddress } from '../address.ts'
import type { Address } from '../address.ts'
import { unmapped } from '../targets/mapped-ipv4.ts'
import { embeddedIPv4 } from './embedded.ts'
import type { Scope } from './scope.ts'
import { SCOPE_METHODS } from './scope-methods.ts'
import { describeSpecial, specialRangeOf } from './special-ranges.ts'

/** Lines for a person to read; the first ones say what is decided. */
export function explain(scope: Scope, given: Address): string[] {
  const text = formatAddress(given)
  const lines = verdictLines(scope, given)
  const address = unmapped(given)
  if (address !== given) lines.push(`${text} is ${formatAddress(address)} on the wire (IPv4-mapped)`)
  const special = specialRangeOf(address)
  if (special !== undefined) lines.push(`special range: ${describeSpecial(special)}, class ${special.class}`)
  const embedding = embeddedIPv4(address)
  if (embedding !== undefined)
    lines.push(`carries IPv4 (${embedding.kind}): ${embedding.addresses.map(formatAddress).join(', ')}`)
  const { file } = scope
  if (file !== undefined) {
    const { owner, reference, validFrom, validUntil } = file.authorisation
    lines.push(
      `permission: ${escapeText(owner)}, ${escapeText(reference)}, ${validFrom} to ${validUntil} (UTC)`,
    )
  }
  return lines
}

/** One verdict for all methods where they agree, one each where they do not. */
function verdictLines(scope: Scope, address: Address): string[] {
  const text = formatAddress(address)
  const verdicts = SCOPE_METHODS.map((method) => {
    const decision = scope.decide(address, method)
    return decision.allowed
      ? { method, lines: [`allowed (${decision.because}), by ${decision.rule}`] }
      : {
          method,
          lines: [
            `refused (${decision.code}), by ${decision.rule}`,
            `  ${decision.message}`,
            `  ${decision.hint}`,
          ],
        }
  })
  const [first] = verdicts
  if (first === undefined) return []
  if (verdicts.every(({ lines }) => lines.join() === first.lines.join()))
    return [`${text}: ${first.lines[0]}`, ...first.lines.slice(1)]
  return verdicts.flatMap(({ method, lines }) => [`${text} by ${method}: ${lines[0]}`, ...lines.slice(1)])
}
