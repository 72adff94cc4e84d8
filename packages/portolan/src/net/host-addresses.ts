/** From what `connect` was told to the addresses it tries, in the order it tries them. */
import type { InetSocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import type { CallLimit } from './call-limit.ts'
import { familyOf, type Family, type TcpConnectOptions } from './connect-options.ts'
import type { Driver } from './driver.ts'
import { interleaveFamilies } from './happy-eyeballs.ts'

/**
 * Numeric hosts are taken as they are; names are looked up, each address once, the families in turn.
 *
 * @returns one address or more
 * @throws SocketError with an EAI_ code, as in EAI_NONAME; EAI_ADDRFAMILY where the host has none of the family that
 * `family` or `localAddress` asks for; ERR_SOCKET_TIMEOUT, ABORT_ERR
 */
export async function addressesOf(
  options: TcpConnectOptions,
  driver: Driver,
  limit: CallLimit,
): Promise<InetSocketAddress[]> {
  const { host, port, localAddress } = options
  const family = options.family ?? (localAddress === undefined ? undefined : familyOf(localAddress.host))
  const fits = (address: { readonly host: string }): boolean =>
    family === undefined || familyOf(address.host) === family
  if (familyOf(host) !== undefined) {
    if (fits(options)) return [{ host, port }]
    throw otherFamily(options, family)
  }
  const found = await lookUp(options, family, driver, limit)
  if (found.length === 0) throw new SocketError('EAI_NONAME', 'getaddrinfo', { subject: host })
  const fitting = found.filter(fits)
  if (fitting.length === 0) throw otherFamily(options, family)
  // /etc/hosts may give one address several times.
  const distinct = new Map(fitting.map((address) => [JSON.stringify(address), address]))
  return interleaveFamilies(Array.from(distinct.values(), (address) => ({ ...address, port })))
}

function otherFamily({ host, localAddress }: TcpConnectOptions, family: Family | undefined): SocketError {
  const why = localAddress === undefined ? '' : `, which localAddress ${localAddress.host} needs`
  const subject = `${host} has no IPv${family} address${why}`
  return new SocketError('EAI_ADDRFAMILY', 'getaddrinfo', { subject })
}

function lookUp(
  { host, lookup }: TcpConnectOptions,
  family: Family | undefined,
  driver: Driver,
  limit: CallLimit,
): Promise<readonly Omit<InetSocketAddress, 'port'>[]> {
  const { signal } = limit
  const work = async (): Promise<readonly Omit<InetSocketAddress, 'port'>[]> =>
    lookup === undefined
      ? await driver.lookUp(host, { signal })
      : (await lookup(host, { family, signal })).map(numeric)
  return limit.within(work, 'getaddrinfo', { subject: host })
}

function numeric(host: string): { host: string } {
  if (familyOf(host) === undefined)
    throw new RangeError(`lookup must give numeric addresses, not ${JSON.stringify(host)}`)
  return { host }
}
