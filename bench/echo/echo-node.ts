/** TCP echo by node:net with callbacks. */
import { createServer } from 'node:net'

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', (data) => void socket.write(data))
  // The load generator ends its connections by a reset; node destroys the socket itself.
  socket.on('error', () => {})
})
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 }, () => console.log('ready'))
