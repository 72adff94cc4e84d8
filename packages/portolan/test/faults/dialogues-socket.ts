/** What programs say to each other by sockets. */
import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromfd } from '../../src/socket/adopt.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import {
  AF_INET,
  AF_UNIX,
  SHUT_WR,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../src/sys/constants.ts'
import { pattern } from '../net/stream-pairs.ts'
import { inet } from '../socket/inet-address.ts'
import { descriptorsOf, rights } from '../socket/rights.ts'
import { EarlyEnd, type Stage } from './stage.ts'

function listening(stage: Stage): Socket {
  const server = stage.own(socket(AF_INET, SOCK_STREAM))
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  return server
}

/** Reads exactly what is expected, and then the end. */
async function expectStream(from: Socket, expected: Uint8Array): Promise<void> {
  let at = 0
  for (let part = await from.recv(20_000); part !== null; part = await from.recv(20_000)) {
    assert.ok(Buffer.from(part).equals(expected.subarray(at, at + part.length)), `bytes from ${at} on`)
    at += part.length
  }
  if (at < expected.length) throw new EarlyEnd(`after ${at} bytes`)
}

/** TCP: the whole question, its end, the whole answer, its end. The buffer is short, so that both sides wait. */
export async function requestAndResponse(stage: Stage): Promise<void> {
  const question = pattern(stage.size)
  const answer = pattern(stage.size + 1).reverse()
  const server = listening(stage)
  await stage.play(
    async () => {
      const { client } = await server.accept()
      stage.own(client)
      await expectStream(client, question)
      client.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
      await client.sendAll(answer)
      client.shutdown(SHUT_WR)
    },
    async () => {
      const client = stage.own(socket(AF_INET, SOCK_STREAM))
      client.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
      await client.connect(server.getsockname())
      assert.deepEqual(client.getpeername(), server.getsockname())
      await client.sendAll(question)
      client.shutdown(SHUT_WR)
      await expectStream(client, answer)
    },
  )
}

/** TCP: a file, and its end. */
export async function fileTransfer(stage: Stage): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-faults-'))
  const content = pattern(stage.size)
  writeFileSync(join(folder, 'file'), content)
  const file = openSync(join(folder, 'file'), 'r')
  try {
    const server = listening(stage)
    await stage.play(
      async () => {
        const { client } = await server.accept()
        stage.own(client)
        client.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
        const half = Math.floor(content.length / 2)
        assert.equal(await client.sendfile(file, { offset: 0, count: half }), half)
        assert.equal(await client.sendfile(file, { offset: half }), content.length - half)
        client.shutdown(SHUT_WR)
        assert.equal(await client.recv(1), null)
      },
      async () => {
        const client = stage.own(socket(AF_INET, SOCK_STREAM))
        await client.connect(server.getsockname())
        await expectStream(client, content)
        client.shutdown(SHUT_WR)
      },
    )
  } finally {
    closeSync(file)
    rmSync(folder, { recursive: true })
  }
}

function datagrams(stage: Stage): { one: Socket; other: Socket } {
  const [one, other] = [stage.own(socket(AF_INET, SOCK_DGRAM)), stage.own(socket(AF_INET, SOCK_DGRAM))]
  one.bind({ host: '127.0.0.1', port: 0 })
  other.bind({ host: '127.0.0.1', port: 0 })
  return { one, other }
}

/** UDP: every message comes back as it was, to whom it came from. */
export async function datagramEcho(stage: Stage): Promise<void> {
  const { one, other } = datagrams(stage)
  const rounds = 5
  await stage.play(
    async () => {
      for (let i = 0; i < rounds; i++) {
        const { data, address } = await other.recvfrom(stage.size)
        assert.deepEqual(address, one.getsockname())
        assert.equal(await other.sendto(data, inet(address)), data.length)
      }
    },
    async () => {
      for (let i = 0; i < rounds; i++) {
        const said = `message ${i}`.padEnd(i * 200, '.')
        await one.sendto(said, other.getsockname())
        const { data, truncated } = await one.recvfrom(stage.size)
        assert.equal(Buffer.from(data).toString(), said)
        assert.equal(truncated, false)
      }
    },
  )
}

/** UDP in bulk: 60 messages, of which runs have one length and so are joined, all of them back and in their order. */
export async function batchEcho(stage: Stage): Promise<void> {
  const { one, other } = datagrams(stage)
  const address = inet(other.getsockname())
  const said = Array.from({ length: 60 }, (_, i) => `${i} `.padEnd(100 + 100 * (i >> 4), '.'))
  await stage.play(
    async () => {
      for (let echoed = 0; echoed < said.length;) {
        const batch = await other.recvBatch({ max: 32 })
        assert.equal(await other.sendBatch(batch), batch.length)
        echoed += batch.length
      }
    },
    async () => {
      assert.equal(await one.sendBatch(said.map((data) => ({ data, address }))), said.length)
      const heard: string[] = []
      while (heard.length < said.length) {
        const batch = await one.recvBatch({ max: 7 })
        for (let i = 0; i < batch.length; i++) heard.push(Buffer.from(batch.data(i)).toString())
      }
      assert.deepEqual(heard, said)
    },
  )
}

/** UNIX: descriptors of connected sockets go over, each with a message of several buffers; what is said there arrives. */
export async function descriptorPassing(stage: Stage): Promise<void> {
  const [one, other] = socketpair(AF_UNIX, SOCK_STREAM)
  stage.own(one)
  stage.own(other)
  const text = Buffer.from(`take this ${'.'.repeat(Math.min(stage.size, 500))}`)
  const rounds = 2
  await stage.play(
    async () => {
      for (let i = 0; i < rounds; i++) {
        const [mine, theirs] = socketpair(AF_UNIX, SOCK_STREAM)
        stage.own(mine)
        stage.own(theirs)
        await sendWithRights(one, text, theirs)
        theirs.close()
        const heard = await mine.recv(100)
        if (heard === null) throw new EarlyEnd('of the one passed on')
        assert.equal(Buffer.from(heard).toString()[0], `${i}`)
        mine.close()
      }
    },
    async () => {
      for (let i = 0; i < rounds; i++) {
        const theirs = stage.own(await receiveWithRights(other, text))
        await theirs.send(`${i}`)
        theirs.close()
      }
    },
  )
}

/** The descriptor goes with the first byte; what the kernel leaves of the text follows without. */
async function sendWithRights(to: Socket, text: Buffer, passed: Socket): Promise<void> {
  let sent = await to.sendmsg([text.subarray(0, 4), text.subarray(4)], { control: rights(passed) })
  while (sent < text.length) sent += await to.sendmsg([text.subarray(sent)])
}

async function receiveWithRights(from: Socket, text: Buffer): Promise<Socket> {
  const into = Buffer.alloc(text.length)
  using first = await from.recvmsg([into.subarray(0, 7), into.subarray(7)])
  if (first === null) throw new EarlyEnd('in place of a message')
  assert.equal(first.controlTruncated, false)
  let count = first.data
  while (count < text.length) {
    using more = await from.recvmsg([into.subarray(count)])
    if (more === null) throw new EarlyEnd(`after ${count} bytes of a message`)
    assert.deepEqual(more.control, [])
    count += more.data
  }
  assert.deepEqual(into, text)
  const [descriptor] = descriptorsOf(first)
  assert.ok(descriptor)
  const adopted = fromfd(descriptor.fd)
  descriptor.take()
  return adopted
}
