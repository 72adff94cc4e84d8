/** Writes 1 GiB by `portolan/socket`, each chunk new. */
import { AF_INET, SOCK_STREAM, socket } from 'portolan/socket'

const server = socket(AF_INET, SOCK_STREAM)
server.bind({ host: '127.0.0.1', port: Number(process.argv[2]) })
server.listen()
console.log('ready')
const { client } = await server.accept()
for (let left = 16_384; left > 0; left--) await client.sendAll(new Uint8Array(65_536).fill(1))
