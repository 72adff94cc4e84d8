/** UNIX socket paths as files: they outlive the server that made them (unix(7)). */
import { lstatSync, unlinkSync } from 'node:fs'
import { ERRNO } from '../sys/errno.ts'
import { SocketError } from '../sys/socket-error.ts'
import type { BindOptions, Driver, TransportListener } from './driver.ts'

/** True for names of the abstract space and for no name at all: neither is a file. */
export function isAbstract(path: string | Uint8Array): boolean {
  return path.length === 0 || path[0] === '\0' || path[0] === 0
}

export function fileOf(path: string | Uint8Array): string | Buffer {
  return typeof path === 'string' ? path : Buffer.from(path)
}

/** Listens at a path. One on which nobody listens any more is what a server that died left behind: it is taken over. */
export async function listenAtPath(
  driver: Driver,
  path: string | Uint8Array,
  how: BindOptions,
): Promise<TransportListener> {
  try {
    return await driver.listen({ path }, how)
  } catch (error) {
    const taken = error instanceof SocketError && error.errno === ERRNO.EADDRINUSE
    if (!taken || !(await isStale(driver, path))) throw error
    unlinkSync(fileOf(path))
    return driver.listen({ path }, how)
  }
}

async function isStale(driver: Driver, path: string | Uint8Array): Promise<boolean> {
  if (isAbstract(path) || lstatSync(fileOf(path), { throwIfNoEntry: false })?.isSocket() !== true)
    return false
  try {
    const there = await driver.dial({ path }, { noDelay: false, keepAliveSeconds: 0, timeout: PROBE_TIMEOUT })
    await there.close()
    return false
  } catch (error) {
    // Anything else (EAGAIN of a full backlog, EACCES, EPROTOTYPE) says that somebody may be there.
    return error instanceof SocketError && error.errno === ERRNO.ECONNREFUSED
  }
}

/** Milliseconds. A UNIX connect is answered at once or waits for a full backlog: then somebody is there. */
const PROBE_TIMEOUT = 200
