/** Handler of listen-on-threads.test.ts whose module keeps its thread alive for a while. */
import type { Connection } from '../../../src/net/connection.ts'

setTimeout(() => undefined, 1500)

export default async function busy(connection: Connection): Promise<void> {
  await connection.write('busy')
}
