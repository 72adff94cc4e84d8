/** Bytes, all of them and in order: 37, 39, 40, 41. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { ByteStream } from '../../src/net/byte-stream.ts'
import { rejection } from '../socket/rejection.ts'
import { countingBytes } from './check-stream-life.ts'
import { LIMIT, readAll, readCount, readText, withEnds, type StreamKind } from './stream-kind.ts'

async function sha256(from: ByteStream): Promise<string> {
  const hash = createHash('sha256')
  for (let part = await from.read(); part !== null; part = await from.read()) hash.update(part)
  return hash.digest('hex')
}

/** More than a system call takes at once (IOV_MAX, 1024), and as many again. */
const PIECES = 3000

export function checkStreamData(kind: StreamKind): void {
  const { name } = kind

  if (!kind.isWeb)
    test(`${name}: 37. a write that is given up tells how much of it arrives`, LIMIT, () =>
      withEnds(kind, async (one, other) => {
        const bytes = countingBytes(kind.room * 2)
        const error = await rejection(one.write(bytes, { timeout: 100 }))
        assert.equal(error.code, 'ERR_SOCKET_TIMEOUT')
        const sent = error.bytesSent ?? Number.NaN
        assert.ok(sent > 0 && sent < bytes.byteLength, `${sent} of ${bytes.byteLength}`)
        // As much as was counted comes without any help; then what is still under way, and nothing else.
        const counted = await readCount(other, sent)
        const [rest] = await Promise.all([readAll(other), one.closeWrite()])
        assert.ok(rest.byteLength <= kind.inFlight, `${rest.byteLength} bytes more than ${sent}`)
        const received = Buffer.concat([counted, rest])
        assert.ok(received.equals(bytes.subarray(0, received.byteLength)), 'a prefix')
      }),
    )

  test(`${name}: 37. a write of more than the stream holds goes on until all is handed over`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      const bytes = countingBytes(3 << 20)
      let done = false
      const writing = one.write(bytes).then(() => {
        done = true
      })
      const received: Uint8Array[] = []
      // Odd lengths, so that no border of a read is one of a write.
      for (let left = bytes.byteLength; left > 0;) {
        const into = new Uint8Array(Math.min(left, 40_009))
        const count = await other.read(into)
        assert.ok(count !== null && count > 0)
        received.push(into.subarray(0, count))
        left -= count
      }
      await writing
      assert.equal(done, true)
      assert.ok(Buffer.concat(received).equals(bytes))
    }),
  )

  test(`${name}: 39. writes at the same time do not mix and keep their order`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      const blocks = Array.from({ length: 8 }, (_, index) => Buffer.alloc(400_000 + index, index + 65))
      const writing = Promise.all(blocks.map((block) => one.write(block)))
      const received = await readCount(other, Buffer.concat(blocks).byteLength)
      await writing
      assert.ok(received.equals(Buffer.concat(blocks)))
    }),
  )

  test(`${name}: 39. reads at the same time are served in the order they were made`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      const reading = [2, 3, 4].map((length) => readText(one, length))
      // A byte at a time would let the second reader in between two of the first.
      await other.write('aabbbcccc')
      assert.deepEqual(await Promise.all(reading), ['aa', 'bbb', 'cccc'])
    }),
  )

  test(`${name}: 40. a write of ${PIECES} pieces, empty ones among them, arrives as their sum`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      const pieces = Array.from({ length: PIECES }, (_, index) => Buffer.alloc(index % 5, index))
      const whole = Buffer.concat(pieces)
      const writing = one.write(pieces)
      assert.ok((await readCount(other, whole.byteLength)).equals(whole))
      await writing
      await one.write([])
      await one.write([new Uint8Array(0)])
      await one.write('end')
      assert.equal(await readText(other, 3), 'end')
    }),
  )

  test(`${name}: 41. eight mebibytes each way at once arrive with their checksums`, LIMIT, () =>
    withEnds(kind, async (one, other) => {
      const send = async (to: ByteStream): Promise<string> => {
        const bytes = randomBytes(8 << 20)
        // Pieces of every size around those that layers choose.
        for (let at = 0, size = 1; at < bytes.byteLength; at += size, size = ((size * 3) % 200_003) + 1)
          await to.write(bytes.subarray(at, at + size))
        await to.closeWrite()
        return createHash('sha256').update(bytes).digest('hex')
      }
      const [sent, answered, received, heard] = await Promise.all([
        send(one),
        send(other),
        sha256(other),
        sha256(one),
      ])
      assert.deepEqual([received, heard], [sent, answered])
    }),
  )
}
