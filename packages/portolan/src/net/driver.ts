/**
 * Where connections come from: the kernel by Portolan's own sockets, or node:net where those cannot work ("portable").
 * A driver knows literal addresses, single attempts and accepting; names, racing, limits and draining are above it and
 * the same for both.
 */
import type { WaitOptions } from '../socket/call-options.ts'
import type { InetSocketAddress, SocketAddress } from '../sys/socket-address.ts'
import type { Transport } from './transport.ts'

export type DriverName = 'kernel' | 'portable'

export interface DialOptions extends WaitOptions {
  /** Own address to connect from; port 0 lets the kernel choose. */
  readonly localAddress?: SocketAddress | undefined
  /** TCP only: send small writes at once (TCP_NODELAY). */
  readonly noDelay: boolean
  /** TCP only: seconds of silence after which the peer is probed (TCP_KEEPIDLE); 0 for never. */
  readonly keepAliveSeconds: number
}

export interface BindOptions {
  readonly backlog: number
  /** Several sockets share the address, and the kernel spreads connections over them (SO_REUSEPORT). */
  readonly reusePort: boolean
  /** IPv6 only: leave IPv4 alone (IPV6_V6ONLY). */
  readonly v6Only: boolean
  readonly noDelay: boolean
  readonly keepAliveSeconds: number
}

/** A bound and listening address. */
export interface TransportListener {
  readonly localAddress: SocketAddress
  /** The next connection. Abort-safe. @throws SocketError, as in EMFILE; ERR_SOCKET_CLOSED once closed */
  accept(options?: WaitOptions): Promise<Transport>
  /** Stops listening at once; connections that were accepted go on. */
  close(): Promise<void>
}

export interface Driver {
  readonly name: DriverName
  /** Addresses of a host, in the order of RFC 6724; the port is 0. @throws SocketError with an EAI_ code */
  lookUp(host: string, options: WaitOptions): Promise<InetSocketAddress[]>
  /** One attempt to one literal address. An attempt that fails or is aborted leaves nothing open. */
  dial(address: SocketAddress, options: DialOptions): Promise<Transport>
  /** Binds and listens at one literal address. */
  listen(address: SocketAddress, options: BindOptions): Promise<TransportListener>
}
