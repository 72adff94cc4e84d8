import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { if_nametoindex } from '../../src/socket/interfaces.ts'
import { getaddrinfo } from '../../src/socket/names.ts'
import { socket } from '../../src/socket/open.ts'
import { AF_INET6, SOCK_DGRAM, SOCK_STREAM } from '../../src/sys/constants.ts'
import { inet } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { enterOwnNamespace, ip, noNamespace } from './own-namespace.ts'
import { PythonPeer } from './python-peer.ts'
import { rejection, thrown } from './rejection.ts'

if (noNamespace === false) {
  enterOwnNamespace()
  ip('link add near type veth peer name far')
  ip('link set near up')
  ip('link set far up')
  ip('address add fe80::a/64 dev near nodad')
  ip('address add fe80::b/64 dev far nodad')
}

const needs = { skip: noNamespace }
let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

test(
  '83. the zone of a link-local address is kept by bind, getsockname, recvfrom and connect',
  needs,
  async () => {
    const scope = if_nametoindex('near')
    using udp = socket(AF_INET6, SOCK_DGRAM)
    udp.bind({ host: 'fe80::a%near', port: 0 })
    const own = inet(udp.getsockname())
    assert.deepEqual([own.host, own.scope], ['fe80::a', scope])
    const receiving = udp.recvfrom(100, { timeout: 20_000 })
    const port = await python.number(
      `u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.bind(('fe80::b', 0, 0, socket.if_nametoindex('far')))
u.sendto(b'across the link', ('fe80::a', port, 0, socket.if_nametoindex('far'))); out = u.getsockname()[1]`,
      { port: own.port },
    )
    const { data, address } = await receiving
    assert.equal(Buffer.from(data).toString(), 'across the link')
    assert.deepEqual(address, { host: 'fe80::b', port, scope })
    assert.ok(address)
    await udp.connect(address)
    assert.deepEqual(udp.getpeername(), address)
    await udp.send('and back')
    assert.deepEqual(
      await python.run(
        `d, a = u.recvfrom(100); out = [d.decode(), a[0].split('%')[0], a[1], a[3] == socket.if_nametoindex('far')]; u.close()`,
      ),
      ['and back', 'fe80::a', own.port, true],
    )
  },
)

test(
  '83. a link-local address without its zone is the error of the kernel, and the same by accept and getaddrinfo',
  needs,
  async () => {
    using bare = socket(AF_INET6, SOCK_STREAM)
    assert.equal(thrown(() => bare.bind({ host: 'fe80::a', port: 0 })).code, 'EINVAL')
    assert.equal((await rejection(bare.connect({ host: 'fe80::b', port: 9 }))).code, 'EINVAL')
    using server = socket(AF_INET6, SOCK_STREAM)
    server.bind({ host: 'fe80::a', port: 0, scope: if_nametoindex('near') })
    server.listen()
    const { port } = inet(server.getsockname())
    const [entry] = await getaddrinfo('fe80::a%near', port, { family: AF_INET6, type: SOCK_STREAM })
    assert.ok(entry)
    assert.deepEqual(entry.address, { host: 'fe80::a', port, scope: if_nametoindex('near') })
    using client = socket(AF_INET6, SOCK_STREAM)
    await client.connect(entry.address)
    const { client: accepted, address } = await server.accept({ timeout: 20_000 })
    using _ = accepted
    assert.equal(inet(address).scope, if_nametoindex('near'))
    assert.deepEqual(address, client.getsockname())
  },
)
