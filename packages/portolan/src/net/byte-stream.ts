/** What framers and adapters need of a connection: {@link Connection} is one. */
import type { Deadline, Direction, WaitOptions } from '../socket/call-options.ts'
import type { Socket } from '../socket/socket.ts'
import type { SocketAddress } from '../sys/socket-address.ts'

export interface ByteStream {
  readonly localAddress: SocketAddress | undefined
  readonly remoteAddress: SocketAddress | undefined
  readonly socket: Socket | undefined
  readonly closed: boolean
  read(options?: WaitOptions): Promise<Uint8Array | null>
  read(into: Uint8Array, options?: WaitOptions): Promise<number | null>
  write(data: Uint8Array | string | readonly Uint8Array[], options?: WaitOptions): Promise<void>
  closeWrite(): Promise<void>
  close(): Promise<void>
  reset(): void
  setDeadline(deadline: Deadline, direction?: Direction): void
}
