/** Certificates as the openssl command makes them, in a temporary folder. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Identity {
  readonly cert: string
  readonly key: string
  readonly certFile: string
  readonly keyFile: string
}

interface Validity {
  /** As openssl ca takes it: YYYYMMDDHHMMSSZ. */
  readonly from: string
  readonly to: string
}

const NOW: Validity = { from: '20200101000000Z', to: '20490101000000Z' }
const PAST: Validity = { from: '20200101000000Z', to: '20200102000000Z' }
const FUTURE: Validity = { from: '20480101000000Z', to: '20490101000000Z' }

/** Small and quick; what kind of key it is does not matter to these tests. */
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

export class Certificates implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'portolan-tls-'))
  readonly ca: Identity
  /** For localhost, a name of its own, and 127.0.0.1 and ::1. */
  readonly server: Identity
  readonly otherName: Identity
  readonly expired: Identity
  readonly future: Identity
  readonly client: Identity
  readonly selfSigned: Identity

  constructor() {
    this.ca = this.#selfSigned('ca', [
      '-subj',
      '/CN=Test root',
      '-addext',
      'basicConstraints=critical,CA:TRUE',
    ])
    const names = 'DNS:localhost,DNS:server.test,IP:127.0.0.1,IP:::1'
    this.server = this.#issue('server', names, NOW)
    this.otherName = this.#issue('other', 'DNS:other.test', NOW)
    this.expired = this.#issue('expired', names, PAST)
    this.future = this.#issue('future', names, FUTURE)
    this.client = this.#issue('client', 'DNS:client.test', NOW)
    this.selfSigned = this.#selfSigned('self', [
      '-subj',
      '/CN=localhost',
      '-addext',
      `subjectAltName=${names}`,
    ])
  }

  #selfSigned(name: string, more: readonly string[]): Identity {
    this.#openssl('req', '-x509', '-days', '2', ...NEW_KEY, ...this.#out(name), ...more)
    return this.#identity(name)
  }

  #issue(name: string, altNames: string, { from, to }: Validity): Identity {
    const config = join(this.folder, `${name}.cnf`)
    writeFileSync(join(this.folder, 'index.txt'), '')
    writeFileSync(
      config,
      `[ca]\ndefault_ca=c\n[c]\ndatabase=${this.folder}/index.txt\nnew_certs_dir=${this.folder}\nrand_serial=yes\n` +
        `policy=p\ndefault_md=sha256\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=${altNames}\n`,
    )
    const request = join(this.folder, `${name}.csr`)
    const { cert, key } = files(this.folder, name)
    this.#openssl('req', ...NEW_KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`)
    const issuer = ['-cert', this.ca.certFile, '-keyfile', this.ca.keyFile]
    const validity = ['-startdate', from, '-enddate', to]
    this.#openssl(
      'ca',
      '-batch',
      '-notext',
      '-config',
      config,
      '-in',
      request,
      '-out',
      cert,
      ...issuer,
      ...validity,
    )
    return this.#identity(name)
  }

  #out(name: string): string[] {
    const { cert, key } = files(this.folder, name)
    return ['-keyout', key, '-out', cert]
  }

  #identity(name: string): Identity {
    const { cert, key } = files(this.folder, name)
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8'), certFile: cert, keyFile: key }
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}

function files(folder: string, name: string): { cert: string; key: string } {
  return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
}
