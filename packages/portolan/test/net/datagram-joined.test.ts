/** Messages that the kernel joins (UDP_GRO) come to a caller one by one, in several waiting calls. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { datagram } from '../../src/net/datagram.ts'
import { checkLeaks } from '../socket/leak-check.ts'

checkLeaks()

for (const count of [2, 5, 33, 64, 65, 100, 400])
  test(`70. ${count} messages sent as one are iterated one by one, without another to wake the reader`, async () => {
    await using to = await datagram({ host: '127.0.0.1', port: 0 })
    await using from = await datagram({ host: '127.0.0.1', port: 0 })
    const messages = Array.from({ length: count }, (_, index) => ({
      data: String(index).padStart(4, '0'),
      address: to.localAddress,
    }))
    await from.sendBatch(messages)
    const heard: string[] = []
    for await (const { data } of to) if (heard.push(Buffer.from(data).toString()) === count) break
    assert.deepEqual(
      heard,
      messages.map(({ data }) => data),
    )
  })

test('70. the same in batches that take fewer than came', async () => {
  await using to = await datagram({ host: '127.0.0.1', port: 0 })
  await using from = await datagram({ host: '127.0.0.1', port: 0 })
  await from.sendBatch(Array.from({ length: 50 }, () => ({ data: 'abcd', address: to.localAddress })))
  let count = 0
  for await (const batch of to.batches({ max: 4 })) {
    count += batch.length
    if (count === 50) break
  }
  assert.equal(count, 50)
})
