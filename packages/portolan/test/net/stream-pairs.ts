/** Two connected ends, in the process and through the kernel. */
import { Connection } from '../../src/net/connection.ts'
import { pipe } from '../../src/net/pipe.ts'
import { SocketTransport } from '../../src/net/socket-transport.ts'
import { AF_INET, AF_UNIX, SOCK_STREAM, socket, socketpair } from '../../src/socket.ts'
import type { PythonPeer } from '../socket/python-peer.ts'

export type Pair = [Connection, Connection]

export const PAIRS: readonly { readonly name: string; readonly make: () => Promise<Pair> }[] = [
  { name: 'a pipe', make: () => Promise.resolve(pipe()) },
  { name: 'TCP', make: tcpPair },
  { name: 'a UNIX socket', make: unixPair },
]

export async function tcpPair(): Promise<Pair> {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  const client = socket(AF_INET, SOCK_STREAM)
  const [accepted] = await Promise.all([server.accept(), client.connect(server.getsockname())])
  return [
    new Connection(new SocketTransport(client)),
    new Connection(new SocketTransport(accepted.client, accepted.address)),
  ]
}

function unixPair(): Promise<Pair> {
  const [one, other] = socketpair(AF_UNIX, SOCK_STREAM)
  return Promise.resolve([
    new Connection(new SocketTransport(one)),
    new Connection(new SocketTransport(other)),
  ])
}

/** A connection to Python, which has its end as `c`. */
export async function toPython(python: PythonPeer): Promise<Connection> {
  const port = await python.number(
    "l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(); out = l.getsockname()[1]",
  )
  const client = socket(AF_INET, SOCK_STREAM)
  await client.connect({ host: '127.0.0.1', port })
  await python.run('c, _ = l.accept(); l.close()')
  return new Connection(new SocketTransport(client))
}

/** Runs with both ends and closes them, also after a failure. */
export async function withPair(
  make: () => Promise<Pair>,
  work: (one: Connection, other: Connection) => Promise<void>,
): Promise<void> {
  const [one, other] = await make()
  try {
    await work(one, other)
  } finally {
    await Promise.all([one.close(), other.close()])
  }
}

/** Bytes that repeat after 251, a prime, so that a shifted or doubled block shows. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251)
}
