/** Every kind of byte stream there is, each as a pair of two ends in this process. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '../../src/net/connect.ts'
import type { ConnectOptions } from '../../src/net/connect-options.ts'
import { Connection } from '../../src/net/connection.ts'
import type { DriverName } from '../../src/net/driver.ts'
import { listen } from '../../src/net/listen.ts'
import { pipe } from '../../src/net/pipe.ts'
import { StreamTransport } from '../../src/net/stream-transport.ts'
import type { Certificates } from '../net/certificates.ts'
import type { StreamKind } from './stream-kind.ts'
import { WebByteStream } from './web-byte-stream.ts'

type Pair = readonly [Connection, Connection]
type Secure = { readonly version: 'TLSv1.2' | 'TLSv1.3'; readonly certificates: Certificates }

async function connected(
  driver: DriverName,
  at: { readonly host: string } | { readonly path: string },
  secure?: Secure,
): Promise<Pair> {
  const identity = secure && { cert: secure.certificates.server.cert, key: secure.certificates.server.key }
  await using server = await listen({ ...at, driver, tls: identity })
  const tls = secure && {
    ca: secure.certificates.ca.cert,
    maxVersion: secure.version,
    minVersion: secure.version,
  }
  const { localAddress } = server
  assert.ok('path' in localAddress || 'host' in localAddress)
  const to: ConnectOptions =
    'path' in localAddress
      ? { path: localAddress.path, driver, timeout: 20_000 }
      : { ...localAddress, driver, tls, timeout: 20_000 }
  const [one, other] = await Promise.all([connect(to), server.accept({ timeout: 20_000 })])
  return [one, other]
}

/** The last number of tcp_wmem and tcp_rmem: how far the kernel lets the buffers of a connection grow (tcp(7)). */
function largest(name: 'tcp_rmem' | 'tcp_wmem'): number {
  return Number(readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim().split(/\s+/)[2])
}

/** Those of the kernel, and 1 MiB for what the layers above hold. */
const TCP_ROOM = largest('tcp_rmem') + largest('tcp_wmem') + (1 << 20)
/** A UNIX socket has the sender's buffer only (unix(7), net.core.wmem_default); the same on top. */
const UNIX_ROOM = Number(readFileSync('/proc/sys/net/core/wmem_default', 'utf8')) + (1 << 20)

/** A transport over a stream of Node gives it this many bytes at once. */
const PIECE = 65_536

const TCP: StreamKind = {
  name: 'TCP over IPv4',
  make: () => connected('kernel', { host: '127.0.0.1' }),
  descriptors: 2,
  reset: 'data, then the error',
  writeToClosed: 'first is taken',
  cutShort: 'the end',
  room: TCP_ROOM,
  inFlight: 0,
  isWeb: false,
  callsLibc: true,
}

const UNIX = { reset: 'data, then the end', writeToClosed: 'refused', room: UNIX_ROOM } as const
const PORTABLE = { inFlight: PIECE, callsLibc: false } as const

let names = 0

export const SOCKETS: readonly StreamKind[] = [
  TCP,
  { ...TCP, name: 'TCP over IPv6', make: () => connected('kernel', { host: '::1' }) },
  {
    ...TCP,
    ...UNIX,
    name: 'a UNIX socket at a path',
    make: () => connected('kernel', { path: join('/tmp', `portolan-${process.pid}-${++names}`) }),
  },
  {
    ...TCP,
    ...UNIX,
    name: 'a UNIX socket with an abstract name',
    make: () => connected('kernel', { path: `\0portolan-${process.pid}-${++names}` }),
  },
]

export const PORTABLES: readonly StreamKind[] = [
  {
    ...TCP,
    ...PORTABLE,
    name: 'TCP of the portable driver',
    make: () => connected('portable', { host: '127.0.0.1' }),
  },
  {
    ...TCP,
    ...UNIX,
    ...PORTABLE,
    name: 'a UNIX socket of the portable driver',
    make: () => connected('portable', { path: join('/tmp', `portolan-${process.pid}-${++names}`) }),
  },
]

export const ADAPTERS: readonly StreamKind[] = [
  {
    ...TCP,
    name: 'a pipe',
    make: () => Promise.resolve(pipe()),
    descriptors: 0,
    reset: 'the error',
    writeToClosed: 'refused',
    // 64 KiB wait in it (pipe.ts).
    room: 65_536,
    callsLibc: false,
  },
  {
    ...TCP,
    name: 'the node stream of a connection',
    make: async () => {
      const [one, other] = await connected('kernel', { host: '127.0.0.1' })
      return [
        new Connection(new StreamTransport(one.toDuplex())),
        new Connection(new StreamTransport(other.toDuplex())),
      ]
    },
    // A Duplex has destroy() and no reset.
    reset: 'data, then the end',
    inFlight: PIECE,
  },
  {
    ...TCP,
    name: 'the web streams of a connection',
    make: async () => {
      const [one, other] = await connected('kernel', { host: '127.0.0.1' })
      return [new WebByteStream(one), new WebByteStream(other)]
    },
    isWeb: true,
  },
]

export function secureKinds(certificates: Certificates): readonly StreamKind[] {
  const kinds: StreamKind[] = []
  for (const driver of ['kernel', 'portable'] as const)
    for (const version of ['TLSv1.3', 'TLSv1.2'] as const)
      kinds.push({
        ...TCP,
        name: `${version} over the ${driver} driver`,
        make: () => connected(driver, { host: '127.0.0.1' }, { version, certificates }),
        writeToClosed: 'either',
        cutShort: 'ERR_TLS_TRUNCATED',
        inFlight: PIECE,
        callsLibc: driver === 'kernel',
      })
  return kinds
}
