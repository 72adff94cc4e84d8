/** TCP echo by `portolan/socket` with recv: a connection that waits holds no buffer. */
import { AF_INET, SOCK_STREAM, socket, type Socket } from 'portolan/socket'

const server = socket(AF_INET, SOCK_STREAM)
server.bind({ host: '127.0.0.1', port: Number(process.argv[2]) })
server.listen()
console.log('ready')
for (;;) {
  const { client } = await server.accept()
  void echo(client)
}

async function echo(client: Socket): Promise<void> {
  try {
    for (let data; (data = await client.recv(4096)) !== null;) await client.sendAll(data)
  } catch {
    // The load generator ends its connections by a reset.
  }
  client.close()
}
