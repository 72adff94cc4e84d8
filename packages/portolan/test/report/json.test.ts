import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyScan } from './arbitrary-events.ts'
import { finished, host, port, reported, sampleScan, started } from './sample-events.ts'

// JSON has no lone surrogates: JSON.stringify escapes them, JSON.parse gives them back.
const ASCII_LINES = /^[\x20-\x7e\n]*$/

test('NDJSON gives every event back unchanged, one a line, in ASCII', async () => {
  await fc.assert(
    fc.asyncProperty(anyScan, async (events) => {
      const text = await reported('ndjson', events)
      assert.match(text, ASCII_LINES)
      const lines = text.split('\n')
      assert.equal(lines.pop(), '')
      assert.deepEqual(
        lines.map((line): unknown => JSON.parse(line)),
        events.map((event): unknown => JSON.parse(JSON.stringify(event))),
      )
    }),
  )
})

test('-oJ is one JSON array of the same events, also of a scan that was cut off', async () => {
  await fc.assert(
    fc.asyncProperty(anyScan, async (events) => {
      const text = await reported('json', events)
      assert.match(text, ASCII_LINES)
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(events)))
    }),
  )
})

test('-oJ without any event is an empty array', async () => {
  assert.deepEqual(JSON.parse(await reported('json', [])), [])
})

test('--open leaves out ports that are not open, in JSON as in lines', async () => {
  const events = [
    started(),
    port('127.0.0.1', 1, { state: 'closed' }),
    port('127.0.0.1', 2),
    port('127.0.0.1', 3, { protocol: 'udp', state: 'open|filtered' }),
    port('127.0.0.1', 4, { state: 'unknown', reason: 'no-descriptor' }),
    host('127.0.0.1'),
    finished(),
  ]
  const array: unknown = JSON.parse(await reported('json', events, { openOnly: true }))
  assert.deepEqual(
    array,
    events.filter((event) => event.type !== 'port' || event.state.startsWith('open')),
  )
  assert.equal(
    await reported('lines', events, { openOnly: true }),
    '127.0.0.1:2/tcp open\n127.0.0.1:3/udp open|filtered\n',
  )
})

test('lines come in the order of the events and put brackets around IPv6', async () => {
  assert.equal(
    await reported('lines', [
      ...sampleScan(),
      port('::1', 443, { name: 'ip6-localhost' }),
      port('fe80::1%lo', 22),
    ]),
    '127.0.0.1:8080/tcp open\n127.0.0.1:22/tcp open ssh\n[::1]:443/tcp open\n[fe80::1%lo]:22/tcp open\n',
  )
})
