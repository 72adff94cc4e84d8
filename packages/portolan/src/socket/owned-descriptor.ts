/** A descriptor that a peer sent: SCM_RIGHTS of unix(7). */
import { ERRNO } from '../sys/errno.ts'
import { libc } from '../sys/libc.ts'
import { SocketError } from '../sys/socket-error.ts'
import { placeOfOpening, unwatch, warnLeftOpen, watch, type Watched } from './left-open.ts'

/**
 * An open descriptor that belongs to this object until it is taken. It is closed on exec; whether it is non-blocking is
 * as the sender left it, since both share the open file.
 */
export class OwnedDescriptor implements Disposable {
  #fd: number
  readonly #left: LeftDescriptor

  constructor(fd: number) {
    this.#fd = fd
    this.#left = new LeftDescriptor(fd)
    // A peer may send them to who never asked: left open, they use up this process's own.
    watch(this, this.#left)
  }

  /** The number, to look at or to use while this object lives; -1 once taken or closed. */
  get fd(): number {
    return this.#fd
  }

  /**
   * Hands the descriptor over: from here on the caller has to close it. Portolan's own.
   *
   * @throws SocketError with EBADF when it was taken or closed before
   */
  take(): number {
    const fd = this.#fd
    if (fd < 0) throw new SocketError(ERRNO.EBADF, 'take')
    this.#fd = -1
    unwatch(this.#left)
    return fd
  }

  /** Closes the descriptor unless it was taken. A second time does nothing. */
  [Symbol.dispose](): void {
    if (this.#fd < 0) return
    const fd = this.#fd
    this.#fd = -1
    unwatch(this.#left)
    libc.close(fd)
  }
}

/** What is told when nobody can dispose of it any more. */
class LeftDescriptor implements Watched {
  readonly #fd: number
  readonly #place = placeOfOpening()

  constructor(fd: number) {
    this.#fd = fd
  }

  abandoned(): void {
    const left = { fd: this.#fd, origin: 'recvmsg', local: undefined, remote: undefined } as const
    warnLeftOpen({ ...left, place: this.#place })
  }
}
