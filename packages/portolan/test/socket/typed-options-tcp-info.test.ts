/** TCP_INFO of live connections, against `ss` and what the peer did. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { AF_INET, SOCK_STREAM } from '../../src/sys/constants.ts'
import { socket } from '../../src/socket/open.ts'
import { lineOfSs } from './foreign-options.ts'
import { portOf } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

test('tcpInfo of an idle connection is what ss shows of it', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  using client = socket(AF_INET, SOCK_STREAM)
  await client.connect(server.getsockname())
  using accepted = (await server.accept()).client
  await client.sendAll(new Uint8Array(5000))
  for (let left = 5000; left > 0;) left -= (await accepted.recv(left))?.length ?? left
  await accepted.sendAll('back')
  await client.recv(4)
  await quiet(client)
  const line = lineOfSs('tcp', portOf(client))
  const info = client.options.tcpInfo
  const shown = (name: string): number => Number(new RegExp(`[ (]${name}:([0-9.]+)`).exec(line)?.[1])
  assert.equal(info.state, 'ESTABLISHED')
  assert.match(line, /^ESTAB /)
  assert.deepEqual(
    {
      bytesSent: info.bytesSent,
      bytesAcked: info.bytesAcked,
      bytesReceived: info.bytesReceived,
      segmentsOut: info.segmentsOut,
      segmentsIn: info.segmentsIn,
      dataSegmentsOut: info.dataSegmentsOut,
      dataSegmentsIn: info.dataSegmentsIn,
      pathMtu: info.pathMtu,
      sendMss: info.sendMss,
      receiveMss: info.receiveMss,
      advertisedMss: info.advertisedMss,
      cwnd: info.cwnd,
      delivered: info.delivered,
      receiveSpace: info.receiveSpace,
      receiveSlowStartThreshold: info.receiveSlowStartThreshold,
      sendWindow: info.sendWindow,
      rttMs: info.rtt / 1000,
      minRttMs: (info.minRtt ?? 0) / 1000,
      rtoMs: info.rto / 1000,
      timestamps: info.timestamps,
      selectiveAcknowledgements: info.selectiveAcknowledgements,
      scale: `${info.sendWindowScale},${info.receiveWindowScale}`,
    },
    {
      bytesSent: shown('bytes_sent'),
      bytesAcked: shown('bytes_acked'),
      bytesReceived: shown('bytes_received'),
      segmentsOut: shown('segs_out'),
      segmentsIn: shown('segs_in'),
      dataSegmentsOut: shown('data_segs_out'),
      dataSegmentsIn: shown('data_segs_in'),
      pathMtu: shown('pmtu'),
      sendMss: shown('mss'),
      receiveMss: shown('rcvmss'),
      advertisedMss: shown('advmss'),
      cwnd: shown('cwnd'),
      delivered: shown('delivered'),
      receiveSpace: shown('rcv_space'),
      receiveSlowStartThreshold: shown('rcv_ssthresh'),
      sendWindow: shown('snd_wnd'),
      rttMs: shown('rtt'),
      minRttMs: shown('minrtt'),
      // Without a fraction in the output of ss.
      rtoMs: shown('rto'),
      timestamps: / ts /.test(line),
      selectiveAcknowledgements: / sack /.test(line),
      scale: /wscale:([0-9,]+)/.exec(line)?.[1],
    },
  )
  assert.equal(info.bytesReceived, 4)
  // The SYN counts as a byte that was acknowledged (RFC 9293 section 3.4).
  assert.equal(info.bytesAcked, 5001)
})

/** Until nothing came for longer than an acknowledgement is delayed (TCP_DELACK_MAX, 200 ms); six seconds at most. */
async function quiet(client: { options: { tcpInfo: { segmentsIn: number | undefined } } }): Promise<void> {
  for (let round = 0, before = -1; round < 20; round++) {
    const { segmentsIn = 0 } = client.options.tcpInfo
    if (segmentsIn === before) return
    before = segmentsIn
    await delay(300)
  }
}

test('the states of a connection have the names of tcp(7), as it goes through them', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  assert.equal(server.options.tcpInfo.state, 'CLOSE')
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen(7)
  const listening = server.options.tcpInfo
  assert.deepEqual([listening.state, listening.unacked, listening.sacked], ['LISTEN', 0, 7])
  await python.run(`c = socket.create_connection(('127.0.0.1', port))`, { port: portOf(server) })
  assert.equal(server.options.tcpInfo.unacked, 1, 'one waits for accept')
  using accepted = (await server.accept()).client
  const { options } = accepted
  assert.equal(options.tcpInfo.state, 'ESTABLISHED')
  await python.run(`c.sendall(b'x' * 1234); c.shutdown(socket.SHUT_WR)`)
  while ((await accepted.recv(2000)) !== null);
  assert.deepEqual(
    [options.tcpInfo.state, options.tcpInfo.bytesReceived],
    ['CLOSE_WAIT', 1235],
    'the FIN counts',
  )
  accepted.shutdown(1)
  await python.run(`receive_exactly(c, 1); c.close()`)
  assert.equal(options.tcpInfo.state, 'CLOSE')
})
