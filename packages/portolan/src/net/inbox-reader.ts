/**
 * Reads that go through an inbox, one after the other: a framer may need several reads for its frame, and no other read
 * may take the bytes in between. A connection has one from the first framed read on.
 */
import { NO_OPTIONS, type WaitOptions } from '../socket/call-options.ts'
import { ABORTED, reasonOf, WOULD_BLOCK } from '../socket/outcome.ts'
import { WaitQueue } from '../socket/wait-queue.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import type { FrameSource } from './framing.ts'
import { Inbox } from './inbox.ts'
import type { Transport } from './transport.ts'

const NOTHING = new Uint8Array(0)

/** Most bytes taken from the transport at once, and so what the inbox holds beyond one frame. */
const CHUNK = 65_536

/** Who waits for a turn waits for another read, which keeps the process alive where it should be. */
const NO_ONE = { began: () => undefined, ended: () => undefined }

export class InboxReader implements FrameSource {
  readonly inbox = new Inbox()
  #transport: Transport
  // No deadline is set here: it ends the read whose turn it is, and so one after the other.
  readonly #turns = new WaitQueue(NO_ONE)
  #taken = false

  constructor(transport: Transport) {
    this.#transport = transport
  }

  get localAddress(): SocketAddress | undefined {
    return this.#transport.localAddress
  }

  get remoteAddress(): SocketAddress | undefined {
    return this.#transport.remoteAddress
  }

  /** Reads go there from now on, also those of frames and lines that were asked for before. */
  redirect(transport: Transport): void {
    this.#transport = transport
  }

  /** Nothing is kept, and nobody has the turn: a read may go straight to the transport. */
  get idle(): boolean {
    return !this.#taken && this.inbox.length === 0
  }

  read(options: WaitOptions = NO_OPTIONS): Promise<Uint8Array | null> {
    return this.inTurn(options, async (step) => {
      if (this.inbox.length === 0) return this.#transport.read(CHUNK, step())
      await this.admit(step())
      return this.inbox.take(Math.min(CHUNK, this.inbox.length))
    })
  }

  readInto(into: Uint8Array, options: WaitOptions = NO_OPTIONS): Promise<number | null> {
    return this.inTurn(options, async (step) => {
      if (this.inbox.length === 0) return this.#transport.readInto(into, step())
      await this.admit(step())
      return this.inbox.takeInto(into)
    })
  }

  async inTurn<T>(options: WaitOptions, work: (step: () => WaitOptions) => Promise<T>): Promise<T> {
    const step = stepOptions(options)
    const run = this.#turns.run(() => {
      if (this.#taken) return WOULD_BLOCK
      this.#taken = true
      return 0
    }, options)
    const outcome = typeof run === 'number' ? run : await run
    if (outcome < 0) throw this.#failure(outcome, options)
    try {
      return await work(step)
    } finally {
      this.#taken = false
      this.#turns.flush()
    }
  }

  /** Reading nothing takes nothing, but fails where the connection is closed or its time is over. */
  async admit(options: WaitOptions): Promise<void> {
    await this.#transport.readInto(NOTHING, options)
  }

  async fill(options: WaitOptions): Promise<boolean> {
    const chunk = await this.#transport.read(CHUNK, options)
    if (chunk === null) return false
    this.inbox.append(chunk)
    return true
  }

  #failure(outcome: number, options: WaitOptions): SocketError {
    return new SocketError(reasonOf(outcome), 'read', {
      local: this.localAddress,
      remote: this.remoteAddress,
      cause: outcome === ABORTED ? options.signal?.reason : undefined,
    })
  }
}

/** For a call of several steps: its timeout counts for all of them together. */
function stepOptions(options: WaitOptions): () => WaitOptions {
  const { timeout } = options
  if (timeout === undefined || timeout === Infinity) return () => options
  const end = performance.now() + timeout
  return () => ({ ...options, timeout: end - performance.now() })
}
