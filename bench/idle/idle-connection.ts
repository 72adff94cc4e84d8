/** TCP echo by `portolan`'s connections without a buffer of the caller's. */
import { listen, type Connection } from 'portolan'

const server = await listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
console.log('ready')
for await (const connection of server) void echo(connection)

async function echo(connection: Connection): Promise<void> {
  try {
    for (let data; (data = await connection.read()) !== null;) await connection.write(data)
  } catch {
    // The load generator ends its connections by a reset.
  }
  await connection.close()
}
