/** One connection and whoever serves it. */
import { SocketError } from '../sys/socket-error.ts'
import type { Connection } from './connection.ts'

/** Serves one connection: which is closed when the promise resolves, and reset when it rejects. */
export type ConnectionHandler = (connection: Connection) => unknown

/** @param report told why a handler failed; not that its connection was closed under it, as by a drain */
export async function serveConnection(
  connection: Connection,
  handler: ConnectionHandler,
  report: (error: unknown) => void,
): Promise<void> {
  try {
    await handler(connection)
    await connection.close()
  } catch (error) {
    const gone = connection.closed && error instanceof SocketError && error.code === 'ERR_SOCKET_CLOSED'
    connection.reset()
    if (!gone) report(error)
  }
}

/**
 * Where nobody listens to the failures of handlers: a connection that the network ended is every server's everyday, and
 * ends with its handler; everything else is a mistake in the handler, and becomes a warning of the process.
 */
export function warnOfHandler(error: unknown): void {
  if (error instanceof SocketError) return
  const reason = error instanceof Error ? error.message : String(error)
  process.emitWarning(`A connection's handler failed, and the connection was reset: ${reason}`, {
    code: 'PORTOLAN_HANDLER_FAILED',
    ...(error instanceof Error && error.stack !== undefined ? { detail: error.stack } : {}),
  })
}
