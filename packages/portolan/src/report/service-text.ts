import type { PortEvent } from '../scan/events.ts'
import { safeText } from './safe-text.ts'

/** What runs there, as far as it was asked: `OpenSSH 9.2p1 (protocol 2.0)`; empty when only the number hints at it. */
export function versionText(service: PortEvent['service']): string {
  if (service === undefined) return ''
  const parts = [
    service.product,
    service.version,
    service.info === undefined ? undefined : `(${service.info})`,
  ]
  return safeText(parts.filter((part) => part !== undefined && part !== '').join(' '))
}
