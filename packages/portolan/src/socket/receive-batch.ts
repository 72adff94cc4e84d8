/** recvmmsg(2): many messages of a socket by one system call, into memory that is used again. */
import { AF_UNIX, MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, SOCK_DGRAM, SOCK_RAW } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { MOST_MESSAGES } from '../sys/message-block.ts'
import { ReceiveBlock } from '../sys/receive-block.ts'
import { SockaddrDecoder } from '../sys/sockaddr-cache.ts'
import { isUdp, UDP_LONGEST_JOINED } from '../sys/udp-offload.ts'
import {
  BlockBatch,
  CopiedBatch,
  type BatchOptions,
  type ReceivedBatch,
  type TryBatchOptions,
} from './batch.ts'
import { checkWhole, NO_OPTIONS } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'
import { WOULD_BLOCK } from './outcome.ts'
import { Turn } from './turn.ts'

/** More save little: what one call costs is then a hundredth of what its messages do. */
const MAX = 64
const SIZE = 65_536
const LARGEST_SIZE = 0x7fffffff

export class BatchReceiver {
  readonly #socket: Descriptor
  readonly #addresses = new SockaddrDecoder()
  readonly #turn = new Turn()
  #batch: BlockBatch | undefined
  /** The first message of the block that was not handed out yet. */
  #next = 0
  /** The kernel still has what is in the block: it was only peeked at. */
  #peeked = false

  constructor(socket: Descriptor) {
    this.#socket = socket
  }

  async receive(options: BatchOptions = NO_OPTIONS): Promise<ReceivedBatch> {
    const receiving = new Receiving(this, options)
    const patient = ((options.flags ?? 0) & MSG_DONTWAIT) === 0
    const attempt = patient ? () => this.#inTurn(receiving) : receiving.attempt
    const run = this.#socket.reads.run(attempt, options, !this.#keeps)
    // Also where there was no wait: until its caller has it, no other call may fill the batch again.
    const outcome = await run
    receiving.release()
    this.#socket.settle(outcome, 'recvmmsg', options)
    return receiving.batch
  }

  #inTurn(receiving: Receiving): number {
    if (this.#turn.over()) {
      this.#socket.reads.flushSoon()
      return WOULD_BLOCK
    }
    const outcome = receiving.attempt()
    if (outcome === WOULD_BLOCK) this.#turn.end()
    else this.#turn.moved(outcome)
    return outcome
  }

  tryReceive(options: TryBatchOptions = NO_OPTIONS): ReceivedBatch | undefined {
    const socket = this.#socket
    socket.opened('recvmmsg')
    const receiving = new Receiving(this, options)
    const outcome = socket.reads.runNow(receiving.attempt)
    receiving.release()
    if (outcome === WOULD_BLOCK) return undefined
    socket.settle(outcome, 'recvmmsg')
    return receiving.batch
  }

  /** @throws SocketError with EOPNOTSUPP for a socket whose end would look like messages without bytes */
  checkKind(): void {
    const { type } = this.#socket
    if (type !== SOCK_DGRAM && type !== SOCK_RAW)
      throw this.#socket.failure(-ERRNO.EOPNOTSUPP, 'recvmmsg', NO_OPTIONS)
  }

  /** The batch that the next call may show its messages in. */
  ready(slots: number, size: number): BlockBatch {
    const { family, protocol, type } = this.#socket
    const room = isUdp(family, type, protocol) ? Math.max(size, UDP_LONGEST_JOINED) : size
    const known = this.#batch?.block
    const fits = known !== undefined && known.slots >= slots && known.room >= room && known.usable
    const left = known !== undefined && this.#hasLeft(known)
    if (this.#batch !== undefined && (left || fits) && this.#batch.block.borrowed === 0) return this.#batch
    const block =
      left && known !== undefined
        ? known
        : new ReceiveBlock(family, Math.max(slots, known?.slots ?? 0), Math.max(room, known?.room ?? 0))
    this.#batch = new BlockBatch(block, this.#addresses, family === AF_UNIX ? { path: '' } : undefined)
    return this.#batch
  }

  /** Whether messages are here that need no readiness of the socket. */
  get #keeps(): boolean {
    return this.#batch !== undefined && this.#hasLeft(this.#batch.block)
  }

  #hasLeft(block: ReceiveBlock): boolean {
    return !this.#peeked && this.#next < block.count && block.usable
  }

  /**
   * Fills the batch by one system call of `slots` messages, or with what the last one left: it may have taken more than
   * were asked for, and each may be several that the kernel had joined.
   *
   * @returns messages in it, or the negative error number
   */
  fill(batch: BlockBatch, slots: number, max: number, size: number, flags: number): number {
    const { block } = batch
    const peek = (flags & MSG_PEEK) !== 0
    if (!this.#hasLeft(block)) {
      // Each peek of the same call would see the same message.
      const asked = peek ? 1 : slots
      this.#next = 0
      this.#peeked = peek
      const filled = block.receive(this.#socket.fd, asked, flags | MSG_TRUNC)
      if (filled < 0) return filled
      // The kernel stopped at the end of the queue, so what comes later tells an edge. After a single message, mostly a
      // question whose sender waits, that lasts; behind several others follow, and asking costs less than a turn of the loop.
      if (flags === 0 && filled === 1 && asked > 1) this.#socket.reads.exhausted()
    }
    const count = Math.min(max, block.count - this.#next)
    batch.show(this.#next, count, size)
    if (!peek) this.#next += count
    return count
  }
}

/** One call, from its checks to its batch. */
class Receiving {
  batch: ReceivedBatch
  readonly #receiver: BatchReceiver
  readonly #slots: number
  readonly #max: number
  readonly #size: number
  readonly #flags: number
  readonly #copy: boolean
  #holds: ReceiveBlock | undefined

  constructor(receiver: BatchReceiver, options: TryBatchOptions) {
    const { max = MAX, size = SIZE, ahead = max, flags = 0, copy = false } = options
    this.#receiver = receiver
    this.#max = checkWhole('max', max, 1, MOST_MESSAGES)
    this.#size = checkWhole('size', size, 0, LARGEST_SIZE)
    this.#slots = checkWhole('ahead', ahead, max, MOST_MESSAGES)
    this.#flags = flags
    this.#copy = copy
    receiver.checkKind()
    this.batch = receiver.ready(ahead, size)
  }

  readonly attempt = (): number => {
    // Again, since another call may have had it while this one waited.
    const batch = this.#receiver.ready(this.#slots, this.#size)
    const outcome = this.#receiver.fill(batch, this.#slots, this.#max, this.#size, this.#flags)
    if (outcome < 0) return outcome
    if (this.#copy) {
      this.batch = new CopiedBatch(batch)
      return outcome
    }
    this.batch = batch
    this.#holds = batch.block
    this.#holds.borrowed++
    return outcome
  }

  release(): void {
    if (this.#holds !== undefined) this.#holds.borrowed--
    this.#holds = undefined
  }
}
