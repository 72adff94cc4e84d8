/**
 * Memory outside V8's heap: mmap(2). For what the kernel or another library keeps a pointer to beyond one call; a
 * typed array that only the kernel still points to is garbage to V8 and would be freed under it.
 */
import koffi from 'koffi'
import { ERRNO } from './errno.ts'
import { SocketError } from './socket-error.ts'

const library = koffi.load(null)
const mmap = library.func('void *mmap(void *, size_t, int, int, int, int64_t)')
const munmap = library.func('int munmap(void *, size_t)')

const PROT_READ = 1
const PROT_WRITE = 2
const MAP_PRIVATE = 2
const MAP_ANONYMOUS = 0x20

/** Anonymous memory, zeroed, page-aligned. It must be disposed of; no finalizer does. */
export class OffHeap implements Disposable {
  readonly address: bigint
  readonly length: number
  readonly #bytes: Uint8Array
  #mapped = true

  /** @throws SocketError with ENOMEM */
  constructor(length: number) {
    const pointer: unknown = mmap(null, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    this.address = koffi.address(pointer)
    this.length = length
    // MAP_FAILED is (void *) -1
    if (BigInt.asUintN(64, this.address) === 0xffffffffffffffffn)
      throw new SocketError(koffi.errno() || ERRNO.ENOMEM, 'mmap')
    this.#bytes = new Uint8Array(koffi.view(pointer, length))
  }

  /** The memory itself, no copy. Reading it after disposal would be a fault, so it is refused. */
  get bytes(): Uint8Array {
    if (!this.#mapped) throw new RangeError('This memory has been given back')
    return this.#bytes
  }

  [Symbol.dispose](): void {
    if (!this.#mapped) return
    this.#mapped = false
    munmap(this.address, this.length)
  }
}
