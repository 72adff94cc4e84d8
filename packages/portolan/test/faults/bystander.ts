/** A connection that has nothing to do with what goes on: it must not notice anything of it. */
import assert from 'node:assert/strict'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { AF_INET, SOCK_STREAM } from '../../src/sys/constants.ts'

export class Bystander implements Disposable {
  readonly #one: Socket
  readonly #other: Socket
  #waiting: Promise<Uint8Array | null>
  #heard = false
  #count = 0

  private constructor(one: Socket, other: Socket) {
    this.#one = one
    this.#other = other
    this.#waiting = this.#wait()
  }

  static async open(): Promise<Bystander> {
    using server = socket(AF_INET, SOCK_STREAM)
    server.bind({ host: '127.0.0.1', port: 0 })
    server.listen()
    const one = socket(AF_INET, SOCK_STREAM)
    const [{ client }] = await Promise.all([server.accept(), one.connect(server.getsockname())])
    return new Bystander(one, client)
  }

  /** From one echo to the next a read is waiting. */
  async #wait(): Promise<Uint8Array | null> {
    this.#heard = false
    const bytes = await this.#other.recv(100)
    this.#heard = true
    return bytes
  }

  /** There and back. */
  async echo(): Promise<void> {
    assert.equal(this.#heard, false, 'the bystander has heard something that nobody said')
    const said = Buffer.from(`message ${this.#count++}`)
    await this.#one.sendAll(said)
    assert.deepEqual(Buffer.from((await this.#waiting) ?? []), said)
    this.#waiting = this.#wait()
    await this.#other.sendAll(said)
    assert.deepEqual(Buffer.from((await this.#one.recv(100)) ?? []), said)
  }

  [Symbol.dispose](): void {
    // Its read ends with ERR_SOCKET_CLOSED, as it should.
    this.#waiting.catch(() => undefined)
    this.#one.close()
    this.#other.close()
  }
}
