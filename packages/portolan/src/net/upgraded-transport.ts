/** What is left of a connection that became an encrypted one. */
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError, type SocketErrorDetail } from '../sys/socket-error.ts'
import type { Transport } from './transport.ts'

/**
 * Refuses everything that would put plain text between the encrypted bytes, or take some of them. Closing still closes:
 * who opened the connection has `await using` on the old one.
 */
export class UpgradedTransport implements Transport {
  readonly localAddress: SocketAddress | undefined
  readonly remoteAddress: SocketAddress | undefined
  readonly socket = undefined
  /** Told by the one below, which its listener knows. */
  onClosed: (() => void) | undefined
  /** What is closed in place of it: the encrypted transport, until then the one below. */
  successor: Transport

  constructor(below: Transport) {
    this.localAddress = below.localAddress
    this.remoteAddress = below.remoteAddress
    this.successor = below
  }

  get open(): boolean {
    return this.successor.open
  }

  read(): Promise<never> {
    return Promise.reject(this.#refusal('read'))
  }

  readInto(): Promise<never> {
    return Promise.reject(this.#refusal('read'))
  }

  write(): Promise<never> {
    return Promise.reject(this.#refusal('write'))
  }

  closeWrite(): Promise<never> {
    return Promise.reject(this.#refusal('shutdown'))
  }

  close(): Promise<void> {
    return this.successor.close()
  }

  reset(): void {
    this.successor.reset()
  }

  setDeadline(): never {
    throw this.#refusal('setDeadline')
  }

  #refusal(syscall: string): SocketError {
    return new SocketError('ERR_SOCKET_UPGRADED', syscall, {
      subject: '(use the connection that upgradeTls gave)',
      local: this.localAddress,
      remote: this.remoteAddress,
    })
  }
}

/**
 * The transport that takes the place of `below`, which is nobody's from then on.
 *
 * @param early bytes that came already and were not read
 * @throws SocketError with ERR_TLS_EARLY_BYTES, ERR_SOCKET_CLOSED, ERR_SOCKET_UPGRADED
 */
export function takeForUpgrade(below: Transport, early: number): UpgradedTransport {
  const detail = addressesOf(below)
  if (!below.open) throw new SocketError('ERR_SOCKET_CLOSED', 'handshake', detail)
  if (early > 0) {
    const subject = `(${early} bytes came in plain text before it; they may be injected: give up the connection)`
    throw new SocketError('ERR_TLS_EARLY_BYTES', 'handshake', { subject, ...detail })
  }
  // A read that still waits would take the first bytes of the handshake.
  below.setDeadline(0, 'read')
  below.setDeadline(null)
  return new UpgradedTransport(below)
}

/** Where the kernel does not tell them, the connection is closed, as after everything else that fails. */
function addressesOf(below: Transport): Pick<SocketErrorDetail, 'local' | 'remote'> {
  try {
    return { local: below.localAddress, remote: below.remoteAddress }
  } catch (error) {
    below.reset()
    throw error
  }
}
