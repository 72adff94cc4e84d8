/**
 * `portolan/socket`: Berkeley sockets.
 *
 * @packageDocumentation
 * @example An echo server.
 * ```ts
 * import { socket, AF_INET, SOCK_STREAM } from 'portolan/socket'
 * const server = socket(AF_INET, SOCK_STREAM)
 * server.bind({ host: '127.0.0.1', port: 9999 })
 * server.listen()
 * for (;;) {
 *   const { client } = await server.accept()
 *   for (let data = await client.recv(1024); data !== null; data = await client.recv(1024)) await client.sendAll(data)
 *   client.close()
 * }
 * ```
 */
export { fromfd, type Expectations } from './socket/adopt.ts'
export { htonl, htons, ntohl, ntohs } from './socket/byte-order.ts'
export { if_indextoname, if_nameindex, if_nametoindex } from './socket/interfaces.ts'
export {
  gethostname,
  getaddrinfo,
  getnameinfo,
  type Addrinfo,
  type AddrinfoOptions,
  type Nameinfo,
} from './socket/names.ts'
export { socket, socketpair } from './socket/open.ts'
export { inet_ntop, inet_pton } from './socket/presentation.ts'
export type { OpenFile, SendfileOptions } from './socket/sendfile.ts'
export type { CallOptions, Deadline, Direction, TryOptions, WaitOptions } from './socket/call-options.ts'
export type { JoinOptions, Membership, Multicast } from './socket/multicast.ts'
export type {
  BatchOptions,
  MessageBatch,
  OutgoingMessage,
  ReceivedBatch,
  TryBatchOptions,
} from './socket/batch.ts'
export { BatchError } from './socket/batch-error.ts'
export type { Datagram } from './socket/receiving.ts'
export type {
  ControlMessage,
  DropCount,
  Rights,
  SegmentSize,
  SenderCredentials,
  SenderProcess,
  TimeToLive,
  TrafficClass,
  UnknownControl,
} from './socket/control-message.ts'
export type { ErrorOrigin, ExtendedError } from './socket/extended-error.ts'
export { Message } from './socket/message.ts'
export type { MessageTimestamp } from './socket/message-timestamp.ts'
export type { ReceiveControl, SendControl } from './socket/messages.ts'
export {
  replyFrom,
  type DescriptorSource,
  type OutgoingControl,
  type OutgoingCredentials,
  type OutgoingRights,
  type OutgoingSegmentSize,
  type OutgoingTimeToLive,
  type OutgoingTrafficClass,
} from './socket/outgoing-control.ts'
export { OwnedDescriptor } from './socket/owned-descriptor.ts'
export type { OutgoingPacketInfo, PacketInfo } from './socket/packet-info.ts'
export type { Credentials } from './socket/peer-credentials.ts'
export { CMSG_ALIGN, CMSG_LEN, CMSG_SPACE } from './sys/cmsg.ts'
export { Socket, type Accepted } from './socket/socket.ts'
export type { MtuDiscovery } from './socket/ip-options.ts'
export type { SocketOptions } from './socket/typed-options.ts'
export * from './sys/constants.ts'
export * from './sys/constants-udp.ts'
export * from './sys/constants-messages.ts'
export { AddressError, type AddressErrorCode } from './sys/address-error.ts'
export { ERRNO, errnoName, type ErrnoName } from './sys/errno.ts'
export type { NetworkInterface } from './sys/interfaces.ts'
export type {
  InetSocketAddress,
  NetlinkSocketAddress,
  PacketSocketAddress,
  SocketAddress,
  UnixSocketAddress,
  VsockSocketAddress,
} from './sys/socket-address.ts'
export { SocketError, type SocketErrorDetail } from './sys/socket-error.ts'
export type { TcpCongestionState, TcpInfo, TcpState } from './sys/tcp-info.ts'
export { Untrusted } from './text/untrusted.ts'
