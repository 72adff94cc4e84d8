/** udp-echo-portolan PORT: what was received together goes back together, from where it stands. */
import { AF_INET, SO_RCVBUF, SOCK_DGRAM, socket, SOL_SOCKET, SOL_UDP, UDP_GRO } from 'portolan/socket'

const udp = socket(AF_INET, SOCK_DGRAM)
udp.setsockopt(SOL_SOCKET, SO_RCVBUF, 4 << 20)
udp.setsockopt(SOL_UDP, UDP_GRO, 1)
udp.bind({ host: '127.0.0.1', port: Number(process.argv[2]) })
console.log('ready')
for (;;) await udp.sendBatch(await udp.recvBatch())
