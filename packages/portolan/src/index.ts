/**
 * `portolan`: connections, and servers for them, by name or address.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * import { connect } from 'portolan'
 * await using conn = await connect({ host: 'localhost', port: 9999, timeout: 3000 })
 * await conn.write('hello\n')
 * for await (const chunk of conn) process.stdout.write(chunk)
 * ```
 */
export type { ByteStream } from './net/byte-stream.ts'
export { ConnectError } from './net/connect-error.ts'
export type {
  ConnectOptions,
  Family,
  Lookup,
  TcpConnectOptions,
  UnixConnectOptions,
} from './net/connect-options.ts'
export { connect } from './net/connect.ts'
export { Connection } from './net/connection.ts'
export {
  datagram,
  type BatchesOptions,
  type DatagramAddress,
  type DatagramOptions,
  type DatagramSocket,
} from './net/datagram.ts'
export type { DriverName } from './net/driver.ts'
export type { SocketDuplex } from './net/duplex.ts'
export { delimited, type DelimiterOptions } from './net/framing-delimiter.ts'
export { lengthPrefixed, type LengthPrefixOptions } from './net/framing-length.ts'
export type { LineOptions } from './net/framing-lines.ts'
export type { Extent, FrameCodec, FrameDecoder, Frames } from './net/framing.ts'
export { listen, type ListenOptions } from './net/listen.ts'
export { Listener, type ListenerOptions } from './net/listener.ts'
export {
  listenOnThreads,
  type ThreadedListener,
  type ThreadedListenOptions,
} from './net/listen-on-threads.ts'
export { pipe } from './net/pipe.ts'
export type {
  Pem,
  TlsCommonOptions,
  TlsOptions,
  TlsServerOptions,
  TlsUpgradeOptions,
} from './net/tls-options.ts'
export { PeerCertificate, type TlsSession } from './net/tls-session.ts'
export type { Deadline, Direction, WaitOptions } from './socket/call-options.ts'
export type { InetSocketAddress, SocketAddress, UnixSocketAddress } from './sys/socket-address.ts'
export { BatchError } from './socket/batch-error.ts'
export { AddressError, type AddressErrorCode } from './sys/address-error.ts'
export { SocketError, type SocketErrorDetail } from './sys/socket-error.ts'
