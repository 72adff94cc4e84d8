/** 41: the counters of a node stream go beyond 2 GiB, where a signed 32-bit number would have turned negative. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { pipe } from '../../src/net/pipe.ts'
import { toDuplex } from '../../src/net/duplex.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { LIMIT } from './stream-kind.ts'

checkLeaks()

const BLOCK = new Uint8Array(1 << 20)
const BLOCKS = 2049

test('41. bytesRead and bytesWritten count 2049 MiB exactly', LIMIT, async () => {
  const [one, other] = pipe()
  const [from, to] = [toDuplex(one), toDuplex(other)]
  let received = 0
  to.on('data', (chunk: Uint8Array) => {
    received += chunk.byteLength
  })
  const ended = once(to, 'end')
  for (let i = 0; i < BLOCKS; i++) if (!from.write(BLOCK)) await once(from, 'drain')
  from.end()
  await ended
  const expected = BLOCKS * BLOCK.byteLength
  assert.ok(expected > 2 ** 31)
  assert.deepEqual([from.bytesWritten, to.bytesRead, received], [expected, expected, expected])
  to.destroy()
  from.destroy()
  await Promise.all([one.close(), other.close()])
})
