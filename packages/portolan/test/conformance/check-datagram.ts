/** What every socket that keeps messages apart has to do: 5, 6, 47, 51, 53, 63, 64, 65, 66, 67, 69, 74. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { activeTimers, heapGrowth } from '../socket/leak-check.ts'
import { rejection } from '../socket/rejection.ts'
import type { DatagramKind, MessageEnd } from './datagram-kinds.ts'
import { withoutRoom } from './send-without-room.ts'
import { codeOf, LIMIT } from './stream-kind.ts'

/** Bytes after 40 pairs; one pair that is kept has several kilobytes. */
const LEAK = 40 * 1024

/** Registers the tests. The file that calls it calls `checkLeaks` once. */
export function checkDatagram(kind: DatagramKind): void {
  const { name, make } = kind
  const withEnds = async (work: (one: MessageEnd, other: MessageEnd) => Promise<void>): Promise<void> => {
    const [one, other] = await make()
    try {
      await work(one, other)
    } finally {
      await Promise.all([one.close(), other.close()])
    }
  }

  test(`${name}: 5, 6. close ends what waits, once; later calls end with ERR_SOCKET_CLOSED`, LIMIT, () =>
    withEnds(async (one, other) => {
      const waiting = [codeOf(one.receive()), codeOf(one.receive())]
      await one.close()
      await one.close()
      assert.deepEqual(await Promise.all(waiting), ['ERR_SOCKET_CLOSED', 'ERR_SOCKET_CLOSED'])
      assert.equal(await codeOf(one.receive()), 'ERR_SOCKET_CLOSED')
      assert.equal(await codeOf(one.send('x')), 'ERR_SOCKET_CLOSED')
      assert.equal(other.socket.closed, false)
    }),
  )

  test(`${name}: 47. a timeout that is over takes no message, also where one is there`, LIMIT, () =>
    withEnds(async (one, other) => {
      await one.send('kept')
      for (const timeout of [0, -1])
        assert.equal(await codeOf(other.receive({ timeout })), 'ERR_SOCKET_TIMEOUT')
      assert.equal(text(await other.receive()), 'kept')
    }),
  )

  test(`${name}: 51. an aborted receive has taken no message, whenever the abort comes`, LIMIT, () =>
    withEnds(async (one, other) => {
      let aborted = 0
      for (let round = 0; round < 60; round++) {
        const stop = new AbortController()
        const receiving = other.receive({ signal: stop.signal }).then(text, () => undefined)
        if (round % 3 === 0) stop.abort()
        await one.send(`message ${round}`)
        for (let step = 0; step < round % 20; step++) await Promise.resolve()
        if (round >= 40) await turn()
        stop.abort()
        const received = await receiving
        if (received === undefined) aborted++
        assert.equal(received ?? text(await other.receive()), `message ${round}`)
      }
      assert.ok(aborted >= 20, `${aborted} aborted`)
    }),
  )

  test(`${name}: 53. a thousand receives with a timeout leave no timer`, LIMIT, () =>
    withEnds(async (one, other) => {
      const before = activeTimers()
      const waiting = Array.from({ length: 1000 }, () => other.receive({ timeout: 60_000 }))
      assert.ok(activeTimers() - before >= 999)
      for (let i = 0; i < 1000; i++) {
        await one.send(`${i}`)
        assert.equal(text(await waiting[i]), `${i}`)
      }
      assert.ok(activeTimers() <= before)
    }),
  )

  test(`${name}: 53. sockets that were opened, used and closed leave no memory behind`, LIMIT, async () => {
    const use = (): Promise<void> =>
      withEnds(async (one, other) => {
        const receiving = other.receive({ timeout: 60_000, signal: new AbortController().signal })
        await one.send('x')
        await receiving
      })
    const grown = await heapGrowth(use, { warmUp: 40, times: 40, bound: LEAK })
    assert.ok(grown < LEAK, `${grown} bytes more after 40 pairs`)
  })

  test(
    `${name}: 63. an empty message among others is ${kind.ends ? 'an end that the next one follows' : 'a message'}`,
    LIMIT,
    () =>
      withEnds(async (one, other) => {
        for (const data of ['a', '', new Uint8Array(0), 'b']) await one.send(data)
        const received = []
        for (let i = 0; i < 4; i++) {
          const { data, size, truncated } = await other.receive()
          received.push([Buffer.from(data).toString(), size, truncated])
        }
        assert.deepEqual(received, [
          ['a', 1, false],
          ['', 0, false],
          ['', 0, false],
          ['b', 1, false],
        ])
        await one.send('')
        // As `recv` of the socket tells it, where the two can be told apart.
        const bare = kind.sendCall === 'sendmmsg' ? new Uint8Array(0) : await other.socket.recv(10)
        assert.deepEqual(bare, kind.ends ? null : new Uint8Array(0))
      }),
  )

  test(
    `${name}: 66. a message that is too long is EMSGSIZE with its address; the longest one passes`,
    LIMIT,
    () =>
      withEnds(async (one, other) => {
        const error = await rejection(Promise.resolve(one.send(new Uint8Array(1 << 20))))
        assert.equal(error.code, 'EMSGSIZE')
        assert.match(error.syscall, /^send/)
        if (!kind.ends) assert.deepEqual(error.remote, other.address)
        const longest = Buffer.alloc(kind.longest, 'abc')
        await one.send(longest)
        const { data, truncated, size } = await other.receive()
        assert.ok(longest.equals(data))
        assert.deepEqual([truncated, size], [false, kind.longest])
      }),
  )

  test(
    `${name}: 67. a peer that has gone ${kind.refuses ? 'is an error of the sender' : 'leaves the sender usable'}`,
    LIMIT,
    () =>
      withEnds(async (one, other) => {
        await other.close()
        if (kind.refuses) assert.match(await codeOf(one.send('x')), /^(ECONNREFUSED|EPIPE|ENOENT)$/)
        else for (let i = 0; i < 3; i++) await one.send('x')
        assert.equal(one.socket.closed, false)
        if (!kind.ends) assert.equal(await codeOf(one.receive({ timeout: 5 })), 'ERR_SOCKET_TIMEOUT')
      }),
  )

  test(`${name}: 69. a send that finds no room waits and is sent once, in order`, LIMIT, () =>
    withEnds(async (one, other) => {
      await withoutRoom(kind.sendCall, one.socket.fd, async () => {
        const sending = Array.from({ length: 10 }, (_, i) => one.send(`message ${i}`))
        for (let i = 0; i < 10; i++) assert.equal(text(await other.receive()), `message ${i}`)
        await Promise.all(sending)
      })
      assert.equal(await codeOf(other.receive({ timeout: 5 })), 'ERR_SOCKET_TIMEOUT')
    }),
  )

  if (kind.refuses)
    test(
      `${name}: 69. two thousand messages to a slow reader: none is dropped, for the sender waits`,
      LIMIT,
      () =>
        withEnds(async (one, other) => {
          let handed = 0
          const sending = (async () => {
            for (let i = 0; i < 2000; i++, handed++) await one.send(`message ${i}`)
          })()
          for (let i = 0; i < 10; i++) await turn()
          assert.ok(handed < 2000, 'the sender has to wait for the reader')
          for (let i = 0; i < 2000; i++) assert.equal(text(await other.receive()), `message ${i}`)
          await sending
        }),
    )

  test(`${name}: 74. both ends send and receive at the same time, and each message arrives once`, LIMIT, () =>
    withEnds(async (one, other) => {
      const talk = async (end: MessageEnd, own: string, theirs: string): Promise<void> => {
        // A window of 16, so that the receiver's buffer holds what is under way.
        for (let at = 0; at < 320; at += 16) {
          const receiving = Promise.all(Array.from({ length: 16 }, () => end.receive()))
          await Promise.all(Array.from({ length: 16 }, (_, i) => end.send(`${own} ${at + i}`)))
          const expected = Array.from({ length: 16 }, (_, i) => `${theirs} ${at + i}`)
          assert.deepEqual((await receiving).map(text), expected)
        }
      }
      await Promise.all([talk(one, 'one', 'other'), talk(other, 'other', 'one')])
    }),
  )

  if (kind.sendCall !== 'sendmmsg') checkTruncation(kind, withEnds)
}

