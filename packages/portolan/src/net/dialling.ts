/** One attempt at one address, as a blocking connect(2) would make it: luck and patience, the same over both drivers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ERRNO } from '../sys/errno.ts'
import type { SocketAddress, UnixSocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import type { Driver, DialOptions } from './driver.ts'
import type { Transport } from './transport.ts'

/**
 * Attempts where the kernel's choice of a source port came to nothing; as many as Go's net package makes. Each choice is
 * another port, so a second unlucky one is rare.
 */
const TRIES = 3

/** First and longest pause, in milliseconds, before a UNIX listener with a full queue is asked again. */
const FIRST_PAUSE = 1
const LONGEST_PAUSE = 64

/** {@link Driver.dial}, again where that is likely to help. @throws SocketError, as in ECONNREFUSED, ABORT_ERR */
export function dialPatiently(
  driver: Driver,
  address: SocketAddress,
  options: DialOptions,
): Promise<Transport> {
  if ('path' in address) return dialWithRoom(driver, address, options)
  const { localAddress: own } = options
  const kernelChoosesPort = own === undefined || ('port' in own && own.port === 0)
  return kernelChoosesPort ? dialWithLuck(driver, address, options) : driver.dial(address, options)
}

/**
 * connect(2) of a non-blocking UNIX socket says EAGAIN where the listener's queue is full, and no event ever says that
 * there is room again; a blocking one waits. So this asks again and again, in growing pauses.
 */
async function dialWithRoom(
  driver: Driver,
  address: UnixSocketAddress,
  options: DialOptions,
): Promise<Transport> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      return await driver.dial(address, options)
    } catch (error) {
      if (!isErrno(error, ERRNO.EAGAIN)) throw error
    }
    // Where the signal ends it, the next dial says so.
    await sleep(pause, undefined, { signal: options.signal }).catch(() => undefined)
  }
}

/**
 * Another source port may help in two cases. EADDRNOTAVAIL of connect(2) may mean that the port it chose was taken in the
 * meantime. And a SYN to a port of this machine on which nobody listens may leave from that very port: TCP takes it for
 * a simultaneous open (RFC 9293 section 3.5, figure 7) and connects the socket to itself.
 *
 * @throws SocketError with ECONNREFUSED where it only ever met itself: nobody listens there
 */
async function dialWithLuck(
  driver: Driver,
  address: SocketAddress,
  options: DialOptions,
): Promise<Transport> {
  for (let tried = 1; ; tried++) {
    try {
      const transport = await driver.dial(address, options)
      if (!(await metItself(transport))) return transport
      // By RST: after an orderly end this very port would stay taken for a minute (TIME-WAIT).
      transport.reset()
      await transport.close()
      if (tried === TRIES) throw new SocketError(ERRNO.ECONNREFUSED, 'connect', { remote: address })
    } catch (error) {
      // Of bind(2) it means an own address that this machine does not have.
      const unlucky = isErrno(error, ERRNO.EADDRNOTAVAIL) && error.syscall === 'connect'
      if (tried === TRIES || !unlucky) throw error
    }
  }
}

/** Where the kernel does not tell the addresses the connection is closed, as after every attempt that failed. */
async function metItself(transport: Transport): Promise<boolean> {
  try {
    const { localAddress: own, remoteAddress: peer } = transport
    if (own === undefined || peer === undefined || !('host' in own) || !('host' in peer)) return false
    return own.port === peer.port && own.host === peer.host
  } catch (error) {
    await transport.close()
    throw error
  }
}

function isErrno(error: unknown, errno: number): error is SocketError {
  return error instanceof SocketError && error.errno === errno
}
