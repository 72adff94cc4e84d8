/** UNIX socket paths as files: they outlive the socket that made them (unix(7)). */
import { lstatSync, unlinkSync } from 'node:fs'
import { ERRNO } from '../sys/errno.ts'
import { SocketError } from '../sys/socket-error.ts'

/** A file, told from one that has taken its name since. */
export interface PathFile {
  readonly name: string | Buffer
  readonly dev: number
  readonly ino: number
}

/** The file at a path; undefined where there is none, and for names of the abstract space. */
export function fileAt(path: string | Uint8Array): PathFile | undefined {
  if (path.length === 0 || path[0] === '\0' || path[0] === 0) return undefined
  const name = nameOf(path)
  const { dev, ino } = lstatSync(name, { throwIfNoEntry: false }) ?? {}
  return dev === undefined || ino === undefined ? undefined : { name, dev, ino }
}

/** Whether both are the same file. */
export function isSame(one: PathFile | undefined, other: PathFile | undefined): boolean {
  return one !== undefined && one.dev === other?.dev && one.ino === other.ino
}

/** Removes the file that was made here, not one that another program has put in its place since. */
export function removeMade(made: PathFile | undefined): void {
  if (made !== undefined && isSame(made, fileAt(made.name))) unlinkSync(made.name)
}

/**
 * Binds at a path. One behind which no socket is any more was left by a program that died: it is taken over.
 *
 * @param bind fails with EADDRINUSE where something is at the path
 * @param probe connects to what is there
 */
export async function bindAnew<T>(
  path: string | Uint8Array,
  bind: () => T | Promise<T>,
  probe: () => Promise<void>,
): Promise<T> {
  try {
    return await bind()
  } catch (error) {
    const taken = error instanceof SocketError && error.errno === ERRNO.EADDRINUSE
    if (!taken || !(await isStale(path, probe))) throw error
    unlinkSync(nameOf(path))
    return bind()
  }
}

async function isStale(path: string | Uint8Array, probe: () => Promise<void>): Promise<boolean> {
  if (fileAt(path) === undefined || !lstatSync(nameOf(path)).isSocket()) return false
  try {
    await probe()
    return false
  } catch (error) {
    // Anything else (EAGAIN of a full backlog, EACCES, EPROTOTYPE) says that somebody may be there.
    return error instanceof SocketError && error.errno === ERRNO.ECONNREFUSED
  }
}

function nameOf(path: string | Uint8Array): string | Buffer {
  return typeof path === 'string' ? path : Buffer.from(path)
}
