import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { ReportKind } from '../../src/report/create-report.ts'
import { safeText } from '../../src/report/safe-text.ts'
import type { ScanEvent } from '../../src/scan/events.ts'
import { escapeText } from '../../src/text/untrusted.ts'
import { anyScan, hostileText } from './arbitrary-events.ts'
import { finished, host, port, reported, started } from './sample-events.ts'

const KINDS: readonly ReportKind[] = ['normal', 'xml', 'grepable', 'json', 'ndjson', 'lines', 'table']

/** What may never reach a terminal raw: all but printable characters and the line feeds and tabs of the format. */
const HARMFUL = /[^\P{C}\n\t\p{Cn}\p{Co}]|[\u2028\u2029]/u

/** Nothing drives a terminal, hides or turns text, or makes bytes that are no UTF-8. */
function assertHarmless(text: string, context: string): void {
  const found = HARMFUL.exec(text)
  assert.equal(
    found,
    null,
    `${context}: U+${found?.[0].codePointAt(0)?.toString(16)} in ${JSON.stringify(text)}`,
  )
}

test('the check for harmful characters finds them', () => {
  for (const character of ['\x1b', '\r', '\x7f', '\x9b', '\u200b', '\u202e', '\u2028', '\ud800', '\ufeff'])
    assert.throws(() => assertHarmless(`a${character}b`, 'check'))
  assertHarmless('é日本\u{1f600} \t\n', 'check')
})

test('no text of an event reaches any report as a control, bidi or invisible character', async () => {
  await fc.assert(
    fc.asyncProperty(anyScan, hostileText, async (events, commandLine) => {
      for (const kind of KINDS)
        for (const accessible of [false, true])
          assertHarmless(await reported(kind, events, { commandLine, accessible, reason: true }), kind)
    }),
  )
})

test('a hostile service cannot add a line, a row or a field', async () => {
  const evil =
    '\x1b]0;x\x07\n22/tcp open ssh\r\nHost: 198.18.0.9 ()\tPorts: 1/open/tcp//x///, <script>alert(1)</script>]]>\u202e'
  const scan = (text: string): ScanEvent[] => [
    started(),
    port('127.0.0.1', 80, { name: text, service: { name: text, info: text, confidence: 'port' } }),
    host('127.0.0.1', { name: text, open: 1 }),
    finished(),
  ]
  const shape = (text: string): number[] => [text.split('\n').length, text.split('\t').length]
  for (const kind of KINDS) {
    const hostile = await reported(kind, scan(evil))
    assert.deepEqual(shape(hostile), shape(await reported(kind, scan('plain'))), `${kind}: ${hostile}`)
  }
  const xml = await reported('xml', scan(evil))
  assert.ok(!xml.includes('<script') && !xml.includes(']]>'))
})

test('ten kilobytes of text are cut to a few in text reports and kept in JSON', async () => {
  const long = 'A'.repeat(10_240)
  const events: ScanEvent[] = [
    port('127.0.0.1', 80, { service: { name: 'x', info: long, confidence: 'port' } }),
  ]
  for (const kind of ['normal', 'xml', 'grepable', 'table'] as const) {
    const text = await reported(kind, events)
    assert.ok(text.includes('A…') && text.length < 9000, kind)
  }
  assert.ok((await reported('ndjson', events)).includes(long))
})

test('text that escapeText made safe is written as it is, and safe text stays as it is', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const escaped = escapeText(text)
      assert.equal(safeText(escaped), escaped)
      assert.equal(safeText(safeText(text)), safeText(text))
    }),
  )
  const long = escapeText('x'.repeat(10_000))
  assert.equal(safeText(long), long)
})
