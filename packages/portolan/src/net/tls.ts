/**
 * TLS 1.2 and 1.3 over any stream of bytes, either side: node:tls does the cryptography, and the stream below stays the
 * one it was. What comes out is a transport, for a connection as every other.
 */
import type { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { connect, createServer, TLSSocket, type Server } from 'node:tls'
import { NO_OPTIONS, type WaitOptions } from '../socket/call-options.ts'
import { SocketError, type SocketErrorDetail } from '../sys/socket-error.ts'
import type { ByteStream } from './byte-stream.ts'
import { CallLimit } from './call-limit.ts'
import { Ciphertext } from './ciphertext.ts'
import { tlsFailure, truncated } from './tls-error.ts'
import {
  clientSettings,
  serverSettings,
  type TlsOptions,
  type TlsServerOptions,
  type TlsUpgradeOptions,
} from './tls-options.ts'
import { TlsTransport } from './tls-transport.ts'

/** Milliseconds a client has for its handshake: one that says nothing must not hold a connection for long. */
const HANDSHAKE_TIMEOUT = 10_000

/** node:tls has a handshake timer of its own, of 120 s; ours comes first, whatever it is. The longest that a timer has. */
const NEVER = 2_147_483_647

/**
 * Shakes hands as the client. Whatever fails, the stream below is closed.
 *
 * @param stream nobody else may use it from now on
 * @throws SocketError with the code of Node or OpenSSL, as in ERR_TLS_CERT_ALTNAME_INVALID, CERT_HAS_EXPIRED,
 * DEPTH_ZERO_SELF_SIGNED_CERT, ERR_SSL_WRONG_VERSION_NUMBER; ERR_TLS_TRUNCATED where the other end closes; ABORT_ERR,
 * ERR_SOCKET_TIMEOUT; TypeError for options that cannot be
 */
function connectTls(
  stream: ByteStream,
  options: TlsOptions,
  wait: WaitOptions = NO_OPTIONS,
): Promise<TlsTransport> {
  return shakeHands(stream, wait, false, ({ duplex }, done) => {
    const socket = connect({ ...clientSettings(options, stream.remoteAddress), socket: duplex })
    socket.once('secureConnect', () => done.resolve(socket))
    socket.on('error', done.reject)
    return socket
  })
}

/**
 * Shakes hands as the server, within 10 s unless `wait` says otherwise. For many connections make one
 * {@link TlsAcceptor}: certificate and key are read once then, and clients can resume their sessions.
 *
 * @throws SocketError as of {@link connectTls}
 */
async function acceptTls(
  stream: ByteStream,
  options: TlsServerOptions,
  wait: WaitOptions = NO_OPTIONS,
): Promise<TlsTransport> {
  let acceptor: TlsAcceptor
  try {
    acceptor = new TlsAcceptor(options)
  } catch (error) {
    await stream.close()
    throw error
  }
  return acceptor.accept(stream, wait)
}

/** Either side, as `upgradeTls` of a connection is told. */
export function upgradeTls(stream: ByteStream, options: TlsUpgradeOptions): Promise<TlsTransport> {
  return options.isServer === true
    ? acceptTls(stream, options, options)
    : connectTls(stream, options, options)
}

/** The server's side for any number of connections, each with a handshake of its own, at the same time. */
export class TlsAcceptor {
  readonly #server: Server

  /**
   * @throws SocketError where OpenSSL does not take certificate or key, as in ERR_OSSL_PEM_NO_START_LINE,
   * ERR_OSSL_X509_KEY_VALUES_MISMATCH; TypeError for options that cannot be
   */
  constructor(options: TlsServerOptions) {
    try {
      this.#server = createServer({ ...serverSettings(options), handshakeTimeout: NEVER })
    } catch (error) {
      throw error instanceof TypeError ? error : tlsFailure(error, 'tls', {})
    }
  }

  /** @throws SocketError as of {@link connectTls}; only the one connection is closed then */
  accept(stream: ByteStream, wait: WaitOptions = NO_OPTIONS): Promise<TlsTransport> {
    const bounded = { ...wait, timeout: wait.timeout ?? HANDSHAKE_TIMEOUT }
    return shakeHands(stream, bounded, true, ({ duplex }, done) => {
      hand(this.#server, duplex, done)
      return undefined
    })
  }
}

/**
 * Gives a connection to the server. node:tls verifies client certificates in its server only, and tells of all
 * connections in one event, without a word which stream each belongs to. So the server is shown to each connection under
 * a face of its own, which hears the events of this one.
 */
function hand(server: Server, duplex: Duplex, done: Handshake): void {
  const face: unknown = Object.create(server, {
    emit: {
      value: (event: string, first: unknown, ...rest: unknown[]): boolean => {
        if (event === 'secureConnection' && first instanceof TLSSocket) done.resolve(first)
        else if (event === 'tlsClientError') done.reject(refusalOf(rest[0]) ?? first)
        else return server.emit(event, first, ...rest)
        return true
      },
    },
  })
  // As `emit('connection', duplex)` does, which Node's documentation allows for any Duplex ("Event: 'connection'").
  for (const listener of server.listeners('connection')) Reflect.apply(listener, face, [duplex])
}

/** A client certificate that was refused: node:tls only hangs up then, and leaves the reason with the socket. */
function refusalOf(socket: unknown): Error | undefined {
  const code: unknown = socket instanceof TLSSocket ? socket.authorizationError : undefined
  return typeof code === 'string'
    ? Object.assign(new Error('the certificate of the client is refused'), { code })
    : undefined
}

type Handshake = PromiseWithResolvers<TLSSocket>

type Start = (ciphertext: Ciphertext, done: Handshake) => TLSSocket | undefined

async function shakeHands(
  stream: ByteStream,
  wait: WaitOptions,
  isServer: boolean,
  start: Start,
): Promise<TlsTransport> {
  let detail: SocketErrorDetail = {}
  const done: Handshake = Promise.withResolvers()
  // It may fail when nobody waits any more: after an abort, or after options that cannot be.
  done.promise.catch(() => undefined)
  const begun: { ciphertext?: Ciphertext; socket?: TLSSocket | undefined } = {}
  try {
    detail = { local: stream.localAddress, remote: stream.remoteAddress }
    using limit = new CallLimit(wait)
    limit.check('handshake', detail)
    const ciphertext = new Ciphertext(stream)
    begun.ciphertext = ciphertext
    ciphertext.onEnd = (failure) => {
      if (failure !== undefined) done.reject(failure)
      // An alert that came before the end is told within the turn, and says more.
      else setImmediate(() => done.reject(truncated('handshake', detail)))
    }
    begun.socket = start(ciphertext, done)
    const socket = await limit.within(() => done.promise, 'handshake', detail)
    return new TlsTransport(socket, ciphertext, isServer)
  } catch (error) {
    // The alert that tells the other end why goes out within the turn.
    await turn()
    begun.socket?.destroy()
    begun.ciphertext?.duplex.destroy()
    await stream.close()
    if (error instanceof TypeError || error instanceof SocketError) throw error
    throw tlsFailure(error, 'handshake', detail)
  }
}
