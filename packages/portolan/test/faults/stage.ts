/** Where a dialogue is played: its parts run at once, and when one of them fails all sockets are closed. */
import { setImmediate as turn } from 'node:timers/promises'

/** The other side has ended before it said everything, as it does when it failed. */
export class EarlyEnd extends Error {}

/** Who closes at the end: a socket, a connection, a listener. */
export interface Closable {
  close(): void | Promise<void>
}

/** Sockets are given to the stage as soon as they are there, so that those of one part end when another one fails. */
export class Stage {
  /** Bytes in each direction, about. */
  readonly size: number
  /** Failures of the parts, in the order in which they were told. */
  readonly told: unknown[] = []
  /** Failures that the product got over, as it told some `onError`. */
  readonly overcome: unknown[] = []
  readonly #owned: Closable[] = []
  #over = false

  constructor(size: number) {
    this.size = size
  }

  /** Closed when the play is over, at the latest. */
  own<T extends Closable>(socket: T): T {
    if (this.#over) void this.#close(socket)
    else this.#owned.push(socket)
    return socket
  }

  /** Runs the parts until each has ended. Does not throw: failures are in {@link told}. */
  async play(...parts: (() => Promise<void>)[]): Promise<void> {
    await Promise.all(parts.map((part) => this.#run(part)))
  }

  async #run(part: () => Promise<void>): Promise<void> {
    try {
      await part()
    } catch (error) {
      this.told.push(error)
      await this.end()
    }
  }

  /** Closes what is open, in the order in which it was opened. */
  async end(): Promise<void> {
    this.#over = true
    for (const socket of this.#owned.splice(0)) await this.#close(socket)
    // What closing has told others is heard in the next turn.
    await turn()
  }

  async #close(socket: Closable): Promise<void> {
    try {
      await socket.close()
    } catch (error) {
      this.told.push(error)
    }
  }
}

/** A script for two or more parties. What it receives it compares with what was sent, and throws where it differs. */
export type Dialogue = (stage: Stage) => Promise<void>
