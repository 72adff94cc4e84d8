/** udp-echo-dgram PORT: a reply to each message by node:dgram. */
import { createSocket } from 'node:dgram'

const udp = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 })
udp.on('message', (data, { port, address }) => udp.send(data, port, address))
udp.bind(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'))
