/** Writes 1 GiB by `portolan`'s connections, each chunk new. */
import { listen } from 'portolan'

const server = await listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
console.log('ready')
for await (const connection of server)
  for (let left = 16_384; left > 0; left--) await connection.write(new Uint8Array(65_536).fill(1))
