/** Short reads and writes everywhere: every dialogue is exact all the same. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { Certificates } from '../net/certificates.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { Bystander } from './bystander.ts'
import { bothAddresses, limitAndDrain, resetAndDrain, secondAddress } from './dialogues-connection.ts'
import {
  batchEcho,
  datagramEcho,
  descriptorPassing,
  fileTransfer,
  requestAndResponse,
} from './dialogues-socket.ts'
import { tlsListener, tlsUpgrade } from './dialogues-tls.ts'
import { run } from './run.ts'
import { ShortCounts } from './short-counts.ts'
import type { Dialogue } from './stage.ts'
import { watchProcess } from './trespass.ts'
import { judge } from './verdict.ts'

const certificates = new Certificates()
after(() => certificates[Symbol.dispose]())
checkLeaks()
watchProcess()

interface Played {
  readonly name: string
  readonly dialogue: Dialogue
  /** Bytes each way where every call moves one, and where calls move some thousands. */
  readonly small: number
  readonly large: number
}

const PLAYS: readonly Played[] = [
  { name: 'TCP', dialogue: requestAndResponse, small: 2000, large: 100_000 },
  { name: 'sendfile', dialogue: fileTransfer, small: 2000, large: 100_000 },
  { name: 'UDP in bulk', dialogue: batchEcho, small: 2000, large: 2000 },
  { name: 'descriptors', dialogue: descriptorPassing, small: 300, large: 500 },
  { name: 'lines, the second address', dialogue: secondAddress, small: 300, large: 10_000 },
  { name: 'lines, either address', dialogue: bothAddresses, small: 300, large: 10_000 },
  { name: 'limit and drain', dialogue: limitAndDrain, small: 200, large: 10_000 },
  { name: 'reset and drain', dialogue: resetAndDrain, small: 300, large: 10_000 },
  { name: 'TLS by a listener', dialogue: tlsListener(certificates), small: 500, large: 50_000 },
  { name: 'TLS by an upgrade', dialogue: tlsUpgrade(certificates), small: 500, large: 50_000 },
]

async function exact(dialogue: Dialogue, size: number, counts: ShortCounts): Promise<void> {
  using bystander = await Bystander.open()
  judge(await run(dialogue, size, counts, bystander), undefined)
  assert.ok(counts.calls > 0, 'no call was cut short')
}

for (const { name, dialogue, small, large } of PLAYS) {
  test(`37, 41. ${name}: one byte or message at a time`, () => exact(dialogue, small, new ShortCounts([1])))

  test(`37, 41. ${name}: as much as chance wants`, () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 500, max: 70_000 })), {
          minLength: 1,
          maxLength: 30,
        }),
        (most) => exact(dialogue, large, new ShortCounts(most)),
      ),
      { numRuns: 8 },
    ))
}

test('datagrams one by one are never cut', async () => {
  using bystander = await Bystander.open()
  const counts = new ShortCounts([1])
  judge(await run(datagramEcho, 2000, counts, bystander), undefined)
  assert.equal(counts.calls, 0)
})
