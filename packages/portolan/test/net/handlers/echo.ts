/** Handler of listen-on-threads.test.ts: tells its thread, then echoes; "fail" makes it throw. */
import { threadId } from 'node:worker_threads'
import type { Connection } from '../../../src/net/connection.ts'

export default async function echo(connection: Connection): Promise<void> {
  await connection.write(`${threadId}\n`)
  for await (const chunk of connection) {
    if (Buffer.from(chunk).toString() === 'fail') throw new Error('told to fail')
    await connection.write(chunk)
  }
}
