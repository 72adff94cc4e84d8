import { formatEndpoint } from '../scan/address.ts'
import { safeText } from './safe-text.ts'
import type { StreamFormat } from './stream-report.ts'

/** What a pipe gets: `host:port/proto state service`, brackets around IPv6, as soon as a port is known. */
export const lines: StreamFormat = {
  event(event) {
    if (event.type !== 'port') return ''
    const endpoint = formatEndpoint(safeText(event.host), event.port)
    const service = event.service === undefined ? '' : ` ${safeText(event.service.name)}`
    return `${endpoint}/${event.protocol} ${event.state}${service}\n`
  },
  end: () => '',
}
