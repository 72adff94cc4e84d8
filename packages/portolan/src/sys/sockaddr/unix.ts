/** struct sockaddr_un: unix(7). */
import { AddressError } from '../address-error.ts'
import { AF_UNIX } from '../constants/families.ts'

/** sizeof(sun_path) */
const UNIX_PATH_MAX = 108

export function encodeUnix(path: string | Uint8Array): Uint8Array {
  // UTF-8 has no lone surrogates; the encoder would put U+FFFD there and so name another file.
  if (typeof path === 'string' && !path.isWellFormed())
    throw new AddressError(
      'ERR_ADDRESS_PATH',
      'UNIX socket path holds half a surrogate pair; give the path as bytes',
    )
  const name = typeof path === 'string' ? new TextEncoder().encode(path) : path
  // unix(7): an empty name asks bind() for autobind and must be sent as the family alone.
  if (name.length === 0) return Uint8Array.of(AF_UNIX, 0)
  const abstract = name[0] === 0
  const longest = abstract ? UNIX_PATH_MAX : UNIX_PATH_MAX - 1
  if (name.length > longest)
    throw new AddressError(
      'ENAMETOOLONG',
      `UNIX socket path of ${name.length} bytes: the kernel takes ${longest} at most`,
    )
  if (!abstract && name.includes(0))
    throw new AddressError('ERR_ADDRESS_PATH', 'UNIX socket path holds a NUL byte')
  // A path ends in NUL; an abstract name has no end but its length (every byte counts, unix(7)).
  const bytes = new Uint8Array(2 + name.length + (abstract ? 0 : 1))
  bytes[0] = AF_UNIX
  bytes.set(name, 2)
  return bytes
}

/** @param name what stands behind the family, as long as the kernel said */
export function decodeUnix(name: Uint8Array): string | Uint8Array {
  let end = name.length
  if (name[0] !== 0) {
    const nul = name.indexOf(0)
    if (nul >= 0) end = nul
  }
  const exact = name.slice(0, end)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(exact)
  } catch {
    return exact
  }
}
