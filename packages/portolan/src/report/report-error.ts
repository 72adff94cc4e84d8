import { getSystemErrorMessage } from 'node:util'
import { safeText } from './safe-text.ts'

/** A report could not be opened or written. The scan and the other reports go on. */
export class ReportError extends Error {
  override readonly name = 'ReportError'
  /** The file as the user named it; `-` is standard output. */
  readonly path: string
  /** Errno name, as in `ENOSPC`. */
  readonly code: string
  /** The way out, one line. */
  readonly hint: string

  constructor(path: string, doing: 'open' | 'write', cause: unknown) {
    const code = codeOf(cause)
    const target = path === '-' ? 'standard output' : safeText(path)
    super(`cannot ${doing} ${target}: ${reasonOf(cause, code)}`, { cause })
    this.path = path
    this.code = code
    this.hint = HINTS[code] ?? 'check the path and the device it is on, or write to another place'
  }
}

const ELSEWHERE = 'name a file in a folder you may write to'

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space or name a file on another disk',
  EDQUOT: 'your disk quota is used up: free some space or name a file on another disk',
  EFBIG: 'the file system or `ulimit -f` allows no larger file: name a file in another place',
  ENOENT: 'create the folder first: Portolan creates files, not folders',
  ENOTDIR: 'a part of the path is a file, not a folder: name another path',
  EISDIR: 'this is a folder: name a file in it',
  EACCES: ELSEWHERE,
  EPERM: ELSEWHERE,
  EROFS: ELSEWHERE,
  EPIPE: 'the reader has closed the pipe; what it did not read is lost',
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'EIO'
}

/** `no space left on device (ENOSPC)`; the text is libuv's, so that it is the same on every platform. */
function reasonOf(cause: unknown, code: string): string {
  if (cause instanceof Error && 'errno' in cause && typeof cause.errno === 'number' && cause.errno < 0)
    return `${getSystemErrorMessage(cause.errno)} (${code})`
  return cause instanceof Error ? `${safeText(cause.message)} (${code})` : code
}
