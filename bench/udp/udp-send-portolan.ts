/** udp-send-portolan PORT SECONDS [SIZE]: messages of SIZE bytes (1200) as fast as they go, in lists of 512. */
import { AF_INET, SO_SNDBUF, SOCK_DGRAM, socket, SOL_SOCKET } from 'portolan/socket'

const [port = 0, seconds = 1, size = 1200] = process.argv.slice(2).map(Number)
const udp = socket(AF_INET, SOCK_DGRAM)
udp.setsockopt(SOL_SOCKET, SO_SNDBUF, 4 << 20)
// Not connected: the receiver ends first, and its ECONNREFUSED would end this one.
const address = { host: '127.0.0.1', port }
const list = Array.from({ length: 512 }, () => ({ data: new Uint8Array(size), address }))
let messages = 0
const began = performance.now()
const cpu = process.cpuUsage()
while (performance.now() - began < seconds * 1000) messages += await udp.sendBatch(list)
const { user, system } = process.cpuUsage(cpu)
const took = (performance.now() - began) / 1000
console.log(
  JSON.stringify({ messages, seconds: took, bytes: messages * size, cpuSeconds: (user + system) / 1e6 }),
)
udp.close()
