/** Entry of a listening thread: hands each connection to the module's handler until it is told to drain. */
import { parentPort, workerData } from 'node:worker_threads'
import { SocketError } from '../sys/socket-error.ts'
import type { Connection } from './connection.ts'
import type { FromThread, ThreadData, ToThread } from './listen-thread-messages.ts'
import { listen } from './listen.ts'
import type { Listener } from './listener.ts'
import { serveConnection, type ConnectionHandler } from './serving.ts'

const open = new Set<Connection>()
const data: ThreadData = workerData
const handler = await handlerOf(data.handler)
const server = await listenOrTell()
if (server !== undefined) await serve(server)
// Ends by itself: a thread that is terminated while sockets wait takes the process with it (see Socket).
parentPort?.close()

async function handlerOf(url: string): Promise<ConnectionHandler> {
  const module: { readonly default?: unknown } = await import(url)
  const { default: exported } = module
  if (typeof exported !== 'function')
    throw new TypeError(`${url} has no default export that takes a connection`)
  return (connection) => exported(connection)
}

async function listenOrTell(): Promise<Listener | undefined> {
  try {
    return await listen({ ...data.options, reusePort: true })
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    const { code, errno, syscall, local } = error
    tell({ kind: 'refused', code: errno === 0 ? code : errno, syscall, local })
    return undefined
  }
}

async function serve(listener: Listener): Promise<void> {
  const drained = Promise.withResolvers<number>()
  parentPort?.on('message', ({ timeout }: ToThread) => drained.resolve(listener.drain({ timeout })))
  tell({ kind: 'listening', address: listener.localAddress })
  // A thread may be ended by a handler's stray exception. First, because sockets that are left then are closed without a
  // word (readiness.ts): what was cut short must not look like the end.
  process.prependOnceListener('exit', () => {
    void listener.close()
    for (const connection of open) connection.reset()
  })
  // Behind the listener of the event loop's driver, which accepting has brought: so this comes last.
  setImmediate(() => void process.once('exit', tellEnded))
  for await (const connection of listener) void handle(connection)
  tell({ kind: 'drained', reset: await drained.promise })
}

/** For a main thread that waits in its own 'exit', where it hears no events. */
function tellEnded(): void {
  const ended = new Int32Array(data.ended)
  Atomics.store(ended, 0, 1)
  Atomics.notify(ended, 0)
}

async function handle(connection: Connection): Promise<void> {
  open.add(connection)
  await serveConnection(connection, handler, (error) => tell({ kind: 'failed', error: asError(error) }))
  open.delete(connection)
}

/** Without cause and properties: what cannot cross to another thread would take this one down. */
function asError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  const plain = new Error(error.message)
  plain.name = error.name
  if (error.stack !== undefined) plain.stack = error.stack
  return plain
}

function tell(message: FromThread): void {
  parentPort?.postMessage(message)
}
