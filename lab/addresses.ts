/** The addresses a lab may use, and no others: the ranges set aside for tests of network devices. */
import { BlockList, isIP } from 'node:net'
import { LabError } from './spec.ts'

/** RFC 2544 appendix C.2.2. */
export const LAB_IPV4 = '198.18.0.0/15'
/** RFC 5180 section 8. */
export const LAB_IPV6 = '2001:2::/48'

/** The scanner's and, where there is one, the router's own addresses: the end of each range. */
export const SCANNER = { v4: '198.19.255.254', v6: '2001:2:0:ffff:ffff:ffff:ffff:fffe' } as const
export const ROUTER = { v4: '198.19.255.253', v6: '2001:2:0:ffff:ffff:ffff:ffff:fffd' } as const

/** An address or range; an address is a range of one. */
export interface Block {
  readonly text: string
  readonly family: 'ipv4' | 'ipv6'
  readonly network: string
  readonly prefix: number
}

/** Reads `198.18.0.10` or `198.18.128.0/17`. Throws LabError outside the lab's ranges; `where` names the place. */
export function parseBlock(text: string, where: string): Block {
  const [network = '', prefixText, ...rest] = text.split('/')
  const version = text.includes('%') || rest.length > 0 ? 0 : isIP(network)
  const width = version === 4 ? 32 : 128
  const prefix = prefixText === undefined ? width : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1
  if (version === 0 || prefix < 0 || prefix > width)
    throw new LabError(`${where}: '${text}' is not an IP address or range; write 198.18.0.10 or 2001:2::10`)
  const block: Block = { text, family: version === 4 ? 'ipv4' : 'ipv6', network, prefix }
  const allowed = version === 4 ? ALLOWED_IPV4 : ALLOWED_IPV6
  if (!contains(allowed, block))
    throw new LabError(
      `${where}: ${text} is outside ${LAB_IPV4} and ${LAB_IPV6}, the only addresses of a lab`,
    )
  return block
}

/** Whether two blocks share an address. CIDR ranges are nested or apart, so one test each way is enough. */
export function overlap(a: Block, b: Block): boolean {
  return contains(a, b) || contains(b, a)
}

function contains(outer: Block, inner: Block): boolean {
  if (outer.family !== inner.family || inner.prefix < outer.prefix) return false
  const list = new BlockList()
  list.addSubnet(outer.network, outer.prefix, outer.family)
  return list.check(inner.network, inner.family)
}

const ALLOWED_IPV4: Block = { text: LAB_IPV4, family: 'ipv4', network: '198.18.0.0', prefix: 15 }
const ALLOWED_IPV6: Block = { text: LAB_IPV6, family: 'ipv6', network: '2001:2::', prefix: 48 }
