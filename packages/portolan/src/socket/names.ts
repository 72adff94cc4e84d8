/** Names of hosts and services: getaddrinfo(3), getnameinfo(3), gethostname(2). */
import { AddressError } from '../sys/address-error.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
} from '../sys/constants.ts'
import * as names from '../sys/constants/names.ts'
import { getaddrinfoAsync, getaddrinfoNow, type LookupResult } from '../sys/getaddrinfo.ts'
import { getnameinfoAsync, getnameinfoNow } from '../sys/getnameinfo.ts'
import { parseIPv4, parseIPv6 } from '../sys/inet.ts'
import { libc } from '../sys/libc.ts'
import { decodeSockaddr, encodeSockaddr } from '../sys/sockaddr.ts'
import { formatSocketAddress, type InetSocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import { Untrusted } from '../text/untrusted.ts'
import { checkWhole } from './call-options.ts'

export interface AddrinfoOptions {
  /** AF_INET or AF_INET6; AF_UNSPEC for both. @default AF_UNSPEC */
  readonly family?: number
  /** SOCK_STREAM, SOCK_DGRAM …; 0 for one entry each. @default 0 */
  readonly type?: number
  /** @default 0 */
  readonly protocol?: number
  /** AI_ flags, combined by `|`. @default 0 */
  readonly flags?: number
}

export interface Addrinfo {
  readonly family: number
  readonly type: number
  readonly protocol: number
  readonly address: InetSocketAddress
  /** Official name of the host, where AI_CANONNAME asked for it. Whoever answers for the name chose it. */
  readonly canonname?: Untrusted
}

export interface Nameinfo {
  /** Name of the host; its numeric address where it has none, or by NI_NUMERICHOST. Who runs its DNS chose it. */
  readonly host: Untrusted
  /** Name of the service on this machine (services(5)), or the port number. */
  readonly service: string
}

// A look-up fails with numbers of its own, not with errno; EAI_SYSTEM only says that errno has the reason.
const EAI_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(names).flatMap(([name, number]): [number, string][] =>
    name.startsWith('EAI_') ? [[number, name]] : [],
  ),
)

/**
 * Addresses of a host and service, in the order they should be tried (RFC 6724): getaddrinfo(3).
 *
 * Numeric hosts are answered at once; names are looked up on another thread.
 *
 * @param host name or numeric address; null for this machine (see AI_PASSIVE)
 * @param service port number or service name; null for port 0
 * @throws SocketError with an EAI_ code, as in EAI_NONAME; RangeError for a port past 65535 or a NUL in a name
 */
export async function getaddrinfo(
  host: string | null,
  service: string | number | null = null,
  options: AddrinfoOptions = {},
): Promise<Addrinfo[]> {
  const { family = AF_UNSPEC, type = 0, protocol = 0, flags = 0 } = options
  const port = service === null ? null : serviceText(service)
  // C would stop there and look up another name than the one that was checked.
  if (host?.includes('\0') === true) throw new RangeError(`Host name holds a NUL: ${JSON.stringify(host)}`)
  const numeric = isNumericHost(host) && (port === null || /^\d+$/.test(port))
  const forced = numeric ? flags | AI_NUMERICHOST | AI_NUMERICSERV : flags
  // AI_NUMERICSERV without a service is EAI_BADFLAGS in musl and nothing in glibc.
  const hints = { family, type, protocol, flags: port === null ? forced & ~AI_NUMERICSERV : forced }
  const result: LookupResult = numeric
    ? getaddrinfoNow(host, port, hints)
    : await getaddrinfoAsync(host, port, hints)
  if (typeof result === 'number') {
    const subject = [host ?? '', port].filter((part) => part !== null).join(':')
    throw failedLookup(result, 'getaddrinfo', subject)
  }
  return result.flatMap(({ address, canonname, ...entry }) => {
    const decoded = decodeSockaddr(address, address.length)
    if (decoded === undefined || !('host' in decoded)) return []
    const name = canonname === undefined ? {} : { canonname: new Untrusted(canonname) }
    return [{ ...entry, address: decoded, ...name }]
  })
}

/**
 * Host and service of an address: getnameinfo(3). With NI_NUMERICHOST and NI_NUMERICSERV together it is answered at
 * once; else names are looked up on another thread.
 *
 * @param address a numeric host and a port; IPv6 where the host has a colon
 * @param flags NI_ flags, combined by `|`
 * @throws SocketError with an EAI_ code, as in EAI_NONAME where NI_NAMEREQD finds no name; RangeError for an address
 * that is none
 */
export async function getnameinfo(address: InetSocketAddress, flags = 0): Promise<Nameinfo> {
  const family = address.host.includes(':') ? AF_INET6 : AF_INET
  const bytes = encodeSockaddr(family, address, libc.ifNameToIndex)
  checkWhole('flags', flags, 0, 0x7fffffff)
  const result =
    (flags & NUMERIC) === NUMERIC ? getnameinfoNow(bytes, flags) : await getnameinfoAsync(bytes, flags)
  if (typeof result === 'number') throw failedLookup(result, 'getnameinfo', formatSocketAddress(address))
  return { host: new Untrusted(result.host), service: result.service }
}

const NUMERIC = NI_NUMERICHOST | NI_NUMERICSERV

function failedLookup(code: number, syscall: string, subject: string): SocketError {
  return new SocketError(EAI_NAMES.get(code) ?? `EAI_${-code}`, syscall, { subject })
}

/** @throws RangeError for a port past 65535, which glibc would cut to 16 bits without a word */
function serviceText(service: string | number): string {
  const text = String(service)
  const number = typeof service === 'number' ? service : /^\d+$/.test(text) ? Number(text) : 0
  if (!Number.isInteger(number) || number < 0 || number > 0xffff)
    throw new AddressError('ERR_ADDRESS_PORT', `Port must be a whole number from 0 to 65535, not ${text}`)
  if (text.includes('\0')) throw new RangeError(`Service name holds a NUL: ${JSON.stringify(text)}`)
  return text
}

function isNumericHost(host: string | null): boolean {
  if (host === null) return true
  const percent = host.indexOf('%')
  return parseIPv4(host) !== undefined || parseIPv6(percent < 0 ? host : host.slice(0, percent)) !== undefined
}

/** Name of this machine: gethostname(2). @throws SocketError */
export function gethostname(): string {
  // HOST_NAME_MAX is 64 on Linux; the NUL comes with it.
  const bytes = new Uint8Array(65)
  const outcome = libc.gethostname(bytes, bytes.length)
  if (outcome < 0) throw new SocketError(-outcome, 'gethostname')
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)))
}
