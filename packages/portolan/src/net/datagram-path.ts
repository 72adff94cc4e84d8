/** The file of a UNIX datagram socket: taken over where its socket is gone, removed where it is still ours. */
import { lstatSync, unlinkSync } from 'node:fs'
import { socket } from '../socket/open.ts'
import type { Socket } from '../socket/socket.ts'
import { AF_UNIX, SOCK_DGRAM } from '../sys/constants.ts'
import { ERRNO } from '../sys/errno.ts'
import { SocketError } from '../sys/socket-error.ts'

/** A file, told from one that has taken its name since. */
export interface PathFile {
  readonly path: string | Buffer
  readonly dev: number
  readonly ino: number
}

/** @returns the file that was made; undefined for an abstract name */
export async function bindPath(unix: Socket, path: string | Uint8Array): Promise<PathFile | undefined> {
  try {
    unix.bind({ path })
  } catch (error) {
    const taken = error instanceof SocketError && error.errno === ERRNO.EADDRINUSE
    if (!taken || !(await isStale(path))) throw error
    unlinkSync(nameOf(path))
    unix.bind({ path })
  }
  return fileAt(path)
}

export function removePath(made: PathFile | undefined): void {
  if (made === undefined) return
  const now = fileAt(made.path)
  if (now?.dev === made.dev && now.ino === made.ino) unlinkSync(made.path)
}

async function isStale(path: string | Uint8Array): Promise<boolean> {
  if (fileAt(path) === undefined || !lstatSync(nameOf(path)).isSocket()) return false
  using probe = socket(AF_UNIX, SOCK_DGRAM)
  try {
    await probe.connect({ path })
    return false
  } catch (error) {
    // Anything else (EACCES, EPROTOTYPE of a listener) says that somebody may be there.
    return error instanceof SocketError && error.errno === ERRNO.ECONNREFUSED
  }
}

function fileAt(path: string | Uint8Array): PathFile | undefined {
  if (path.length === 0 || path[0] === '\0' || path[0] === 0) return undefined
  const name = nameOf(path)
  const { dev, ino } = lstatSync(name, { throwIfNoEntry: false }) ?? {}
  return dev === undefined || ino === undefined ? undefined : { path: name, dev, ino }
}

function nameOf(path: string | Uint8Array): string | Buffer {
  return typeof path === 'string' ? path : Buffer.from(path)
}
