/** Flags of a descriptor and of what it stands for: fcntl(2). */
import { libc } from './libc.ts'

// fcntl.h, asm-generic/fcntl.h; checked against the headers by the tests, like everything of this kind
export const F_GETFD = 1
export const F_SETFD = 2
export const F_GETFL = 3
export const F_SETFL = 4
export const F_DUPFD_CLOEXEC = 1030
export const FD_CLOEXEC = 1
export const O_NONBLOCK = 0o4000

/**
 * Makes a descriptor what every one of Portolan's is: non-blocking, for everybody who shares the open file, and closed
 * on exec.
 *
 * @returns 0 or the negative error number
 */
export function prepareDescriptor(fd: number): number {
  const status = libc.fcntl(fd, F_GETFL, 0)
  if (status < 0) return status
  if ((status & O_NONBLOCK) === 0) {
    const outcome = libc.fcntl(fd, F_SETFL, status | O_NONBLOCK)
    if (outcome < 0) return outcome
  }
  const flags = libc.fcntl(fd, F_GETFD, 0)
  if (flags < 0) return flags
  return (flags & FD_CLOEXEC) === 0 ? libc.fcntl(fd, F_SETFD, flags | FD_CLOEXEC) : 0
}

/** The lowest free number for the same open file, closed on exec; or the negative error number. */
export function duplicateDescriptor(fd: number): number {
  return libc.fcntl(fd, F_DUPFD_CLOEXEC, 0)
}
