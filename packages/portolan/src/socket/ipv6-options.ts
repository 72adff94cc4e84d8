/** Options that IPv6 alone has, level IPPROTO_IPV6: ipv6(7). */
import { IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, IPV6_V6ONLY } from '../sys/constants.ts'
import { IpOptions } from './ip-options.ts'
import { IPV6, type SocketOption } from './option-access.ts'

const V6_ONLY: SocketOption = {
  name: 'IPV6_V6ONLY',
  level: IPPROTO_IPV6,
  number: IPV6_V6ONLY,
  of: IPV6,
  hints: { EINVAL: 'only before bind' },
}
const AUTO_FLOW_LABEL: SocketOption = {
  name: 'IPV6_AUTOFLOWLABEL',
  level: IPPROTO_IPV6,
  number: IPV6_AUTOFLOWLABEL,
  of: IPV6,
}

export class Ipv6Options extends IpOptions {
  /**
   * IPV6_V6ONLY: no IPv4 on this socket. Where it is off, a socket bound to `::` takes IPv4 too, with peers as
   * `::ffff:192.0.2.1` (RFC 3493 section 5.3); new sockets take net.ipv6.bindv6only. Set before bind.
   */
  get v6Only(): boolean {
    return this.getFlag(V6_ONLY)
  }

  set v6Only(on: boolean) {
    this.setFlag(V6_ONLY, on)
  }

  /** IPV6_AUTOFLOWLABEL: the kernel gives each flow a flow label of its own (RFC 6437). */
  get autoFlowLabel(): boolean {
    return this.getFlag(AUTO_FLOW_LABEL)
  }

  set autoFlowLabel(on: boolean) {
    this.setFlag(AUTO_FLOW_LABEL, on)
  }
}
