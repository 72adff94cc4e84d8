/** Addresses that come again and again, encoded and decoded once. */
import { libc } from './libc.ts'
import { decodeSockaddr, encodeSockaddr } from './sockaddr.ts'
import type { SocketAddress } from './socket-address.ts'

/** Addresses kept. A program that talks to more at a time pays for decoding them, not with memory. */
const CAPACITY = 4096

/** struct sockaddr to addresses. Equal addresses of hosts are one and the same frozen object. */
export class SockaddrDecoder {
  readonly #known = new Map<string, SocketAddress>()

  /** @param bytes struct sockaddr of `length` bytes at `start` */
  decode(bytes: Buffer, start: number, length: number): SocketAddress | undefined {
    const key = bytes.toString('latin1', start, start + length)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const address = decodeSockaddr(bytes.subarray(start, start + length), length)
    // A path may be bytes, which cannot be frozen.
    if (address === undefined || !('host' in address)) return address
    if (this.#known.size >= CAPACITY) this.#known.clear()
    this.#known.set(key, Object.freeze(address))
    return address
  }
}

/** Addresses to struct sockaddr of one family. Equal addresses give the same bytes, which nobody may change. */
export class SockaddrEncoder {
  readonly #family: number
  readonly #known = new Map<string, Uint8Array>()

  constructor(family: number) {
    this.#family = family
  }

  /** @throws RangeError for an address that the family cannot hold */
  encode(address: SocketAddress): Uint8Array {
    // The index of an interface may change under its name.
    if (!('host' in address) || address.host.includes('%')) return this.#encode(address)
    const key = `${address.host} ${address.port} ${address.scope ?? ''} ${address.flow ?? ''}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const bytes = this.#encode(address)
    if (this.#known.size >= CAPACITY) this.#known.clear()
    this.#known.set(key, bytes)
    return bytes
  }

  #encode(address: SocketAddress): Uint8Array {
    return encodeSockaddr(this.#family, address, libc.ifNameToIndex)
  }
}
