/**
 * The encrypted side of a TLS connection. Node cannot tell an end by close_notify from one of the TCP stream, which
 * anybody on the way can forge (RFC 8446, section 6.1): for both it ends the decrypted stream (TLSWrap::OnStreamRead and
 * ClearOut in crypto_tls.cc). So the end below is kept from it, and only told to who waits for it here.
 */
import type { WaitOptions } from '../socket/call-options.ts'
import type { ByteStream } from './byte-stream.ts'
import { toDuplex, type SocketDuplex } from './duplex.ts'

export class Ciphertext {
  readonly stream: ByteStream
  readonly duplex: SocketDuplex
  #ended = false
  /** Called when the stream below has ended or failed; the reason undefined for an end. */
  onEnd: (failure: unknown) => void = () => undefined

  constructor(stream: ByteStream) {
    this.stream = stream
    this.duplex = toDuplex(new EndlessStream(stream, (failure) => this.#end(failure)))
    // Node's wrapper passes it on to the TLS socket, but not in every state.
    this.duplex.on('error', (error) => this.onEnd(error))
  }

  #end(failure: unknown): void {
    if (failure === undefined) this.#ended = true
    // A write that failed has destroyed the duplex, and only that ended the read: the reason is the write's.
    this.onEnd(failure === undefined ? undefined : (this.duplex.errored ?? failure))
  }

  /** The stream below has ended, and everything that came before is with TLS. */
  get exhausted(): boolean {
    return this.#ended && this.duplex.readableLength === 0
  }
}

/** A stream of bytes without its end: the read that would give it waits for ever. */
class EndlessStream implements ByteStream {
  readonly #stream: ByteStream
  readonly #onEnd: (failure: unknown) => void

  constructor(stream: ByteStream, onEnd: (failure: unknown) => void) {
    this.#stream = stream
    this.#onEnd = onEnd
  }

  get localAddress(): ByteStream['localAddress'] {
    return this.#stream.localAddress
  }

  get remoteAddress(): ByteStream['remoteAddress'] {
    return this.#stream.remoteAddress
  }

  get socket(): ByteStream['socket'] {
    return this.#stream.socket
  }

  get closed(): boolean {
    return this.#stream.closed
  }

  read(options?: WaitOptions): Promise<Uint8Array | null>
  read(into: Uint8Array, options?: WaitOptions): Promise<number | null>
  async read(into?: Uint8Array | WaitOptions, options?: WaitOptions): Promise<Uint8Array | number | null> {
    let taken: Uint8Array | number | null
    try {
      taken = ArrayBuffer.isView(into)
        ? await this.#stream.read(into, options)
        : await this.#stream.read(into)
    } catch (error) {
      this.#onEnd(error)
      throw error
    }
    if (taken !== null) return taken
    this.#onEnd(undefined)
    return new Promise(() => undefined)
  }

  write(data: Uint8Array | string | readonly Uint8Array[], options?: WaitOptions): Promise<void> {
    return this.#stream.write(data, options)
  }

  closeWrite(): Promise<void> {
    return this.#stream.closeWrite()
  }

  close(): Promise<void> {
    return this.#stream.close()
  }

  reset(): void {
    this.#stream.reset()
  }

  setDeadline(...bounds: Parameters<ByteStream['setDeadline']>): void {
    this.#stream.setDeadline(...bounds)
  }
}
