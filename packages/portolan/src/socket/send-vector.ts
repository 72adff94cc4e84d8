/** All of several pieces, as if they were one: gathered by sendmsg(2), copied by nobody. */
import { MSG_NOSIGNAL } from '../sys/constants.ts'
import { IOV_MAX, MessageHeader } from '../sys/msghdr.ts'
import type { CallOptions } from './call-options.ts'
import type { Descriptor } from './descriptor.ts'
import { viewOf } from './outgoing-bytes.ts'
import { WOULD_BLOCK } from './outcome.ts'

const header = new MessageHeader()
const NOTHING = new Uint8Array(0)

/** System calls before the event loop turns, however fast the peer reads: as many as of `sendAll`. */
const CALLS_PER_TURN = 16

export async function sendVector(
  socket: Descriptor,
  pieces: readonly Uint8Array[],
  options: CallOptions,
): Promise<void> {
  const rest = new Rest(pieces)
  const flags = (options.flags ?? 0) | MSG_NOSIGNAL
  const run = socket.writes.run(() => {
    for (let calls = 0; calls < CALLS_PER_TURN; calls++) {
      if (rest.length === 0) return 0
      header.vectors(rest.next())
      const taken = header.send(socket.fd, NOTHING, NOTHING, flags)
      if (taken < 0) return taken
      rest.drop(taken)
    }
    if (rest.length === 0) return 0
    socket.writes.flushSoon()
    return WOULD_BLOCK
  }, options)
  const outcome = typeof run === 'number' ? run : await run
  if (outcome < 0) throw socket.failure(outcome, 'sendmsg', options, { bytesSent: rest.dropped })
}

/** What is still to be sent. */
class Rest {
  readonly #pieces: readonly Uint8Array[]
  readonly #lengths: readonly number[]
  /** First piece that is not sent wholly, and how much of it is. */
  #index = 0
  #offset = 0
  length: number
  dropped = 0

  /** @throws TypeError for what is no bytes: it would be read as memory or as nothing at all */
  constructor(pieces: readonly Uint8Array[]) {
    // Empty ones add nothing but would count towards the limit of a call.
    this.#pieces = pieces
      .map((piece) => viewOf(piece, 'A piece of data'))
      .filter(({ byteLength }) => byteLength > 0)
    this.#lengths = this.#pieces.map(({ byteLength }) => byteLength)
    this.length = this.#lengths.reduce((sum, length) => sum + length, 0)
  }

  /** @throws TypeError when the caller transferred or resized a piece meanwhile */
  next(): Uint8Array[] {
    const next = this.#pieces.slice(this.#index, this.#index + IOV_MAX)
    if (next.some(({ byteLength }, index) => byteLength !== this.#lengths[this.#index + index]))
      throw new TypeError('A piece was transferred or resized while it was being sent')
    const [first] = next
    if (first !== undefined && this.#offset > 0) next[0] = first.subarray(this.#offset)
    return next
  }

  drop(count: number): void {
    this.length -= count
    this.dropped += count
    this.#offset += count
    let length = this.#lengths[this.#index] ?? Infinity
    while (this.#offset >= length) {
      this.#offset -= length
      length = this.#lengths[++this.#index] ?? Infinity
    }
  }
}
