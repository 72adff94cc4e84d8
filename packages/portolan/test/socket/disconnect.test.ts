import assert from 'node:assert/strict'
import { test } from 'node:test'
import { socket, socketpair } from '../../src/socket/open.ts'
import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from '../../src/sys/constants.ts'
import { checkLeaks } from './leak-check.ts'
import { rejection, thrown } from './rejection.ts'
import { bound } from './udp-peer.ts'

checkLeaks()

for (const host of ['127.0.0.1', '::1'])
  test(`68. ${host}: a socket that gave up its peer hears others again, keeps its port, and can have a new one`, async () => {
    // Only a port that bind was given stays; one that it was left to choose goes with the peer (udp_disconnect).
    const reserved = bound(host)
    const own = reserved.getsockname()
    reserved.close()
    using udp = socket(host === '::1' ? AF_INET6 : AF_INET, SOCK_DGRAM)
    udp.bind(own)
    using friend = bound(host)
    using stranger = bound(host)
    await udp.connect(friend.getsockname())
    await stranger.sendto('unheard', own)
    udp.disconnect()
    assert.equal(thrown(() => udp.getpeername()).code, 'ENOTCONN')
    assert.deepEqual(udp.getsockname(), own)
    await stranger.sendto('heard', own)
    assert.equal(Buffer.from((await udp.recvfrom(9)).data).toString(), 'heard')
    const error = await rejection(udp.send('to whom?'))
    assert.deepEqual([error.code, error.remote], ['EDESTADDRREQ', undefined])
    await udp.connect(stranger.getsockname())
    await udp.send('you')
    assert.deepEqual((await stranger.recvfrom(9)).address, own)
  })

test('68. a port that the kernel chose goes with the peer', async () => {
  using udp = socket(AF_INET, SOCK_DGRAM)
  using peer = bound()
  await udp.connect(peer.getsockname())
  udp.disconnect()
  assert.deepEqual(udp.getsockname(), { host: '0.0.0.0', port: 0 })
  using asked = bound()
  await asked.connect(peer.getsockname())
  asked.disconnect()
  assert.deepEqual(asked.getsockname(), { host: '127.0.0.1', port: 0 })
})

test('68. UNIX datagram sockets too; a socket without a peer is as it was; a stream is not cut off', async () => {
  using unix = socket(AF_UNIX, SOCK_DGRAM)
  using peer = socket(AF_UNIX, SOCK_DGRAM)
  peer.bind({ path: '' })
  await unix.connect(peer.getsockname())
  unix.disconnect()
  unix.disconnect()
  assert.equal((await rejection(unix.send('x'))).code, 'ENOTCONN')
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  assert.equal(thrown(() => one.disconnect()).code, 'EOPNOTSUPP')
  await one.send('still')
  assert.equal((await other.recv(9))?.length, 5)
  unix.close()
  assert.equal(thrown(() => unix.disconnect()).code, 'ERR_SOCKET_CLOSED')
})
