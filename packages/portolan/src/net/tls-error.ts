/** Why TLS ended, in one line. */
import { SocketError, type SocketErrorDetail } from '../sys/socket-error.ts'
import { fromNodeError, lineOf, textOf } from './node-error.ts'

/** What one can do about it, for what people meet most. The rest says enough by itself. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'give the certificate as ca to trust it',
  SELF_SIGNED_CERT_IN_CHAIN: 'give its root as ca to trust it',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the server may not send its intermediate certificates; or give ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'give the root of its issuer as ca to trust it',
  CERT_HAS_EXPIRED: 'renew it, or check the clock of this machine',
  CERT_NOT_YET_VALID: 'check the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'give the name of its certificate as servername',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the other end does not speak TLS here',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the other end does not speak TLS here',
  ERR_SSL_HTTP_REQUEST: 'the client speaks plain HTTP',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the other end has no TLS version that is allowed here',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'the other end has no TLS version that is allowed here',
  ERR_SSL_NO_SHARED_CIPHER: 'both sides need a cipher in common',
  ERR_SSL_NO_APPLICATION_PROTOCOL_CALLBACK: 'both sides need one of ALPNProtocols in common',
}

/** The code is as Node and OpenSSL give it; what the network itself did keeps its errno. */
export function tlsFailure(error: unknown, syscall: string, detail: SocketErrorDetail): SocketError {
  if (error instanceof SocketError) return fromNodeError(error, error.syscall, detail)
  const code = textOf(error, 'code')
  if (code === undefined || textOf(error, 'syscall') !== undefined)
    return fromNodeError(error, syscall, detail)
  const reason = textOf(error, 'reason') ?? lineOf(error)
  const wayOut = WAYS_OUT[code]
  const subject = wayOut === undefined ? `(${reason})` : `(${reason}; ${wayOut})`
  return new SocketError(code, syscall, { subject, ...detail, cause: error })
}

/**
 * The peer's stream ended without close_notify. Anybody on the way can end a TCP connection, so what came before may not
 * be all that was sent (RFC 8446, section 6.1).
 */
export function truncated(syscall: string, detail: SocketErrorDetail): SocketError {
  const subject =
    syscall === 'handshake'
      ? '(the other end closed the connection during the handshake)'
      : '(the stream ended without close_notify; it may be cut short)'
  return new SocketError('ERR_TLS_TRUNCATED', syscall, { subject, ...detail })
}
