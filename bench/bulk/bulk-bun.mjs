/** Streams by Bun's own sockets: `PORT receive` or `PORT send`. */
const block = Buffer.alloc(65_536)
const sends = process.argv[3] === 'send'
let received = 0

Bun.listen({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  socket: {
    open(socket) {
      socket.data = 0
      if (sends) fill(socket)
    },
    data(_socket, data) {
      received += data.length
    },
    drain(socket) {
      if (sends) fill(socket)
    },
    error() {},
  },
})
console.log('ready')

/** Writes until the kernel takes no more; `socket.data` is how much of the block it has taken. */
function fill(socket) {
  for (;;) {
    const rest = block.length - socket.data
    const taken = Math.max(socket.write(socket.data === 0 ? block : block.subarray(socket.data)), 0)
    socket.data = taken === rest ? 0 : socket.data + taken
    if (taken < rest) return
  }
}
