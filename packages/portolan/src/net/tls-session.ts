/** What two sides agreed on in a handshake. */
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { Untrusted } from '../text/untrusted.ts'

export interface TlsSession {
  /** `TLSv1.3` or `TLSv1.2`. */
  readonly protocol: string
  /** IANA's name of the cipher suite, as in `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string
  /** The application protocol (RFC 7301); undefined where none was agreed on. */
  readonly alpnProtocol: string | undefined
  /** The name that the client sent (SNI); undefined where it sent none. */
  readonly servername: Untrusted | undefined
  /** Whether the peer's certificate leads to a trusted root and, for a server's, is for the right name. */
  readonly authorized: boolean
  /** Why it is not {@link authorized}, where a certificate was there: `DEPTH_ZERO_SELF_SIGNED_CERT` and the like. */
  readonly authorizationError: string | undefined
  /** Undefined where the peer showed none, as most clients. */
  readonly peerCertificate: PeerCertificate | undefined
}

/** A certificate, its text as its issuer wrote it: without {@link TlsSession.authorized} anybody may have. */
export class PeerCertificate {
  readonly #certificate: X509Certificate

  constructor(certificate: X509Certificate) {
    this.#certificate = certificate
  }

  /** Distinguished name, a line for each part. */
  get subject(): Untrusted {
    return new Untrusted(this.#certificate.subject)
  }

  get issuer(): Untrusted {
    return new Untrusted(this.#certificate.issuer)
  }

  /** Names and addresses that it is for, as in `DNS:example.org, IP Address:192.0.2.1`; undefined where it has none. */
  get subjectAltName(): Untrusted | undefined {
    const names: string | undefined = this.#certificate.subjectAltName
    return names === undefined ? undefined : new Untrusted(names)
  }

  get validFrom(): Date {
    return new Date(this.#certificate.validFrom)
  }

  get validTo(): Date {
    return new Date(this.#certificate.validTo)
  }

  /** Hexadecimal. */
  get serialNumber(): string {
    return this.#certificate.serialNumber
  }

  /** SHA-256 of the whole certificate, in pairs of hexadecimal digits with colons. */
  get fingerprint256(): string {
    return this.#certificate.fingerprint256
  }

  /** DER. */
  get raw(): Uint8Array {
    return this.#certificate.raw
  }
}

/** To be asked when the handshake is over: a socket that was closed cannot tell. */
export function sessionOf(socket: TLSSocket, isServer: boolean): TlsSession {
  const certificate = socket.getPeerX509Certificate()
  // Node's types have an Error here; it is the code of one, or null.
  const error: unknown = socket.authorizationError
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().standardName,
    alpnProtocol: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : undefined,
    servername:
      isServer && typeof socket.servername === 'string' ? new Untrusted(socket.servername) : undefined,
    authorized: socket.authorized,
    authorizationError: certificate !== undefined && typeof error === 'string' ? error : undefined,
    peerCertificate: certificate === undefined ? undefined : new PeerCertificate(certificate),
  }
}
