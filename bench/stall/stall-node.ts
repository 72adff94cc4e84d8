/** Writes 1 GiB by node:net, each chunk new, waiting for `drain`; `PORT heedless` does not wait. */
import { createServer, type Socket } from 'node:net'

const heedless = process.argv[3] === 'heedless'

const server = createServer((socket) => {
  // The load generator ends its connections by a reset; node destroys the socket itself.
  socket.on('error', () => {})
  write(socket, 16_384)
})
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]) }, () => console.log('ready'))

function write(socket: Socket, chunks: number): void {
  for (let left = chunks; left > 0; left--) {
    if (socket.write(Buffer.alloc(65_536, 1)) || heedless) continue
    socket.once('drain', () => write(socket, left - 1))
    return
  }
}
