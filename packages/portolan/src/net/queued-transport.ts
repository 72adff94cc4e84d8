/**
 * A transport that is not a socket: a pipe within the process, or a stream of Node. It brings attempts that never wait
 * ({@link WaitQueue}) and says when they are worth another try; order, signals, timeouts and deadlines come from the
 * same queue that sockets use, and so behave the same.
 */
import {
  delayUntil,
  NO_OPTIONS,
  type Deadline,
  type Direction,
  type WaitOptions,
} from '../socket/call-options.ts'
import { ABORTED, reasonOf } from '../socket/outcome.ts'
import type { Socket } from '../socket/socket.ts'
import { WaitQueue, type Attempt } from '../socket/wait-queue.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import type { Transport } from './transport.ts'

/** What waits here waits for this process itself: it keeps nothing alive. */
const NO_ONE = { began: () => undefined, ended: () => undefined }

// One a thread: an attempt writes here and copies what it took at once, so that a waiting read holds no memory.
const scratch = new Uint8Array(65_536)

export abstract class QueuedTransport implements Transport {
  abstract readonly localAddress: SocketAddress | undefined
  abstract readonly remoteAddress: SocketAddress | undefined
  readonly socket: Socket | undefined = undefined
  onClosed: (() => void) | undefined
  protected readonly reads = new WaitQueue(NO_ONE)
  protected readonly writes = new WaitQueue(NO_ONE)
  #open = true

  get open(): boolean {
    return this.#open
  }

  /** One attempt to take bytes: how many, 0 at the end of the stream, WOULD_BLOCK, or a negative error number. */
  protected abstract take(into: Uint8Array): number

  /** A fresh attempt that gives `data` on; `progress.sent` counts what is gone. */
  protected abstract giving(data: Uint8Array, progress: Progress): Attempt

  /** Why an attempt failed, where it is more than the number says. */
  protected cause(): unknown {
    return undefined
  }

  async read(length: number, options: WaitOptions = NO_OPTIONS): Promise<Uint8Array | null> {
    const taken: { bytes?: Uint8Array } = {}
    const into = scratch.subarray(0, Math.min(length, scratch.byteLength))
    const run = this.reads.run(() => {
      const count = this.take(into)
      if (count > 0) taken.bytes = into.slice(0, count)
      return count
    }, options)
    const count = typeof run === 'number' ? run : await run
    if (count < 0) throw this.failure(count, 'read', options)
    return taken.bytes ?? null
  }

  async readInto(into: Uint8Array, options: WaitOptions = NO_OPTIONS): Promise<number | null> {
    // Zero bytes are there at once and take nothing, as on a stream socket.
    const run = this.reads.run(() => (into.byteLength === 0 ? 0 : this.take(into)), options)
    const count = typeof run === 'number' ? run : await run
    if (count < 0) throw this.failure(count, 'read', options)
    return count === 0 && into.byteLength > 0 ? null : count
  }

  async write(data: Uint8Array | readonly Uint8Array[], options: WaitOptions = NO_OPTIONS): Promise<void> {
    const bytes = ArrayBuffer.isView(data) ? data : Buffer.concat(data)
    const progress = { sent: 0 }
    const run = this.writes.run(this.giving(bytes, progress), options)
    const outcome = typeof run === 'number' ? run : await run
    if (outcome < 0) throw this.failure(outcome, 'write', options, progress.sent)
  }

  /** Resolves when every write before has ended. */
  protected async drain(): Promise<void> {
    const run = this.writes.run(() => 0, NO_OPTIONS)
    const outcome = typeof run === 'number' ? run : await run
    if (outcome < 0) throw this.failure(outcome, 'write', NO_OPTIONS)
  }

  abstract closeWrite(): Promise<void>

  /** Ends what waits. @returns false where it was closed before */
  protected shut(): boolean {
    if (!this.#open) return false
    this.#open = false
    this.reads.close()
    this.writes.close()
    this.onClosed?.()
    return true
  }

  abstract close(): Promise<void>
  abstract reset(): void

  setDeadline(deadline: Deadline, direction: Direction = 'both'): void {
    const delay = delayUntil(deadline)
    if (direction !== 'write') this.reads.setDeadline(delay)
    if (direction !== 'read') this.writes.setDeadline(delay)
  }

  protected failure(outcome: number, syscall: string, options: WaitOptions, bytesSent?: number): SocketError {
    return new SocketError(reasonOf(outcome), syscall, {
      local: this.localAddress,
      remote: this.remoteAddress,
      bytesSent,
      cause: outcome === ABORTED ? options.signal?.reason : this.cause(),
    })
  }
}

export interface Progress {
  sent: number
}
