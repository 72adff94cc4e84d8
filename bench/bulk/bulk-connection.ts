/** Streams by `portolan`'s connections: `PORT receive` or `PORT send`. */
import { listen, type Connection } from 'portolan'

const block = new Uint8Array(65_536)
let received = 0

const server = await listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
console.log('ready')
for await (const connection of server) void serve(connection)

async function serve(connection: Connection): Promise<void> {
  try {
    if (process.argv[3] === 'send') for (;;) await connection.write(block)
    for (let count; (count = await connection.read(block)) !== null;) received += count
  } catch {
    // The load generator ends its connections by a reset.
  }
  await connection.close()
}
