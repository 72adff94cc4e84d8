import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { ScanEvent } from '../../src/scan/events.ts'
import { anyScan } from './arbitrary-events.ts'
import { readGrepable } from './grepable-reader.ts'
import { finished, host, port, reported, sampleScan, started } from './sample-events.ts'

test('a host is two lines of tab-separated fields', async () => {
  const lines = (await reported('grepable', sampleScan(), { commandLine: 'portolan scan 127.0.0.1' })).split(
    '\n',
  )
  assert.deepEqual(lines, [
    '# Portolan 0.1.0 scan initiated 2026-11-22T14:40:23.125Z as: portolan scan 127.0.0.1',
    'Host: 127.0.0.1 (localhost)\tStatus: Up',
    'Host: 127.0.0.1 (localhost)\tPorts: 22/open/tcp//ssh///, 8080/open/tcp/////\tIgnored State: closed (998)',
    '# 2 open, 998 closed, 0 filtered, 0 unknown of 1000 probes in 0.41 s',
    '# Portolan done at 2026-11-22T14:40:23.535Z -- 1 IP address (1 host up) scanned in 0.41 s',
    '',
  ])
})

test('unknown ports are named beside the ignored state, and the last lines say incomplete', async () => {
  const text = await reported('grepable', [
    started(),
    host('::1', { closed: 990, unknown: 10 }),
    finished({ unknown: 10, coverage: 0.99 }),
  ])
  assert.match(text, /^Host: ::1 \(\)\tPorts: \tIgnored State: closed \(990\), unknown \(10\)$/m)
  assert.match(text, /^# Incomplete: .*10 unknown.*coverage 99 %/m)
})

test('product, version and info are one field in which no slash and no comma is left', async () => {
  const service = {
    name: 'a/b,c',
    product: 'x/1, y',
    version: '2',
    info: 'p\tq',
    confidence: 'port',
  } as const
  const text = await reported('grepable', [port('127.0.0.1', 80, { service })])
  assert.match(text, /Ports: 80\/open\/tcp\/\/a\|b\\x2cc\/\/x\|1\\x2c y 2 \(p\\x09q\)\/$/m)
})

/** The ports of a scan as the reader should find them: `host port/state/protocol`. */
function portsOf(events: readonly ScanEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type !== 'port') return []
    const state = event.state === 'unreachable' ? 'filtered' : event.state
    return [`${event.host} ${event.port}/${state}/${event.protocol}`]
  })
}

test('a reader finds exactly the ports of the scan, whatever names and services say', async () => {
  await fc.assert(
    fc.asyncProperty(anyScan, async (events) => {
      const hosts = readGrepable(await reported('grepable', events, { showDown: true }))
      const found = hosts.flatMap(({ host, ports }) =>
        ports.map(({ port: number, state, protocol }) => `${host} ${number}/${state}/${protocol}`),
      )
      assert.deepEqual(found.sort(), portsOf(events).sort())
    }),
  )
})
