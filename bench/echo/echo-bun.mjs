/** TCP echo by Bun's own sockets. What the kernel does not take at once is kept until it does. */
Bun.listen({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  socket: {
    open(socket) {
      socket.setNoDelay(true)
      socket.data = undefined
    },
    data(socket, data) {
      const rest = socket.data === undefined ? data : Buffer.concat([socket.data, data])
      flush(socket, rest)
    },
    drain(socket) {
      if (socket.data !== undefined) flush(socket, socket.data)
    },
    error() {},
  },
})
console.log('ready')

function flush(socket, bytes) {
  const taken = socket.write(bytes)
  socket.data = taken < bytes.length ? Buffer.from(bytes.subarray(Math.max(taken, 0))) : undefined
}
