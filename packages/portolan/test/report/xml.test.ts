import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyScan, hostileText } from './arbitrary-events.ts'
import { finished, host, port, reported, sampleScan, started } from './sample-events.ts'

const DTD = '/usr/share/nmap/nmap.dtd'

/** By xmllint, with the document type that nmap ships. */
function assertValid(xml: string): void {
  const lint = spawnSync('xmllint', ['--noout', '--nonet', '--dtdvalid', DTD, '-'], {
    input: xml,
    encoding: 'utf8',
  })
  assert.equal(lint.error, undefined)
  assert.equal(lint.status, 0, `${lint.stderr}\n${xml}`)
}

/** What Python's XML parser makes of an XPath: attributes of each element found. */
function attributesAt(xml: string, path: string): Record<string, string>[] {
  const script = `import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
print(json.dumps([element.attrib for element in root.findall(sys.argv[1])]))`
  const python = spawnSync('python3', ['-c', script, path], { input: xml, encoding: 'utf8' })
  assert.equal(python.status, 0, python.stderr)
  return JSON.parse(python.stdout)
}

test("a scan is valid against nmap's DTD and begins as tools expect", async () => {
  const xml = await reported('xml', sampleScan(), { commandLine: 'portolan scan -oX - 127.0.0.1' })
  assertValid(xml)
  assert.match(xml, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<!DOCTYPE nmaprun>\n/)
  assert.match(xml, /<nmaprun scanner="nmap" args="portolan scan -oX - 127\.0\.0\.1" start="1795358423" /)
  assert.match(xml, /<scaninfo type="connect" protocol="tcp" numservices="1000" services="1-1000"\/>/)
})

test('another XML parser reads the hosts, ports and counts that were scanned', async () => {
  const xml = await reported('xml', sampleScan())
  assert.deepEqual(attributesAt(xml, 'host/ports/extraports'), [{ state: 'closed', count: '998' }])
  assert.deepEqual(
    attributesAt(xml, 'host/ports/port').map(({ portid }) => portid),
    ['22', '8080'],
  )
  assert.deepEqual(attributesAt(xml, 'host/hostnames/hostname'), [{ name: 'localhost', type: 'user' }])
  assert.deepEqual(attributesAt(xml, 'host/ports/port/service'), [
    { name: 'ssh', method: 'table', conf: '3' },
  ])
  assert.deepEqual(attributesAt(xml, 'runstats/hosts'), [{ up: '1', down: '0', total: '1' }])
  assert.equal(attributesAt(xml, 'runstats/finished')[0]?.['exit'], 'success')
})

test('numservices counts ports, not items of the list', async () => {
  const xml = await reported('xml', [started({ ports: '22,80,1000-1002,65535' }), finished()])
  assert.equal(attributesAt(xml, 'scaninfo')[0]?.['numservices'], '6')
})

test('what is unknown stays unknown, beside closed and filtered, and makes the run an error', async () => {
  const xml = await reported('xml', [
    started(),
    port('127.0.0.1', 1, { state: 'unknown', reason: 'no-descriptor' }),
    host('127.0.0.1', { closed: 900, filtered: 80, unknown: 20 }),
    finished({ open: 0, closed: 900, filtered: 80, unknown: 20, coverage: 0.98, exit: 4 }),
  ])
  assertValid(xml)
  assert.deepEqual(attributesAt(xml, 'host/ports/extraports'), [
    { state: 'closed', count: '900' },
    { state: 'filtered', count: '80' },
    { state: 'unknown', count: '19' },
  ])
  assert.equal(attributesAt(xml, 'host/ports/port/state')[0]?.['state'], 'unknown')
  const [run] = attributesAt(xml, 'runstats/finished')
  assert.equal(run?.['exit'], 'error')
  assert.match(run['errormsg'] ?? '', /20 unknown of 1000 probes \(coverage 98 %\)/)
})

test('a scan that was cut off leaves a whole, valid document that says so and keeps what was found', async () => {
  for (const events of [[], [started()], [started(), port('127.0.0.1', 22)], sampleScan().slice(0, -1)]) {
    const xml = await reported('xml', events)
    assertValid(xml)
    assert.equal(attributesAt(xml, 'runstats/finished')[0]?.['exit'], 'error')
  }
  const cut = await reported('xml', [started(), port('::1', 22), port('::1', 21, { state: 'closed' })])
  assert.deepEqual(attributesAt(cut, 'host/address'), [{ addr: '::1', addrtype: 'ipv6' }])
  assert.deepEqual(
    attributesAt(cut, 'host/ports/port').map(({ portid }) => portid),
    ['21', '22'],
  )
})

test('a hardware address follows the network address', async () => {
  const xml = await reported('xml', [started(), host('198.18.0.1', { mac: '02:00:00:00:00:01' }), finished()])
  assertValid(xml)
  assert.deepEqual(attributesAt(xml, 'host/address'), [
    { addr: '198.18.0.1', addrtype: 'ipv4' },
    { addr: '02:00:00:00:00:01', addrtype: 'mac' },
  ])
})

test('hosts that are down are counted, and listed on request or when they are in doubt', async () => {
  const events = [
    started(),
    host('198.18.0.1', { state: 'down', reason: 'no-response', filtered: 1000 }),
    host('198.18.0.2', { state: 'down', reason: 'no-response', filtered: 999, unknown: 1 }),
    finished(),
  ]
  const hosts = async (showDown: boolean): Promise<(string | undefined)[]> => {
    const xml = await reported('xml', events, { showDown })
    assert.deepEqual(attributesAt(xml, 'runstats/hosts'), [{ up: '0', down: '2', total: '2' }])
    return attributesAt(xml, 'host/address').map(({ addr }) => addr)
  }
  assert.deepEqual(await hosts(false), ['198.18.0.2'])
  assert.deepEqual(await hosts(true), ['198.18.0.1', '198.18.0.2'])
})

test('any sequence of events, with any text in it, gives a valid document', async () => {
  await fc.assert(
    fc.asyncProperty(anyScan, hostileText, async (events, commandLine) => {
      assertValid(await reported('xml', events, { commandLine, showDown: true }))
    }),
    { numRuns: 25 },
  )
})
