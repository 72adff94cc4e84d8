import assert from 'node:assert/strict'
import { test } from 'node:test'
import { finished, host, port, reported, sampleScan, started } from './sample-events.ts'

test('a report to read: head, host, what is not shown, ports, verdict', async () => {
  assert.equal(
    await reported('normal', sampleScan(), { commandLine: 'portolan scan 127.0.0.1', reason: true }),
    `# Portolan 0.1.0 scan initiated 2026-11-22T14:40:23.125Z as: portolan scan 127.0.0.1
Portolan scan report for localhost (127.0.0.1)
Host is up, reason conn-refused (0.00025s latency).
Not shown: 998 closed tcp ports (conn-refused)
PORT      STATE  SERVICE  REASON
22/tcp    open   ssh      syn-ack
8080/tcp  open   -        syn-ack

# Portolan done at 2026-11-22T14:40:23.535Z -- 1 IP address (1 host up) scanned in 0.41 s
# 2 open, 998 closed, 0 filtered, 0 unknown of 1000 probes in 0.41 s
`,
  )
})

test('hosts come in the order of their events, each as soon as its event is there', async () => {
  const text = await reported('normal', [
    started(),
    port('127.0.0.2', 80),
    port('127.0.0.1', 22),
    port('127.0.0.2', 22, {
      service: { name: 'ssh', product: 'OpenSSH', version: '9.2', confidence: 'port' },
    }),
    host('127.0.0.2', { open: 2 }),
    host('127.0.0.1', { open: 1, closed: 7, filtered: 990, unknown: 2 }),
    finished({ unknown: 2, coverage: 0.998 }),
  ])
  assert.match(
    text,
    /for 127\.0\.0\.2\nHost is up\.\nPORT    STATE  SERVICE  VERSION\n22\/tcp  open   ssh      OpenSSH 9\.2\n80\/tcp  open   -\n\nPortolan scan report for 127\.0\.0\.1\n/,
  )
  assert.match(
    text,
    /\nNot shown: 990 filtered tcp ports, 7 closed tcp ports \(conn-refused\)\nNot decided: 2 ports unknown/,
  )
  assert.match(text, /\n# Incomplete: .* 2 unknown .*coverage 99\.8 %/)
})

test('--open leaves out ports that are not open and hosts without an open one', async () => {
  const text = await reported(
    'normal',
    [
      started(),
      port('127.0.0.1', 22),
      port('127.0.0.1', 23, { state: 'closed' }),
      port('127.0.0.2', 23, { state: 'closed' }),
      host('127.0.0.1', { open: 1, closed: 1 }),
      host('127.0.0.2', { closed: 1 }),
      finished(),
    ],
    { openOnly: true },
  )
  assert.match(text, /127\.0\.0\.1\nHost is up\.\nNot shown: 1 closed tcp port \(conn-refused\)\nPORT/)
  assert.ok(!text.includes('127.0.0.2') && !text.includes('23/tcp'))
})

test('a warning is in the report, and a scan that was cut off says so', async () => {
  const text = await reported('normal', [
    started(),
    { type: 'warning', scan: 'x', code: 'NAME_NOT_RESOLVED', message: 'no\naddress', hint: '' },
    port('127.0.0.1', 22),
  ])
  assert.match(text, /^# Warning: no\\x0aaddress$/m)
  assert.match(text, /^22\/tcp  open   -$/m)
  assert.match(text, /^# Portolan stopped before its end at /m)
  assert.match(text, /^# Incomplete: the scan was cut off/m)
})
