/** What `datagram()` is given. */
import type { SocketAddress } from '../sys/socket-address.ts'

/** Where to receive: an address of UDP, or a path of the file system, a name that begins with NUL, or `''` for any name. */
export type DatagramAddress =
  | {
      /** Name or numeric address. @default every address of this machine, IPv6 and IPv4 */
      readonly host?: string | undefined
      /** 0 to 65535; 0 lets the kernel choose one. @default 0 */
      readonly port?: number | undefined
    }
  | { readonly path: string | Uint8Array }

export interface DatagramOptions {
  /** Bytes that may wait to be received (SO_RCVBUF); the kernel caps them at net.core.rmem_max and doubles them. */
  readonly receiveBuffer?: number | undefined
  /** Bytes that may wait to be sent (SO_SNDBUF); capped at net.core.wmem_max and doubled. */
  readonly sendBuffer?: number | undefined
  /**
   * The only peer: where `send` goes without an address, and whom alone the socket hears. Its host
   * may be a name.
   */
  readonly connect?: SocketAddress | undefined
  /** Share the port with other sockets of the same user (SO_REUSEPORT). @default false */
  readonly reusePort?: boolean | undefined
  /** Allow sending to broadcast addresses (SO_BROADCAST); EACCES without it. @default false */
  readonly broadcast?: boolean | undefined
  /** Do not take IPv4 at an IPv6 address. @default false */
  readonly v6Only?: boolean | undefined
  /** Ends the look-up of names, and later closes the socket. */
  readonly signal?: AbortSignal | undefined
}
