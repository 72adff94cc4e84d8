/** Streams by node:net with callbacks: `PORT receive` or `PORT send`. */
import { createServer, type Socket } from 'node:net'

const block = Buffer.alloc(65_536)
let received = 0

const server = createServer((socket) => {
  // The load generator ends its connections by a reset; node destroys the socket itself.
  socket.on('error', () => {})
  if (process.argv[3] === 'send') fill(socket)
  else
    socket.on('data', (data) => {
      received += data.length
    })
})
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]) }, () => console.log('ready'))

function fill(socket: Socket): void {
  while (socket.write(block));
  socket.once('drain', () => fill(socket))
}
