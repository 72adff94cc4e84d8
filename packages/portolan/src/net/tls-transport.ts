/** The decrypted side of a TLS connection as a transport. */
import type { TLSSocket } from 'node:tls'
import type { Socket } from '../socket/socket.ts'
import type { WaitOptions } from '../socket/call-options.ts'
import { WOULD_BLOCK } from '../socket/outcome.ts'
import type { SocketError, SocketErrorDetail } from '../sys/socket-error.ts'
import type { Ciphertext } from './ciphertext.ts'
import { StreamTransport } from './stream-transport.ts'
import { tlsFailure, truncated } from './tls-error.ts'
import { sessionOf, type TlsSession } from './tls-session.ts'

/** An attempt to read past an end that no close_notify told. Below every number of socket/outcome.ts. */
const TRUNCATED = -6001

export class TlsTransport extends StreamTransport {
  override readonly socket: Socket | undefined
  readonly tls: TlsSession
  readonly #ciphertext: Ciphertext
  #truncated = false
  #looking = false

  /** @param socket one whose handshake is over */
  constructor(socket: TLSSocket, ciphertext: Ciphertext, isServer: boolean) {
    super(socket, ciphertext.stream)
    this.socket = ciphertext.stream.socket
    this.tls = sessionOf(socket, isServer)
    this.#ciphertext = ciphertext
    ciphertext.onEnd = (failure) => {
      if (failure === undefined) this.reads.flush()
      else this.fail(failure)
    }
  }

  protected override take(into: Uint8Array): number {
    const count = super.take(into)
    if (count !== WOULD_BLOCK) return count
    if (this.#truncated) return TRUNCATED
    if (this.#ciphertext.exhausted) this.#lookForEnd()
    return WOULD_BLOCK
  }

  /**
   * What came is with TLS, which decrypts at once but hands on within the turn. If nothing comes of it by then, and no
   * close_notify either, it was cut short.
   */
  #lookForEnd(): void {
    if (this.#looking) return
    this.#looking = true
    setImmediate(() => {
      this.#looking = false
      const { readableLength, readableEnded } = this.stream
      this.#truncated = this.#ciphertext.exhausted && readableLength === 0 && !readableEnded
      this.reads.flush()
    })
  }

  override async close(): Promise<void> {
    await super.close()
    await this.#ciphertext.stream.close()
  }

  protected override abort(): void {
    this.#ciphertext.stream.reset()
    this.stream.destroy()
  }

  protected override failure(
    outcome: number,
    syscall: string,
    options: WaitOptions,
    bytesSent?: number,
  ): SocketError {
    if (outcome !== TRUNCATED) return super.failure(outcome, syscall, options, bytesSent)
    return truncated(syscall, { local: this.localAddress, remote: this.remoteAddress })
  }

  protected override explain(error: unknown, syscall: string, detail: SocketErrorDetail): SocketError {
    return tlsFailure(error, syscall, detail)
  }
}
