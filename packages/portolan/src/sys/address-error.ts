/** The error of an address that cannot be one. */
import { ERRNO, type ErrnoName } from './errno.ts'
import type { SocketAddress } from './socket-address.ts'

/**
 * What is wrong with an address: the kernel's own reason where it has one (`EAFNOSUPPORT` for an address of another
 * family, `ENAMETOOLONG` for a path, `ENODEV` for an interface that does not exist), else one of Portolan's.
 */
export type AddressErrorCode =
  | Extract<ErrnoName, 'EAFNOSUPPORT' | 'ENAMETOOLONG' | 'ENODEV'>
  | 'ERR_ADDRESS_HOST'
  | 'ERR_ADDRESS_PATH'
  | 'ERR_ADDRESS_PORT'
  | 'ERR_ADDRESS_RANGE'

const BRAND = Symbol.for('portolan.SocketError')

/**
 * Thrown before the kernel is asked, since it would take a truncated value without a word. A RangeError, because it is a
 * mistake of the program, and a {@link SocketError} at the same time: `instanceof` says yes to both.
 */
export class AddressError extends RangeError {
  readonly code: AddressErrorCode
  /** Error number of errno(3); 0 where the kernel has none for this. */
  readonly errno: number
  readonly syscall = 'sockaddr'
  readonly local: SocketAddress | undefined = undefined
  readonly remote: SocketAddress | undefined = undefined
  readonly bytesSent: number | undefined = undefined

  constructor(code: AddressErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.errno = code in ERRNO ? Number(Reflect.get(ERRNO, code)) : 0
  }

  /** @internal */
  get [BRAND](): true {
    return true
  }
}
