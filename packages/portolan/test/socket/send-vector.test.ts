import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { AF_UNIX, SOCK_STREAM } from '../../src/sys/constants.ts'
import { libc } from '../../src/sys/libc.ts'
import { MSG_IOVLEN } from '../../src/sys/msghdr.ts'
import { checkLeaks } from './leak-check.ts'
import { rejection } from './rejection.ts'

checkLeaks()

async function everything(from: Socket): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (let part = await from.recv(65_536); part !== null; part = await from.recv(65_536)) parts.push(part)
  return Buffer.concat(parts)
}

test('40. more pieces than a call takes, empty ones among them, arrive as one run of bytes', async () => {
  const [one, other] = socketpair(AF_UNIX, SOCK_STREAM)
  using from = one
  using to = other
  const pieces = Array.from({ length: 5000 }, (_, index) =>
    index % 7 === 0 ? new Uint8Array(0) : randomBytes(index % 97),
  )
  const heard = everything(to)
  await from.sendAll(pieces)
  from.close()
  assert.ok((await heard).equals(Buffer.concat(pieces)))
})

test('pieces are exact over short writes, and another sendAll does not mix in', async () => {
  const { sendmsg } = libc
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
      async (pieces, shares) => {
        const [one, other] = socketpair(AF_UNIX, SOCK_STREAM)
        using from = one
        using to = other
        let call = 0
        // The kernel is shown the first few buffers only, and so takes no more than those.
        libc.sendmsg = (fd, header, flags) => {
          const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
          const share = BigInt(shares[call++ % shares.length] ?? 1)
          if (view.getBigUint64(MSG_IOVLEN, true) > share) view.setBigUint64(MSG_IOVLEN, share, true)
          return sendmsg(fd, header, flags)
        }
        try {
          const heard = everything(to)
          const last = Buffer.from('last')
          const sending = Promise.all([from.sendAll(pieces), from.sendAll(last)])
          await sending
          from.close()
          assert.deepEqual(await heard, Buffer.concat([...pieces, last]))
        } finally {
          libc.sendmsg = sendmsg
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('37. a large vector waits for a slow reader, and an abort tells how much was sent', async () => {
  const [one, other] = socketpair(AF_UNIX, SOCK_STREAM)
  using from = one
  using to = other
  const pieces = Array.from({ length: 64 }, () => randomBytes(65_536))
  const error = await rejection(from.sendAll(pieces, { timeout: 30 }))
  assert.equal(error.code, 'ERR_SOCKET_TIMEOUT')
  const sent = error.bytesSent ?? 0
  assert.ok(sent > 0 && sent < 64 * 65_536)
  from.close()
  const heard = await everything(to)
  assert.equal(heard.length, sent)
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
  assert.equal(digest(heard), digest(Buffer.concat(pieces).subarray(0, sent)))
})

test('a piece that is transferred meanwhile ends the call, and the socket goes on', async () => {
  const [one, other] = socketpair(AF_UNIX, SOCK_STREAM)
  using from = one
  using to = other
  const pieces = Array.from({ length: 64 }, () => new Uint8Array(65_536))
  const sending = from.sendAll(pieces)
  structuredClone(pieces[60], { transfer: [pieces[60]?.buffer ?? new ArrayBuffer(0)] })
  const heard = everything(to)
  await assert.rejects(sending, TypeError)
  await from.sendAll('more')
  from.close()
  assert.ok((await heard).subarray(-4).equals(Buffer.from('more')))
})
