/** Accepts and closes by `portolan/socket`. */
import { AF_INET, SOCK_STREAM, socket } from 'portolan/socket'

const server = socket(AF_INET, SOCK_STREAM)
server.bind({ host: '127.0.0.1', port: Number(process.argv[2]) })
server.listen()
console.log('ready')
for (;;) {
  const { client } = await server.accept()
  client.close()
}
