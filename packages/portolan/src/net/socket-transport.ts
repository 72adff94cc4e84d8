/** A connected stream socket as a transport: TCP or AF_UNIX. */
import type { Deadline, Direction, WaitOptions } from '../socket/call-options.ts'
import type { Socket } from '../socket/socket.ts'
import { AF_UNIX, SHUT_WR, SO_LINGER, SOL_SOCKET } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import type { Transport } from './transport.ts'

/** struct linger { l_onoff: 1, l_linger: 0 }: close(2) sends RST instead of FIN (socket(7), RFC 9293 section 3.10.4). */
const NO_LINGER = new Int32Array([1, 0])

export class SocketTransport implements Transport {
  readonly socket: Socket
  onClosed: (() => void) | undefined
  #local: SocketAddress | undefined
  #remote: SocketAddress | undefined
  #ended = false

  constructor(socket: Socket, remote?: SocketAddress) {
    this.socket = socket
    this.#remote = remote
  }

  /** Kept once asked for; a socket that was closed before cannot tell. */
  get localAddress(): SocketAddress | undefined {
    if (this.open) this.#local ??= this.socket.getsockname()
    return this.#local
  }

  get remoteAddress(): SocketAddress | undefined {
    if (this.open && this.#remote === undefined) this.#remote = peerOf(this.socket)
    return this.#remote
  }

  get open(): boolean {
    return !this.socket.closed
  }

  read(length: number, options?: WaitOptions): Promise<Uint8Array | null> {
    return this.socket.recv(length, options)
  }

  readInto(into: Uint8Array, options?: WaitOptions): Promise<number | null> {
    return this.socket.recvInto(into, options)
  }

  write(data: Uint8Array | readonly Uint8Array[], options?: WaitOptions): Promise<void> {
    if (this.#ended && this.open) return Promise.reject(writeAfterEnd(this))
    return this.socket.sendAll(data, options)
  }

  async closeWrite(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    try {
      await this.socket.drain()
      this.socket.shutdown(SHUT_WR)
    } catch (error) {
      // The peer has reset the connection meanwhile: then nothing is left to end. The next read tells.
      if (error instanceof SocketError && error.errno === ERRNO.ENOTCONN) return
      // The peer has not heard of an end: asked again, this must not pretend that it has.
      this.#ended = false
      throw error
    }
  }

  close(): Promise<void> {
    this.#shut()
    return Promise.resolve()
  }

  reset(): void {
    if (!this.open) return
    // AF_UNIX has no RST: there the peer sees a reset where it left something unread, else the end (unix(7)).
    try {
      if (this.socket.family !== AF_UNIX) this.socket.setsockopt(SOL_SOCKET, SO_LINGER, NO_LINGER)
    } catch (error) {
      // Out of memory: the descriptor is given back all the same, and the peer sees what close() shows it.
      if (!(error instanceof SocketError)) throw error
    }
    this.#shut()
  }

  #shut(): void {
    if (!this.open) return
    this.socket.close()
    this.onClosed?.()
  }

  setDeadline(deadline: Deadline, direction?: Direction): void {
    this.socket.setDeadline(deadline, direction)
  }
}

/** Undefined where the peer is gone already: a connection may be accepted after its peer has reset it. */
function peerOf(socket: Socket): SocketAddress | undefined {
  try {
    return socket.getpeername()
  } catch (error) {
    if (error instanceof SocketError && error.errno === ERRNO.ENOTCONN) return undefined
    throw error
  }
}

/** EPIPE, as the kernel says it, but before it is asked: writing after the own end is a mistake of the caller. */
export function writeAfterEnd(transport: Transport): SocketError {
  return new SocketError('ERR_SOCKET_WRITE_AFTER_END', 'write', {
    local: transport.localAddress,
    remote: transport.remoteAddress,
  })
}
