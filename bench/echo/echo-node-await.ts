/** TCP echo by node:net with `for await`, heeding backpressure. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

const server = createServer({ noDelay: true }, (socket) => void echo(socket))
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 }, () => console.log('ready'))

async function echo(socket: Socket): Promise<void> {
  try {
    for await (const data of socket) if (!socket.write(data)) await once(socket, 'drain')
    socket.end()
  } catch {
    // The load generator ends its connections by a reset.
  }
}
