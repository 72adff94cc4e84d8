/** TCP echo by `portolan`'s connections: one buffer a connection. */
import { listen, type Connection } from 'portolan'

const server = await listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
console.log('ready')
for await (const connection of server) void echo(connection)

async function echo(connection: Connection): Promise<void> {
  const buffer = new Uint8Array(4096)
  try {
    for (let count; (count = await connection.read(buffer)) !== null;)
      await connection.write(buffer.subarray(0, count))
  } catch {
    // The load generator ends its connections by a reset.
  }
  await connection.close()
}
