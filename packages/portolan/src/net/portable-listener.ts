/** Listening by node:net. */
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { NO_OPTIONS, type WaitOptions } from '../socket/call-options.ts'
import { ABORTED, FAILED, reasonOf, WOULD_BLOCK } from '../socket/outcome.ts'
import { WaitQueue } from '../socket/wait-queue.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import type { BindOptions, TransportListener } from './driver.ts'
import { fromNodeError } from './node-error.ts'
import { inetTarget, unixPath } from './portable-dial.ts'
import { StreamTransport } from './stream-transport.ts'
import type { Transport } from './transport.ts'

/**
 * Binds and listens. node:net takes every connection from the kernel at once and cannot leave it there, so they wait
 * here, unread: up to `backlog` of them, those beyond it are reset.
 *
 * @throws SocketError, as in EADDRINUSE, EACCES
 */
export async function listen(address: SocketAddress, options: BindOptions): Promise<TransportListener> {
  const { noDelay, keepAliveSeconds } = options
  const place = placeOf(address, options)
  const server = createServer({
    allowHalfOpen: true,
    pauseOnConnect: true,
    noDelay,
    keepAlive: keepAliveSeconds > 0,
    keepAliveInitialDelay: keepAliveSeconds * 1000,
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(fromNodeError(error, 'listen', { local: address })))
    server.listen(place, resolve)
  })
  server.removeAllListeners('error')
  return new PortableListener(server, address, options.backlog)
}

function placeOf(address: SocketAddress, options: BindOptions): ListenOptions {
  const { backlog, reusePort, v6Only } = options
  if ('path' in address) return { path: unixPath(address.path), backlog }
  const { host, port } = inetTarget(address, 'bind')
  return { host, port, backlog, reusePort, ipv6Only: v6Only }
}

class PortableListener implements TransportListener {
  readonly localAddress: SocketAddress
  readonly #server: Server
  readonly #waiting: Socket[] = []
  readonly #capacity: number
  readonly #line = new WaitQueue({ began: () => undefined, ended: () => undefined })
  #failure: unknown

  constructor(server: Server, address: SocketAddress, backlog: number) {
    this.#server = server
    this.#capacity = Math.max(1, backlog)
    const bound = server.address()
    this.localAddress =
      typeof bound === 'object' && bound !== null ? { host: bound.address, port: bound.port } : address
    server.on('connection', (socket) => this.#arrived(socket))
    // As in EMFILE. Told to one accept; the listener goes on.
    server.on('error', (error) => {
      this.#failure = error
      this.#line.flush()
    })
  }

  #arrived(socket: Socket): void {
    if (this.#waiting.length >= this.#capacity) {
      discard(socket)
      return
    }
    // Nobody else hears it until the connection is accepted.
    socket.on('error', ignore)
    this.#waiting.push(socket)
    this.#line.flush()
  }

  async accept(options: WaitOptions = NO_OPTIONS): Promise<Transport> {
    const taken: { socket?: Socket | undefined; failure?: unknown } = {}
    const run = this.#line.run(() => {
      taken.socket = this.#waiting.shift()
      if (taken.socket !== undefined) return 0
      if (this.#failure === undefined) return WOULD_BLOCK
      taken.failure = this.#failure
      this.#failure = undefined
      return FAILED
    }, options)
    const outcome = typeof run === 'number' ? run : await run
    if (taken.socket !== undefined) return this.#transportOf(taken.socket)
    const detail = { local: this.localAddress }
    if (outcome === FAILED) throw fromNodeError(taken.failure, 'accept', detail)
    const cause = outcome === ABORTED ? options.signal?.reason : undefined
    throw new SocketError(reasonOf(outcome), 'accept', { ...detail, cause })
  }

  #transportOf(socket: Socket): Transport {
    return 'path' in this.localAddress
      ? new StreamTransport(socket, { localAddress: this.localAddress, remoteAddress: { path: '' } })
      : new StreamTransport(socket)
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    // Its own callback waits for every connection to end. The descriptor is given back within the turn.
    this.#server.close()
    this.#line.close()
    for (const socket of this.#waiting.splice(0)) discard(socket)
    await turn()
  }
}

/** As the kernel does with what waits when a listener is closed. */
function discard(socket: Socket): void {
  socket.on('error', ignore)
  try {
    socket.resetAndDestroy()
  } catch {
    // A UNIX socket cannot be reset.
    socket.destroy()
  }
}

function ignore(): void {
  // The connection is given up or not yet taken; who takes it finds the error on the stream.
}
