/** When the kernel received or sent a message. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AF_INET, AF_UNIX, MSG_PEEK, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } from '../../src/sys/constants.ts'
import {
  MSG_ERRQUEUE,
  SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_OPT_TSONLY,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_SOFTWARE,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPING_NEW,
  SO_TIMESTAMPNS,
  SO_TIMESTAMPNS_NEW,
  SO_TIMESTAMP_NEW,
} from '../../src/sys/constants-messages.ts'
import { encodeCmsgs } from '../../src/sys/cmsg.ts'
import { parseControl } from '../../src/socket/control-message.ts'
import type { MessageTimestamp } from '../../src/socket/message-timestamp.ts'
import type { Message } from '../../src/socket/message.ts'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'

checkLeaks()

const LONG = 10_000

function bound(): Socket {
  const udp = socket(AF_INET, SOCK_DGRAM)
  udp.bind({ host: '127.0.0.1', port: 0 })
  return udp
}

function stampsOf(message: Message | null): MessageTimestamp[] {
  assert.ok(message)
  return message.control.filter((one) => one.kind === 'timestamp')
}

/** The clock in whole milliseconds; a later one is rounded up. */
function now(rounding: 0n | 1n): bigint {
  return (BigInt(Date.now()) + rounding) * 1_000_000n
}

const RECEIVING = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE

for (const [name, option, value] of [
  ['SO_TIMESTAMP', SO_TIMESTAMP, 1],
  ['SO_TIMESTAMPNS', SO_TIMESTAMPNS, 1],
  ['SO_TIMESTAMPING', SO_TIMESTAMPING, RECEIVING],
  ['SO_TIMESTAMP_NEW', SO_TIMESTAMP_NEW, 1],
  ['SO_TIMESTAMPNS_NEW', SO_TIMESTAMPNS_NEW, 1],
  ['SO_TIMESTAMPING_NEW', SO_TIMESTAMPING_NEW, RECEIVING],
] as const)
  test(`${name} is the time of arrival by the clock of this machine`, async () => {
    using udp = bound()
    udp.setsockopt(SOL_SOCKET, option, value)
    using sender = bound()
    // The first socket of a machine that asks for it switches stamping on a moment later (net_enable_timestamp in
    // net/core/dev.c defers it); SO_TIMESTAMPING gives none to what came before.
    for (let tries = 0; tries < 100; tries++) {
      await sender.sendto('early', udp.getsockname())
      using early = await udp.recvmsg(10, { timeout: LONG })
      if (stampsOf(early).length > 0) break
      await sleep(10)
    }
    const before = now(0n)
    await sender.sendto('x', udp.getsockname())
    using message = await udp.recvmsg(10, { timeout: LONG })
    const after = now(1n)
    const [stamp, ...more] = stampsOf(message)
    assert.deepEqual(more, [])
    assert.equal(stamp?.source, 'software')
    assert.ok(stamp.nanoseconds >= before, `${stamp.nanoseconds} before ${before}`)
    assert.ok(stamp.nanoseconds <= after, `${stamp.nanoseconds} after ${after}`)
    if (option === SO_TIMESTAMP || option === SO_TIMESTAMP_NEW) assert.equal(stamp.nanoseconds % 1000n, 0n)
  })

test('Python, which is sent the socket itself, reads the same stamp of the same message', async () => {
  await using python = new PythonPeer()
  using udp = bound()
  udp.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1)
  using server = socket(AF_UNIX, SOCK_STREAM)
  const name = `portolan-timestamps-${process.pid}`
  server.bind({ path: `\0${name}` })
  server.listen()
  await python.run(`c = socket.socket(socket.AF_UNIX); c.connect('\\0' + name)`, { name })
  using channel = (await server.accept()).client
  await channel.sendmsg('x', { control: [{ kind: 'rights', descriptors: [udp] }] })
  using sender = bound()
  await sender.sendto('stamped', udp.getsockname())
  // A peek leaves the message, and its stamp, to the other owner of the socket.
  using peeked = await udp.recvmsg(10, { flags: MSG_PEEK })
  const [seconds, nanoseconds] = (
    await python.text(
      `_, fds, _, _ = socket.recv_fds(c, 1, 1)
u = socket.socket(fileno=fds[0]); _, [(_, kind, data)], _, _ = u.recvmsg(10, 100)
u.close(); c.close(); out = '%d %d' % struct.unpack('qq', data)`,
    )
  )
    .split(' ')
    .map(BigInt)
  assert.ok(seconds !== undefined && nanoseconds !== undefined)
  assert.deepEqual(
    stampsOf(peeked).map((stamp) => stamp.nanoseconds),
    [seconds * 1_000_000_000n + nanoseconds],
  )
})

test('SO_TIMESTAMPING tells of sending in the error queue, under the number of the message', async () => {
  using receiver = bound()
  using sender = bound()
  const flags =
    SOF_TIMESTAMPING_TX_SOFTWARE |
    SOF_TIMESTAMPING_SOFTWARE |
    SOF_TIMESTAMPING_OPT_ID |
    SOF_TIMESTAMPING_OPT_TSONLY
  sender.setsockopt(SOL_SOCKET, SO_TIMESTAMPING, flags)
  const before = now(0n)
  for (let id = 0; id < 3; id++) await sender.sendto(`m${id}`, receiver.getsockname())
  const after = now(1n)
  for (let id = 0; id < 3; id++) {
    using message = await sender.recvmsg(100, { flags: MSG_ERRQUEUE, timeout: LONG })
    const [stamp] = stampsOf(message)
    assert.ok(stamp !== undefined && stamp.nanoseconds >= before && stamp.nanoseconds <= after)
    const error = message?.control.find((one) => one.kind === 'error')
    assert.deepEqual(
      [error?.origin, error?.name, error?.data, message?.data.length],
      ['timestamping', 'ENOMSG', id, 0],
    )
  }
})

function timespecs(...values: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values).buffer)
}

function parse(type: number, data: Uint8Array): unknown {
  return parseControl(encodeCmsgs([{ level: SOL_SOCKET, type, data }]))
}

test('seconds and their parts become nanoseconds, before 1970 and after 2038 too', () => {
  const stamp = (nanoseconds: bigint, source = 'software'): unknown => ({
    kind: 'timestamp',
    nanoseconds,
    source,
  })
  assert.deepEqual(parse(SO_TIMESTAMPNS, timespecs(5_000_000_000n, 999_999_999n)), [
    stamp(5_000_000_000_999_999_999n),
  ])
  assert.deepEqual(parse(SO_TIMESTAMP, timespecs(1n, 999_999n)), [stamp(1_999_999_000n)])
  assert.deepEqual(parse(SO_TIMESTAMPNS, timespecs(-1n, 1n)), [stamp(-999_999_999n)])
  assert.deepEqual(parse(SO_TIMESTAMPING, timespecs(1n, 2n, 7n, 7n, 3n, 4n)), [
    stamp(1_000_000_002n),
    stamp(3_000_000_004n, 'hardware'),
  ])
  assert.deepEqual(parse(SO_TIMESTAMPING, timespecs(0n, 0n, 0n, 0n, 3n, 4n)), [
    stamp(3_000_000_004n, 'hardware'),
  ])
  assert.deepEqual(parse(SO_TIMESTAMPING, timespecs(0n, 0n, 0n, 0n, 0n, 0n)), [])
})
