/** Accepts and closes by `portolan`'s connections. */
import { listen } from 'portolan'

const server = await listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
console.log('ready')
for await (const connection of server) void connection.close()
