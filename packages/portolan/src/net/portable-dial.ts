/** One attempt to connect, and name look-up, by node:net and node:dns. */
import { lookup, type LookupAddress } from 'node:dns'
import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { WaitOptions } from '../socket/call-options.ts'
import { ERRNO } from '../sys/errno.ts'
import type { InetSocketAddress, SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import { CallLimit } from './call-limit.ts'
import type { DialOptions } from './driver.ts'
import { fromNodeError, textOf } from './node-error.ts'
import { StreamTransport } from './stream-transport.ts'
import type { Transport } from './transport.ts'

/**
 * One attempt to one literal address.
 *
 * @throws SocketError, as in ECONNREFUSED; EAFNOSUPPORT for a family that node:net does not know; EOPNOTSUPP for an own
 * address of a UNIX socket; RangeError for a port past 65535 and TypeError for a name
 */
export async function dial(address: SocketAddress, options: DialOptions): Promise<Transport> {
  const target = targetOf(address, options)
  const detail = { local: options.localAddress, remote: address }
  using limit = new CallLimit(options)
  limit.check('connect', detail)
  const socket = connect(target)
  try {
    await limit.within(() => connected(socket), 'connect', detail)
  } catch (error) {
    await destroyed(socket)
    throw error instanceof SocketError ? error : fromNodeError(error, 'connect', detail)
  }
  return 'path' in address
    ? new StreamTransport(socket, { localAddress: { path: '' }, remoteAddress: address })
    : new StreamTransport(socket)
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve())
    socket.on('error', reject)
  })
}

/** Resolves when the descriptor is given back. */
async function destroyed(socket: Socket): Promise<void> {
  if (socket.closed) return
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  socket.destroy()
  await closed
}

function targetOf(address: SocketAddress, options: DialOptions): NetConnectOpts {
  const { localAddress: own, noDelay, keepAliveSeconds } = options
  const halfOpen = { allowHalfOpen: true }
  if ('path' in address) {
    if (own !== undefined)
      throw new SocketError(ERRNO.EOPNOTSUPP, 'bind', {
        local: own,
        subject: 'node:net binds no UNIX client',
      })
    return { ...halfOpen, path: unixPath(address.path) }
  }
  return {
    ...halfOpen,
    ...inetTarget(address, 'connect'),
    // Racing is above the drivers, the same for both.
    autoSelectFamily: false,
    ...(own === undefined ? {} : localOf(inetTarget(own, 'bind'))),
    noDelay,
    keepAlive: keepAliveSeconds > 0,
    keepAliveInitialDelay: keepAliveSeconds * 1000,
  }
}

function localOf({ host, port }: InetSocketAddress): { localAddress: string; localPort: number } {
  return { localAddress: host, localPort: port }
}

/** A literal address as node:net takes it. */
export function inetTarget(address: SocketAddress, syscall: string): InetSocketAddress {
  if (!('host' in address))
    throw new SocketError(ERRNO.EAFNOSUPPORT, syscall, { remote: address, subject: 'portable driver' })
  const { host, port, scope = 0 } = address
  if (isIP(host) === 0) throw new TypeError(`Not an IP address: ${JSON.stringify(host)}`)
  return { host: scope === 0 || host.includes('%') ? host : `${host}%${zoneOf(scope)}`, port }
}

/** libuv knows zones by name only (uv_ip6_addr). */
function zoneOf(scope: number): string {
  for (const [name, addresses = []] of Object.entries(networkInterfaces()))
    if (addresses.some((each) => each.family === 'IPv6' && each.scopeid === scope)) return name
  return String(scope)
}

/** A path as node:net takes it: text, with NUL in front for an abstract name. */
export function unixPath(path: string | Uint8Array): string {
  const text = typeof path === 'string' ? path : utf8(path)
  if (text !== '') return text
  throw new SocketError(ERRNO.EINVAL, 'bind', { subject: 'node:net needs a path, it cannot autobind' })
}

function utf8(path: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(path)
  } catch {
    throw new SocketError(ERRNO.EINVAL, 'bind', { subject: 'node:net takes no path that is not UTF-8' })
  }
}

/**
 * Addresses of a host as the system orders them. The look-up runs on a thread of libuv's pool and cannot be interrupted:
 * after an abort it ends by itself, unheard.
 */
export async function lookUp(host: string, options: WaitOptions): Promise<InetSocketAddress[]> {
  // C would stop there and look up another name than the one that was checked.
  if (host.includes('\0')) throw new RangeError(`Host name holds a NUL: ${JSON.stringify(host)}`)
  if (isIP(host) !== 0) return [{ host, port: 0 }]
  using limit = new CallLimit(options)
  const list = await limit.within(() => systemLookup(host), 'getaddrinfo', { subject: host })
  return list.map(({ address }) => ({ host: address, port: 0 }))
}

function systemLookup(host: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true, order: 'verbatim' }, (error, list) => {
      if (error === null) resolve(list)
      else reject(lookUpFailure(error, host))
    })
  })
}

/** Node says ENOTFOUND for EAI_NONAME and EAI_NODATA alike (lib/internal/errors.js, DNSException). */
function lookUpFailure(error: Error, host: string): SocketError {
  const code = textOf(error, 'code') ?? 'EAI_FAIL'
  return new SocketError(code === 'ENOTFOUND' ? 'EAI_NONAME' : code, 'getaddrinfo', {
    subject: host,
    cause: error,
  })
}
