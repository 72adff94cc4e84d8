/** sendmmsg(2): many messages by one system call, and where the kernel can, many as one (udp-offload.ts). */
import { AF_UNIX, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_ZEROCOPY, SOCK_STREAM } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { NEVER_JOIN, SendBlock } from '../sys/send-block.ts'
import { SockaddrEncoder } from '../sys/sockaddr-cache.ts'
import { probeSegmentation, UdpOffload } from '../sys/udp-offload.ts'
import type { MessageBatch, OutgoingMessage } from './batch.ts'
import { BatchError } from './batch-error.ts'
import { NO_OPTIONS, type CallOptions, type TryOptions } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'
import { FIRST_PAUSE, LONGEST_PAUSE } from './full-queue.ts'
import { NOT_NOW, reasonOf, WOULD_BLOCK } from './outcome.ts'
import { outgoing, type OutgoingMessages } from './outgoing-messages.ts'
import { Turn } from './turn.ts'

/** Small messages are copied into a block that the next call fills anew. @throws RangeError for MSG_ZEROCOPY */
function checkFlags(flags = 0): number {
  if ((flags & MSG_ZEROCOPY) !== 0)
    throw new RangeError('MSG_ZEROCOPY is for sendmsg, not for messages in bulk')
  return flags
}

// One a thread: an attempt fills it and is done with it before anything else runs.
let block: SendBlock | undefined

export class BatchSender {
  readonly #socket: Descriptor
  readonly #encoder: SockaddrEncoder
  readonly #offload: UdpOffload
  readonly #turn = new Turn()

  constructor(socket: Descriptor) {
    this.#socket = socket
    this.#encoder = new SockaddrEncoder(socket.family)
    const { fd, family, type, protocol } = socket
    this.#offload = new UdpOffload(probeSegmentation(fd, family, type, protocol))
  }

  async send(
    messages: readonly OutgoingMessage[] | MessageBatch,
    options: CallOptions = NO_OPTIONS,
  ): Promise<number> {
    this.#checkKind()
    const from = outgoing(messages, this.#encoder)
    const flags = checkFlags(options.flags)
    const turn = (flags & MSG_DONTWAIT) === 0 ? this.#turn : undefined
    const sending = new Sending(this.#socket, from, this.#offload, flags, turn)
    let outcome: number
    from.hold()
    try {
      const run = this.#socket.writes.run(sending.attempt, options)
      outcome = typeof run === 'number' ? run : await run
    } finally {
      from.release()
    }
    if (outcome >= 0 || (outcome === NOT_NOW && sending.sent > 0)) return sending.sent
    throw this.#failure(outcome, sending, from, options)
  }

  trySend(
    messages: readonly OutgoingMessage[] | MessageBatch,
    options: TryOptions = NO_OPTIONS,
  ): number | undefined {
    this.#socket.opened('sendmmsg')
    this.#checkKind()
    const from = outgoing(messages, this.#encoder)
    const sending = new Sending(this.#socket, from, this.#offload, options.flags ?? 0, undefined)
    const outcome = this.#socket.writes.runNow(sending.attempt)
    if (outcome === WOULD_BLOCK) return sending.sent > 0 ? sending.sent : undefined
    if (outcome < 0) throw this.#failure(outcome, sending, from, NO_OPTIONS)
    return sending.sent
  }

  #checkKind(): void {
    if (this.#socket.type === SOCK_STREAM)
      throw this.#socket.failure(-ERRNO.EOPNOTSUPP, 'sendmmsg', NO_OPTIONS)
  }

  #failure(outcome: number, { sent }: Sending, from: OutgoingMessages, options: CallOptions): BatchError {
    const remote = sent < from.length ? from.address(sent) : undefined
    const known = this.#socket.failure(outcome, 'sendmmsg', options, remote === undefined ? {} : { remote })
    return new BatchError(reasonOf(outcome), 'sendmmsg', {
      local: known.local,
      remote: known.remote,
      cause: known.cause,
      messagesSent: sent,
    })
  }
}

/** One call on its way. */
class Sending {
  sent = 0
  readonly #socket: Descriptor
  readonly #messages: OutgoingMessages
  readonly #offload: UdpOffload
  readonly #flags: number
  readonly #turn: Turn | undefined
  #pause = FIRST_PAUSE
  /** The joined message that was refused, while its messages are tried one by one. */
  #suspect: { readonly outcome: number; readonly segments: number; readonly size: number } | undefined

  /** @param turn undefined for a call that must not wait */
  constructor(
    socket: Descriptor,
    messages: OutgoingMessages,
    offload: UdpOffload,
    flags: number,
    turn: Turn | undefined,
  ) {
    this.#socket = socket
    this.#messages = messages
    this.#offload = offload
    this.#flags = flags | MSG_NOSIGNAL
    this.#turn = turn
  }

  /** As of WaitQueue: everything sent, WOULD_BLOCK, or the error of the message at `sent`. */
  readonly attempt = (): number => {
    while (this.sent < this.#messages.length) {
      if (this.#turn?.over() === true) {
        this.#socket.writes.flushSoon()
        return WOULD_BLOCK
      }
      const before = this.sent
      const outcome = this.#call()
      if (outcome === WOULD_BLOCK) this.#turn?.end()
      if (outcome < 0) return outcome
      this.#turn?.moved(this.sent - before)
    }
    return this.sent
  }

  /** @returns 0 where the next call can be made, else as {@link attempt} */
  #call(): number {
    block ??= new SendBlock()
    block.begin(this.#suspect === undefined ? this.#offload : NEVER_JOIN)
    this.#messages.fill(block, this.sent)
    const outcome = block.send(this.#socket.fd, this.#flags)
    if (outcome > 0) {
      if (this.#suspect !== undefined) {
        const { outcome: refusal, segments, size } = this.#suspect
        this.#offload.refused(refusal, segments, size)
        this.#suspect = undefined
      }
      this.sent += block.messages(outcome)
      this.#pause = FIRST_PAUSE
      return 0
    }
    if (this.#suspect === undefined && block.firstRun > 1 && UdpOffload.refuses(outcome)) {
      this.#suspect = { outcome, segments: block.firstRun, size: block.firstSize }
      return 0
    }
    // A full receiver of UNIX datagrams and a full queue of a device tell no edge that is to be trusted: sendto's
    // reason, and sock_alloc_send_pskb, which is the only one that asks for an event.
    if (outcome === -ERRNO.ENOBUFS || (outcome === WOULD_BLOCK && this.#socket.family === AF_UNIX)) {
      this.#socket.writes.pause(this.#pause)
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
      return WOULD_BLOCK
    }
    return outcome
  }
}
