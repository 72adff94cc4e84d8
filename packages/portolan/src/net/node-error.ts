/** What went wrong in Node's own network code, as the SocketError that everything here ends with. */
import { ERRNO } from '../sys/errno.ts'
import { SocketError, type SocketErrorDetail } from '../sys/socket-error.ts'

const errnoOf: ReadonlyMap<string, number> = new Map(Object.entries(ERRNO))

/**
 * The code is the one of the error; `errno` is kept where it is the number of Linux for that code, and 0 elsewhere. The
 * call it names goes before `syscall`, and the error itself becomes the `cause`. One without a code is
 * `ERR_STREAM_FAILED`, with its text in the message.
 */
export function fromNodeError(error: unknown, syscall: string, detail: SocketErrorDetail = {}): SocketError {
  const call = textOf(error, 'syscall') ?? syscall
  const code = textOf(error, 'code')
  if (code === undefined)
    return new SocketError('ERR_STREAM_FAILED', call, { subject: lineOf(error), ...detail, cause: error })
  const number = errnoOf.get(code)
  const known = number !== undefined && numberOf(error, 'errno') === number
  return new SocketError(known ? number : code, call, { ...detail, cause: error })
}

/** First line of the message: OpenSSL and the module loader write several. */
export function lineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? ''
}

export function textOf(error: unknown, field: 'code' | 'syscall' | 'reason'): string | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined
  return typeof value === 'string' ? value : undefined
}

/** libuv has error numbers negative, a SocketError positive. */
function numberOf(error: unknown, field: 'errno'): number | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined
  return typeof value === 'number' ? Math.abs(value) : undefined
}
