/** Two connected ends within the process: for tests, and for servers and clients that live together. */
import type { WaitOptions } from '../socket/call-options.ts'
import type { Attempt } from '../socket/wait-queue.ts'
import { WOULD_BLOCK } from '../socket/outcome.ts'
import { ERRNO } from '../sys/errno.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { Connection } from './connection.ts'
import { QueuedTransport, type Progress } from './queued-transport.ts'
import { writeAfterEnd } from './socket-transport.ts'

/** Bytes that wait in one direction before a writer has to: the kernel's own pipes hold as many (pipe(7), "Pipe capacity"). */
const CAPACITY = 65_536

/**
 * A pair of connections joined in memory, with everything a connection can do: half-close, deadlines, reset, and writers
 * that wait when the other side does not read (64 KiB in each direction). Nothing leaves the process. Portolan's own; never
 * throws.
 *
 * @example
 * ```ts
 * const [client, server] = pipe()
 * await client.write('hello\n')
 * for await (const line of server.lines()) console.log(line)
 * ```
 */
export function pipe(): [Connection, Connection] {
  const there = new Channel()
  const back = new Channel()
  const one = new PipeEnd(back, there)
  const other = new PipeEnd(there, back)
  there.join(one, other)
  back.join(other, one)
  return [new Connection(one), new Connection(other)]
}

/** One direction: a ring of bytes between a writer and a reader. */
class Channel {
  readonly #ring = new Uint8Array(CAPACITY)
  #start = 0
  #length = 0
  /** How the writer ended it. */
  state: 'flowing' | 'ended' | 'reset' = 'flowing'
  /** The reader has closed: what is written is for nobody. */
  abandoned = false
  #writer: PipeEnd | undefined
  #reader: PipeEnd | undefined

  join(writer: PipeEnd, reader: PipeEnd): void {
    this.#writer = writer
    this.#reader = reader
  }

  /** @returns how much was taken; less than asked for where the ring is full */
  put(data: Uint8Array): number {
    const count = Math.min(data.byteLength, CAPACITY - this.#length)
    const at = (this.#start + this.#length) % CAPACITY
    const first = Math.min(count, CAPACITY - at)
    this.#ring.set(data.subarray(0, first), at)
    this.#ring.set(data.subarray(first, count), 0)
    this.#length += count
    if (count > 0) this.#reader?.readable()
    return count
  }

  /** @returns how much was there */
  take(into: Uint8Array): number {
    const count = Math.min(into.byteLength, this.#length)
    const first = Math.min(count, CAPACITY - this.#start)
    into.set(this.#ring.subarray(this.#start, this.#start + first))
    into.set(this.#ring.subarray(0, count - first), first)
    this.#start = (this.#start + count) % CAPACITY
    this.#length -= count
    if (count > 0) this.#writer?.writable()
    return count
  }

  end(state: 'ended' | 'reset'): void {
    if (this.state !== 'flowing') return
    this.state = state
    // A reset overtakes what waits, as RST does (RFC 9293 section 3.10.7).
    if (state === 'reset') this.#length = 0
    this.#reader?.readable()
  }

  abandon(): void {
    this.abandoned = true
    this.#length = 0
    this.#writer?.writable()
  }
}

const UNNAMED: SocketAddress = { path: '' }

class PipeEnd extends QueuedTransport {
  readonly localAddress = UNNAMED
  readonly remoteAddress = UNNAMED
  readonly #incoming: Channel
  readonly #outgoing: Channel
  #ended = false

  constructor(incoming: Channel, outgoing: Channel) {
    super()
    this.#incoming = incoming
    this.#outgoing = outgoing
  }

  protected take(into: Uint8Array): number {
    const count = this.#incoming.take(into)
    if (count > 0) return count
    if (this.#incoming.state === 'flowing') return WOULD_BLOCK
    return this.#incoming.state === 'ended' ? 0 : -ERRNO.ECONNRESET
  }

  protected giving(data: Uint8Array, progress: Progress): Attempt {
    return () => {
      if (this.#outgoing.abandoned) return -ERRNO.EPIPE
      progress.sent += this.#outgoing.put(data.subarray(progress.sent))
      return progress.sent < data.byteLength ? WOULD_BLOCK : progress.sent
    }
  }

  override write(data: Uint8Array | readonly Uint8Array[], options?: WaitOptions): Promise<void> {
    if (this.open && this.#ended) return Promise.reject(writeAfterEnd(this))
    return super.write(data, options)
  }

  // Told in a turn of its own: the other end's calls must not run inside this end's.
  readable(): void {
    this.reads.flushSoon()
  }

  writable(): void {
    this.writes.flushSoon()
  }

  async closeWrite(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    try {
      await this.drain()
    } catch (error) {
      // The peer has not heard of an end: asked again, this must not pretend that it has.
      this.#ended = false
      throw error
    }
    this.#outgoing.end('ended')
  }

  close(): Promise<void> {
    if (this.shut()) {
      this.#outgoing.end('ended')
      this.#incoming.abandon()
    }
    return Promise.resolve()
  }

  reset(): void {
    if (!this.shut()) return
    this.#outgoing.end('reset')
    this.#incoming.abandon()
  }
}
