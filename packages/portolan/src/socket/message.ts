/** A received message with everything that came with it: recvmsg(2). */
import { MSG_TRUNC } from '../sys/constants.ts'
import { MSG_CTRUNC } from '../sys/constants-messages.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import type { ControlMessage } from './control-message.ts'

/**
 * What recvmsg gives. Dispose of it (`using message = …`) wherever a peer may send descriptors: that closes those which
 * nobody took; garbage collection does not.
 */
export class Message<Data extends Uint8Array | number = Uint8Array> implements Disposable {
  /** The bytes, cut to the length that was asked for; where buffers were given, how many bytes of them were filled. */
  readonly data: Data
  /** Bytes of the message as it was sent, as far as the kernel tells; on a stream what was received. */
  readonly size: number
  /**
   * The sender, `{ path: '' }` for a UNIX socket without a name; undefined on a stream. From the error queue: where the
   * datagram was to go.
   */
  readonly address: SocketAddress | undefined
  /** msg_flags: MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_OOB, MSG_ERRQUEUE. */
  readonly flags: number
  /** In the order in which the kernel wrote them. */
  readonly control: readonly ControlMessage[]

  constructor(
    data: Data,
    size: number,
    address: SocketAddress | undefined,
    flags: number,
    control: readonly ControlMessage[],
  ) {
    this.data = data
    this.size = size
    this.address = address
    this.flags = flags
    this.control = control
  }

  /** True when the message was longer than there was room for; the rest is lost. */
  get truncated(): boolean {
    return (this.flags & MSG_TRUNC) !== 0
  }

  /**
   * True when control messages were lost: there was too little room for them, or no descriptor was free. Descriptors that
   * arrived all the same are in {@link control}; the others the kernel has closed.
   */
  get controlTruncated(): boolean {
    return (this.flags & MSG_CTRUNC) !== 0
  }

  /** Closes the descriptors that came with the message and were not taken. A second time does nothing. */
  [Symbol.dispose](): void {
    for (const message of this.control)
      if (message.kind === 'rights')
        for (const descriptor of message.descriptors) descriptor[Symbol.dispose]()
      else if (message.kind === 'process') message.descriptor[Symbol.dispose]()
  }
}