function checkTruncation(
  { name }: DatagramKind,
  withEnds: (work: (one: MessageEnd, other: MessageEnd) => Promise<void>) => Promise<void>,
): void {
  test(
    `${name}: 64, 65. a message longer than asked for is cut and its size told; zero bytes take one too`,
    LIMIT,
    () =>
      withEnds(async (one, { socket }) => {
        for (let i = 0; i < 6; i++) await one.send('0123456789')
        const cut = await socket.recvfrom(4)
        assert.deepEqual([text(cut), cut.truncated, cut.size], ['0123', true, 10])
        const none = await socket.recvfrom(0)
        assert.deepEqual([none.data.byteLength, none.truncated, none.size], [0, true, 10])
        const exact = await socket.recvfrom(10)
        assert.deepEqual([text(exact), exact.truncated, exact.size], ['0123456789', false, 10])
        const into = new Uint8Array(4)
        assert.equal(await socket.recvInto(into), 4)
        assert.equal(Buffer.from(into).toString(), '0123')
        assert.deepEqual(await socket.recv(0), new Uint8Array(0))
        assert.equal(await socket.recvInto(new Uint8Array(0)), 0)
        assert.equal(socket.tryRecvfrom(4), undefined, 'each of the six took one')
      }),
  )

  test(`${name}: 64. a receive of zero bytes waits for a message`, LIMIT, () =>
    withEnds(async (one, { socket }) => {
      assert.equal(await codeOf(socket.recvfrom(0, { timeout: 5 })), 'ERR_SOCKET_TIMEOUT')
      const receiving = socket.recvfrom(0)
      await one.send('data')
      assert.deepEqual([(await receiving).size, (await receiving).truncated], [4, true])
    }),
  )
}

function text(message: { readonly data: Uint8Array } | undefined): string {
  return Buffer.from(message?.data ?? []).toString()
}
