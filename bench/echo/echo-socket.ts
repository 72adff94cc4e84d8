/** TCP echo by `portolan/socket`: one buffer a connection. */
import { AF_INET, IPPROTO_TCP, SOCK_STREAM, socket, TCP_NODELAY, type Socket } from 'portolan/socket'

const server = socket(AF_INET, SOCK_STREAM)
server.bind({ host: '127.0.0.1', port: Number(process.argv[2]) })
server.listen()
console.log('ready')
for (;;) {
  const { client } = await server.accept()
  void echo(client)
}

async function echo(client: Socket): Promise<void> {
  client.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
  const buffer = new Uint8Array(4096)
  try {
    for (let count; (count = await client.recvInto(buffer)) !== null;)
      await client.sendAll(buffer.subarray(0, count))
  } catch {
    // The load generator ends its connections by a reset.
  }
  client.close()
}
