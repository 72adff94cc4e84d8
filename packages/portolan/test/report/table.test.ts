import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import * as fc from 'fast-check'
import { cellWidth, cutToWidth } from '../../src/report/columns.ts'
import type { ScanEvent } from '../../src/scan/events.ts'
import { anyScan, hostileText } from './arbitrary-events.ts'
import { finished, host, port, reported, sampleScan, started } from './sample-events.ts'

test('one host is named once, above its ports in order', async () => {
  const events = [
    ...sampleScan(),
    port('127.0.0.1', 9, { name: 'localhost', state: 'closed', reason: 'conn-refused' }),
  ]
  assert.equal(
    await reported('table', events, { reason: true, time: true }),
    `127.0.0.1 (localhost)
PORT      STATE   SERVICE  REASON        TIME
9/tcp     closed  -        conn-refused  -
22/tcp    open    ssh      syn-ack       0.25 ms
8080/tcp  open    -        syn-ack       0.31 ms
`,
  )
})

test('many hosts come by number, IPv4 before IPv6, the host on every row', async () => {
  const hosts = ['::1', '127.0.0.10', '127.0.0.9', 'fe80::2', '127.0.0.10', 'fe80::1%b', 'fe80::1%a']
  const text = await reported(
    'table',
    hosts.map((address, index) => port(address, 1000 - index)),
  )
  assert.equal(
    text,
    `HOST        PORT      STATE  SERVICE
127.0.0.9   998/tcp   open   -
127.0.0.10  996/tcp   open   -
127.0.0.10  999/tcp   open   -
::1         1000/tcp  open   -
fe80::1%a   994/tcp   open   -
fe80::1%b   995/tcp   open   -
fe80::2     997/tcp   open   -
`,
  )
})

test('without a port the table is empty', async () => {
  assert.equal(await reported('table', [started(), host('127.0.0.1', { closed: 1000 }), finished()]), '')
})

test('colour marks the state and nothing else, and the same words stand without it', async () => {
  const plain = await reported('table', sampleScan())
  const coloured = await reported('table', sampleScan(), { color: true })
  assert.deepEqual(
    coloured.split('\x1b[32m').map((part) => part.split('\x1b[39m')[0]?.trim()),
    [coloured.split('\x1b[32m')[0]?.trim(), 'open', 'open'],
  )
  assert.equal(stripVTControlCharacters(coloured), plain)
})

test('accessible rows are sentences without columns', async () => {
  assert.equal(
    await reported('table', sampleScan(), { accessible: true, color: true }),
    'Port 22 tcp on 127.0.0.1 is open, service ssh.\nPort 8080 tcp on 127.0.0.1 is open.\n',
  )
})

test('a narrow terminal cuts the service, then the host, and never the port or the state', async () => {
  const service = { name: 'http', product: 'A server with a very long name', confidence: 'port' } as const
  const events: ScanEvent[] = [
    port('127.0.0.1', 65_535, { name: 'a-rather-long-name.example', state: 'open|filtered', service }),
    port('127.0.0.2', 80),
  ]
  for (const width of [100, 80, 70, 60, 50]) {
    const lines = (await reported('table', events, { width })).trimEnd().split('\n')
    for (const line of lines) assert.ok(line.length <= width, `${width}: ${line}`)
    assert.match(lines[1] ?? '', /^127\.0\.0\.1.* 65535\/tcp  open\|filtered  http/)
  }
  assert.ok((await reported('table', events, { width: 70 })).includes('…'))
  assert.ok(!(await reported('table', events, { width: 120 })).includes('…'))
  assert.ok(!(await reported('table', events)).includes('…'))
})

test('cut text fits its cells and is the beginning of what it was', () => {
  fc.assert(
    fc.property(hostileText, fc.nat(30), (text, width) => {
      const cut = cutToWidth(text, width)
      assert.ok(cellWidth(cut) <= width)
      assert.ok(cut === text || text.startsWith(cut.replace(/…$/, '')))
    }),
  )
})

test('wide and combining characters count as a terminal shows them', () => {
  assert.equal(cellWidth('日本'), 4)
  assert.equal(cellWidth('e\u0301'), 1)
  assert.equal(cellWidth('\u{1f600}'), 2)
  assert.equal(cutToWidth('日本語', 5), '日本…')
})

test('the table lists every port of a scan exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(anyScan, async (events) => {
      const ports = events.flatMap((event) => (event.type === 'port' ? [event] : []))
      const text = await reported('table', events)
      const lines = text.split('\n').slice(0, -1)
      const found = lines.flatMap((line) => /(?:^| {2})(\d+\/(?:tcp|udp)) /.exec(line)?.[1] ?? [])
      assert.deepEqual(found.sort(), ports.map((event) => `${event.port}/${event.protocol}`).sort())
    }),
  )
})
