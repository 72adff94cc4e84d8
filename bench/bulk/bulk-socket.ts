/** Streams by `portolan/socket`: `PORT receive` or `PORT send`. */
import { AF_INET, SOCK_STREAM, socket, type Socket } from 'portolan/socket'

const block = new Uint8Array(65_536)
let received = 0

const server = socket(AF_INET, SOCK_STREAM)
server.bind({ host: '127.0.0.1', port: Number(process.argv[2]) })
server.listen()
console.log('ready')
for (;;) {
  const { client } = await server.accept()
  void serve(client)
}

async function serve(client: Socket): Promise<void> {
  try {
    if (process.argv[3] === 'send') for (;;) await client.sendAll(block)
    for (let count; (count = await client.recvInto(block)) !== null;) received += count
  } catch {
    // The load generator ends its connections by a reset.
  }
  client.close()
}
