import assert from 'node:assert/strict'
import { test } from 'node:test'
import { if_nametoindex } from '../../src/socket/interfaces.ts'
import { socket } from '../../src/socket/open.ts'
import { AF_NETLINK, NETLINK_ROUTE, SOCK_RAW } from '../../src/sys/constants.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { thrown } from './rejection.ts'

checkLeaks()

// rtnetlink(7), netlink(7)
const RTM_NEWLINK = 16
const RTM_GETLINK = 18
const NLMSG_DONE = 3
const NLM_F_REQUEST_DUMP = 0x301
const IFLA_IFNAME = 3

function align(length: number): number {
  return (length + 3) & ~3
}

/** Interface name by index of one struct nlmsghdr + ifinfomsg with its attributes. */
function linkOf(message: Buffer): [number, string] {
  const index = message.readInt32LE(20)
  for (let at = 32; at + 4 <= message.length; at += align(message.readUInt16LE(at))) {
    const length = message.readUInt16LE(at)
    if (message.readUInt16LE(at + 2) === IFLA_IFNAME)
      return [index, message.subarray(at + 4, at + length - 1).toString()]
  }
  return [index, '']
}

test('NETLINK_ROUTE answers RTM_GETLINK with the interfaces that Python sees, lo among them', async () => {
  await using python = new PythonPeer()
  using route = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)
  route.bind({ pid: 0, groups: 0 })
  const own = route.getsockname()
  assert.ok('pid' in own)
  assert.ok(own.pid !== 0, 'the kernel chose one')
  const request = Buffer.alloc(32)
  request.writeUInt32LE(request.length, 0)
  request.writeUInt16LE(RTM_GETLINK, 4)
  request.writeUInt16LE(NLM_F_REQUEST_DUMP, 6)
  request.writeUInt32LE(77, 8)
  assert.equal(await route.sendto(request, { pid: 0, groups: 0 }), request.length)
  const links: [number, string][] = []
  for (let done = false; !done;) {
    const { data, address } = await route.recvfrom(65_536, { timeout: 20_000 })
    assert.deepEqual(address, { pid: 0, groups: 0 }, 'the kernel')
    const bytes = Buffer.from(data)
    for (let at = 0; at < bytes.length && !done; at += align(bytes.readUInt32LE(at))) {
      const message = bytes.subarray(at, at + bytes.readUInt32LE(at))
      assert.equal(message.readUInt32LE(8), 77)
      assert.equal(message.readUInt32LE(12), own.pid)
      if (message.readUInt16LE(4) === NLMSG_DONE) done = true
      else if (message.readUInt16LE(4) === RTM_NEWLINK) links.push(linkOf(message))
    }
  }
  assert.ok(links.some(([index, name]) => name === 'lo' && index === if_nametoindex('lo')))
  assert.deepEqual(links, await python.run('out = [list(i) for i in socket.if_nameindex()]'))
})

test('connect sets the peer; a pid in use is EADDRINUSE', async () => {
  using one = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)
  one.bind({ pid: 0, groups: 0 })
  await one.connect({ pid: 0, groups: 0 })
  assert.deepEqual(one.getpeername(), { pid: 0, groups: 0 })
  using other = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)
  const error = thrown(() => other.bind(one.getsockname()))
  assert.equal(error.code, 'EADDRINUSE')
  assert.match(error.message, /at netlink \d+\/0/)
})
