/** udp-receive-dgram PORT SECONDS: counts messages for so long after the first one. */
import { createSocket } from 'node:dgram'

const [port = 0, seconds = 1] = process.argv.slice(2).map(Number)
const udp = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 })
let messages = 0
let bytes = 0
let began = 0
let cpu
udp.on('message', (data) => {
  if (began === 0) {
    began = performance.now()
    cpu = process.cpuUsage()
    return
  }
  messages++
  bytes += data.length
  if ((messages & 63) !== 0 || performance.now() - began < seconds * 1000) return
  const { user, system } = process.cpuUsage(cpu)
  const took = (performance.now() - began) / 1000
  console.log(JSON.stringify({ messages, seconds: took, bytes, cpuSeconds: (user + system) / 1e6 }))
  process.exit()
})
udp.bind(port, '127.0.0.1', () => console.log('ready'))
