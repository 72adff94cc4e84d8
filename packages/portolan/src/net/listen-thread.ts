/** Entry of a listening thread: hands each connection to the module's handler until it is told to drain. */
import { parentPort, workerData } from 'node:worker_threads'
import { SocketError } from '../sys/socket-error.ts'
import type { Connection } from './connection.ts'
import type { FromThread, ThreadData, ToThread } from './listen-thread-messages.ts'
import { listen } from './listen.ts'
import type { Listener } from './listener.ts'

type Handler = (connection: Connection) => unknown

const data: ThreadData = workerData
const handler = await handlerOf(data.handler)
const server = await listenOrTell()
if (server !== undefined) await serve(server)
// Ends by itself: a thread that is terminated while sockets wait takes the process with it (see Socket).
parentPort?.close()

async function handlerOf(url: string): Promise<Handler> {
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
  for await (const connection of listener) void handle(connection)
  tell({ kind: 'drained', reset: await drained.promise })
}

async function handle(connection: Connection): Promise<void> {
  try {
    await handler(connection)
    await connection.close()
  } catch (error) {
    // A drain that ran out of patience has reset the connection under its handler: that is no failure of the handler.
    if (!connection.closed)
      tell({ kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) })
    connection.reset()
  }
}

function tell(message: FromThread): void {
  parentPort?.postMessage(message)
}
