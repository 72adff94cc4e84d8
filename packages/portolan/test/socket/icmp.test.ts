import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { inet_pton } from '../../src/socket/presentation.ts'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import {
  AF_INET,
  AF_INET6,
  ICMP_FILTER,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_RAW,
} from '../../src/sys/constants.ts'
import { inet } from './inet-address.ts'
import { checkLeaks } from './leak-check.ts'
import { enterOwnNamespace, noNamespace } from './own-namespace.ts'
import { thrown } from './rejection.ts'

if (noNamespace === false) enterOwnNamespace()
const needs = { skip: noNamespace }
checkLeaks()

// RFC 792, RFC 4443
const ECHO_REPLY = 0
const ECHO = 8
const ECHO_REQUEST_6 = 128
const ECHO_REPLY_6 = 129
const PING_RANGE = '/proc/sys/net/ipv4/ping_group_range'

/** Type, code, checksum, identifier, sequence number and data. */
function echo(type: number, identifier: number, sequence: number, data: string): Buffer {
  const message = Buffer.concat([Buffer.alloc(8), Buffer.from(data)])
  message[0] = type
  message.writeUInt16BE(identifier, 4)
  message.writeUInt16BE(sequence, 6)
  message.writeUInt16BE(checksum(message), 2)
  return message
}

/** RFC 1071, for an even number of bytes */
function checksum(bytes: Buffer): number {
  assert.equal(bytes.length % 2, 0)
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

async function replyOf(icmp: Socket): Promise<{ bytes: Buffer; host: string }> {
  const { data, address } = await icmp.recvfrom(2000, { timeout: 20_000 })
  assert.ok(address)
  return { bytes: Buffer.from(data), host: inet(address).host }
}

test('SOCK_RAW with IPPROTO_ICMP: an echo to 127.0.0.1 comes back behind its IP header', needs, async () => {
  using raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)
  // Our own request passes by here as well: only replies are wanted (raw(7)).
  raw.setsockopt(SOL_RAW, ICMP_FILTER, ~(1 << ECHO_REPLY))
  await raw.sendto(echo(ECHO, 0x1234, 7, 'raw echo'), { host: '127.0.0.1', port: 0 })
  const { bytes, host } = await replyOf(raw)
  assert.equal(host, '127.0.0.1')
  assert.equal(bytes[0], 0x45, 'version 4, header of 20 bytes')
  assert.equal(bytes[9], IPPROTO_ICMP)
  assert.deepEqual(bytes.subarray(12, 16), Buffer.from(inet_pton(AF_INET, '127.0.0.1')))
  const reply = bytes.subarray(20)
  assert.deepEqual(
    [reply[0], reply.readUInt16BE(4), reply.readUInt16BE(6), reply.subarray(8).toString()],
    [ECHO_REPLY, 0x1234, 7, 'raw echo'],
  )
  assert.equal(checksum(reply), 0)
})

test(
  'SOCK_RAW of IPv6: the kernel makes the checksum of ICMPv6, and there is no IP header',
  needs,
  async () => {
    using raw = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)
    await raw.sendto(echo(ECHO_REQUEST_6, 0x4321, 9, 'raw6'), { host: '::1', port: 0 })
    for (;;) {
      const { bytes, host } = await replyOf(raw)
      if (bytes[0] !== ECHO_REPLY_6) continue
      assert.equal(host, '::1')
      assert.deepEqual([bytes.readUInt16BE(4), bytes.subarray(8).toString()], [0x4321, 'raw6'])
      break
    }
  },
)

test('63. an empty message on a raw socket is a message, not an end', needs, async () => {
  // Protocol 253 is for experiments (RFC 3692); an IPv6 raw socket gives the payload alone, which may be nothing.
  using raw = socket(AF_INET6, SOCK_RAW, 253)
  raw.bind({ host: '::1', port: 0 })
  for (const receive of [
    async () => (await raw.recv(10, { timeout: 20_000 }))?.length,
    async () => raw.recvInto(new Uint8Array(10), { timeout: 20_000 }),
    async () => (await raw.recvfrom(10, { timeout: 20_000 })).size,
  ]) {
    await raw.sendto('', { host: '::1', port: 0 })
    assert.equal(await receive(), 0)
  }
})

test(
  'an ICMP socket without privileges needs ping_group_range, and then gets the echo of 127.0.0.1 and ::1',
  needs,
  async () => {
    for (const { family, protocol, host, request, reply } of [
      { family: AF_INET, protocol: IPPROTO_ICMP, host: '127.0.0.1', request: ECHO, reply: ECHO_REPLY },
      {
        family: AF_INET6,
        protocol: IPPROTO_ICMPV6,
        host: '::1',
        request: ECHO_REQUEST_6,
        reply: ECHO_REPLY_6,
      },
    ]) {
      writeFileSync(PING_RANGE, '1 0')
      assert.equal(thrown(() => socket(family, SOCK_DGRAM, protocol)).code, 'EACCES')
      writeFileSync(PING_RANGE, '0 2147483647')
      using ping = socket(family, SOCK_DGRAM, protocol)
      ping.bind({ host, port: 0x2a2a })
      await ping.sendto(echo(request, 0, 3, 'ping!!'), { host, port: 0 })
      const { bytes, host: from } = await replyOf(ping)
      assert.equal(from, host)
      assert.deepEqual(
        [bytes[0], bytes.readUInt16BE(4), bytes.readUInt16BE(6), bytes.subarray(8).toString()],
        [reply, 0x2a2a, 3, 'ping!!'],
        'the kernel put the bound port in as the identifier (icmp(7))',
      )
    }
  },
)
