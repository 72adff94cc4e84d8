/** Options of TLS, and what they become for node:tls. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type {
  ConnectionOptions,
  SecureContextOptions,
  SecureVersion,
  TlsOptions as NodeOptions,
} from 'node:tls'
import { domainToASCII } from 'node:url'
import type { WaitOptions } from '../socket/call-options.ts'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'

/** PEM as text or bytes, one or several. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[]

/** What both sides have. */
export interface TlsCommonOptions {
  /** Own certificate and what leads from it to the root, in PEM. */
  readonly cert?: Pem | undefined
  /** Private key of the certificate, in PEM. */
  readonly key?: Pem | undefined
  /** Of an encrypted key. */
  readonly passphrase?: string | undefined
  /** Certificates to trust, in PEM, in place of those that Node brings. */
  readonly ca?: Pem | undefined
  /** Application protocols, the preferred one first (RFC 7301). Where none is common the server ends the handshake. */
  readonly ALPNProtocols?: readonly string[] | undefined
  /** @default 'TLSv1.2' */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
  /** @default 'TLSv1.3' */
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
  /** Cipher list of OpenSSL. @default Node's */
  readonly ciphers?: string | undefined
}

/** Options of the side that connects. */
export interface TlsOptions extends TlsCommonOptions {
  /**
   * Name that the certificate must be for; sent to the server too (SNI), unless it is an IP address (RFC 6066, section
   * 3). By default the host that was connected to, or the peer's IP address where no name is known.
   */
  readonly servername?: string | undefined
  /**
   * False accepts any certificate: the connection is then no more private than one without TLS, as anybody can be the
   * other end. `tls.authorized` and `tls.authorizationError` of the connection tell what was wrong.
   *
   * @default true
   */
  readonly rejectUnauthorized?: boolean | undefined
}

/** Options of the side that accepts. */
export interface TlsServerOptions extends TlsCommonOptions {
  readonly cert: Pem
  readonly key: Pem
  /** Asks the client for a certificate. @default false */
  readonly requestCert?: boolean | undefined
  /** With {@link requestCert}: turns clients away whose certificate is not from `ca`, or that have none. @default true */
  readonly rejectUnauthorized?: boolean | undefined
}

/** What `upgradeTls` of a connection takes. */
export type TlsUpgradeOptions = (
  | ({ readonly isServer?: false | undefined } & TlsOptions)
  | ({ readonly isServer: true } & TlsServerOptions)
) &
  WaitOptions

/**
 * @throws TypeError for a server name that can be none, or none where the peer's address gives none either, and for a
 * `ca` without a certificate; SocketError, or an error of OpenSSL with its code, for a certificate or key that is none
 */
export function clientSettings(options: TlsOptions, remote: SocketAddress | undefined): ConnectionOptions {
  const verify = options.rejectUnauthorized ?? true
  const name = verifiedName(options.servername, remote, verify)
  return {
    ...contextSettings(options),
    ...protocolSettings(options),
    rejectUnauthorized: verify,
    ...identity(name),
  }
}

/** `host` is checked against the certificate, `servername` is sent as well. */
function identity(name: string | undefined): ConnectionOptions {
  // Node would check against "localhost" and might call that authorized.
  if (name === undefined) return { checkServerIdentity: () => new Error('NO_SERVERNAME') }
  return isIP(name) === 0 ? { servername: name } : { host: name }
}

export function serverSettings(options: TlsServerOptions): NodeOptions {
  if (options.cert === undefined || options.key === undefined)
    throw new TypeError('The side that accepts TLS needs cert and key, in PEM')
  return {
    ...contextSettings(options),
    ...protocolSettings(options),
    requestCert: options.requestCert ?? false,
    rejectUnauthorized: options.rejectUnauthorized ?? true,
  }
}

function protocolSettings({ ALPNProtocols }: TlsCommonOptions): { ALPNProtocols?: string[] } {
  return ALPNProtocols === undefined ? {} : { ALPNProtocols: [...ALPNProtocols] }
}

function contextSettings(options: TlsCommonOptions): SecureContextOptions {
  const { cert, key, ca, passphrase, ciphers } = options
  if (cert !== undefined && key !== undefined) checkPair(pem(cert), pem(key), passphrase)
  return {
    // Given always: a flag of Node or an environment variable must not lower it. RFC 8996 ends TLS 1.0 and 1.1.
    minVersion: version(options.minVersion ?? 'TLSv1.2'),
    maxVersion: version(options.maxVersion ?? 'TLSv1.3'),
    ...(cert === undefined ? {} : { cert: pem(cert) }),
    ...(key === undefined ? {} : { key: pem(key) }),
    ...(ca === undefined ? {} : { ca: roots(ca) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ciphers === undefined ? {} : { ciphers }),
  }
}

function version(wanted: string): SecureVersion {
  if (wanted === 'TLSv1.2' || wanted === 'TLSv1.3') return wanted
  throw new TypeError(`TLS version must be TLSv1.2 or TLSv1.3, not ${JSON.stringify(wanted)}`)
}

function pem(material: Pem): (string | Buffer)[] {
  const pieces = typeof material === 'string' || ArrayBuffer.isView(material) ? [material] : material
  return pieces.map((piece) =>
    typeof piece === 'string' ? piece : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength),
  )
}

/** Node takes what is no certificate without a word, and an empty text for "the usual roots". */
function roots(ca: Pem): (string | Buffer)[] {
  const pieces = pem(ca)
  const all = pieces.every((piece) => /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/.test(String(piece)))
  if (pieces.length > 0 && all) return pieces
  throw new TypeError('ca holds no certificate: give PEM, or leave it out for the roots that Node brings')
}

/**
 * OpenSSL takes a key of another kind than the certificate's without a word, and then fails every handshake. Several
 * pairs it sorts out itself.
 *
 * @throws SocketError with OpenSSL's code for a key of the same kind that does not fit
 */
function checkPair(certs: (string | Buffer)[], keys: (string | Buffer)[], passphrase?: string): void {
  const [cert, key] = [certs[0], keys[0]]
  if (cert === undefined || key === undefined || certs.length > 1 || keys.length > 1) return
  const secret = createPrivateKey(passphrase === undefined ? key : { key, passphrase })
  if (!new X509Certificate(cert).checkPrivateKey(secret))
    throw new SocketError('ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'tls', {
      subject: '(the key is not the one of the certificate)',
    })
}

function verifiedName(
  servername: string | undefined,
  remote: SocketAddress | undefined,
  verify: boolean,
): string | undefined {
  if (servername !== undefined) return hostName(servername)
  if (remote !== undefined && 'host' in remote) return hostName(remote.host)
  if (!verify) return undefined
  throw new TypeError(
    'TLS needs a servername to check the certificate against: this connection has no host to take it from',
  )
}

/** As it goes into SNI: ASCII, no dot at the end (RFC 6066, section 3). Addresses without their zone. */
function hostName(name: string): string {
  const [address = ''] = name.split('%', 1)
  if (isIP(address) !== 0) return address
  const ascii = domainToASCII(name.endsWith('.') ? name.slice(0, -1) : name)
  if (ascii === '') throw new TypeError(`Not a host name for TLS: ${JSON.stringify(name)}`)
  return ascii
}
