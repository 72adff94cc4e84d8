/** Accepts and closes by Bun's own sockets. */
Bun.listen({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  socket: {
    open(socket) {
      socket.terminate()
    },
    data() {},
    error() {},
  },
})
console.log('ready')
