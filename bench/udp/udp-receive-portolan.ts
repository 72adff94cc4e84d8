/** udp-receive-portolan PORT SECONDS: counts messages for so long after the first one. */
import { AF_INET, SO_RCVBUF, SOCK_DGRAM, socket, SOL_SOCKET, SOL_UDP, UDP_GRO } from 'portolan/socket'

const [port = 0, seconds = 1] = process.argv.slice(2).map(Number)
const udp = socket(AF_INET, SOCK_DGRAM)
udp.setsockopt(SOL_SOCKET, SO_RCVBUF, 4 << 20)
udp.setsockopt(SOL_UDP, UDP_GRO, 1)
udp.bind({ host: '127.0.0.1', port })
console.log('ready')
await udp.recvBatch()
let messages = 0
let bytes = 0
const began = performance.now()
const cpu = process.cpuUsage()
while (performance.now() - began < seconds * 1000) {
  const batch = await udp.recvBatch()
  messages += batch.length
  for (let i = 0; i < batch.length; i++) bytes += batch.size(i)
}
const { user, system } = process.cpuUsage(cpu)
const took = (performance.now() - began) / 1000
console.log(JSON.stringify({ messages, seconds: took, bytes, cpuSeconds: (user + system) / 1e6 }))
udp.close()
