/** udp-send-dgram PORT SECONDS [SIZE]: messages of SIZE bytes (1200) as fast as they go, 64 under way. */
import { createSocket } from 'node:dgram'

const [port = 0, seconds = 1, size = 1200] = process.argv.slice(2).map(Number)
const data = Buffer.alloc(size)
const udp = createSocket({ type: 'udp4', sendBufferSize: 4 << 20 })
let messages = 0
let began = 0
let cpu
udp.connect(port, '127.0.0.1', () => {
  began = performance.now()
  cpu = process.cpuUsage()
  for (let i = 0; i < 64; i++) udp.send(data, sent)
})

function sent(error) {
  if (error === null) messages++
  if (performance.now() - began < seconds * 1000) udp.send(data, sent)
  else if (began > 0) end()
}

let over = false
function end() {
  if (over) return
  over = true
  const { user, system } = process.cpuUsage(cpu)
  const took = (performance.now() - began) / 1000
  console.log(
    JSON.stringify({ messages, seconds: took, bytes: messages * size, cpuSeconds: (user + system) / 1e6 }),
  )
  udp.close()
}
