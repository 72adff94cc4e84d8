import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createReport } from '../../src/report/create-report.ts'
import { openSink } from '../../src/report/open-sink.ts'
import { ReportError } from '../../src/report/report-error.ts'
import { ReportSet } from '../../src/report/report-writer.ts'
import { StreamSink } from '../../src/report/stream-sink.ts'
import { port, sampleScan } from './sample-events.ts'

const scratch = mkdtempSync(join(tmpdir(), 'portolan-sinks-'))
after(() => rmSync(scratch, { recursive: true }))
const source = new URL('../../src/report/', import.meta.url).href

function assertReportError(error: unknown, code: string, path: string): true {
  assert.ok(error instanceof ReportError, String(error))
  assert.equal(error.code, code)
  assert.equal(error.path, path)
  assert.ok(!error.message.includes('\n') && error.message.includes(code), error.message)
  assert.notEqual(error.hint, '')
  return true
}

test('a file that cannot be opened is an error before the scan', async () => {
  const missing = join(scratch, 'no', 'such', 'folder.xml')
  await assert.rejects(openSink(missing), (error) => assertReportError(error, 'ENOENT', missing))
  await assert.rejects(openSink(scratch), (error) => assertReportError(error, 'EISDIR', scratch))
  const below = '/dev/null/file'
  await assert.rejects(openSink(below), (error) => assertReportError(error, 'ENOTDIR', below))
})

test('a file is overwritten, or written on with append', async () => {
  const path = join(scratch, 'twice')
  for (const [append, expected] of [
    [false, 'new'],
    [true, 'newnew'],
    [false, 'new'],
  ] as const) {
    const sink = await openSink(path, { append })
    await sink.write('new')
    await sink.close()
    assert.equal(readFileSync(path, 'utf8'), expected)
  }
})

test('many small and large texts arrive in order, whether the producer waits or not', async () => {
  const path = join(scratch, 'order')
  const sink = await openSink(path)
  let expected = ''
  let waited = 0
  for (let i = 0; i < 3000; i++) {
    const text = `${i}é${'x'.repeat((i * 7919) % 2000)}\n`
    expected += text
    const room = sink.write(text)
    if (room !== undefined && ++waited % 2 === 0) await room
  }
  await sink.close()
  assert.ok(waited > 0, 'a sink that is given 3 MB at once asks to wait')
  assert.equal(readFileSync(path, 'utf8'), expected)
})

test('a full disk is reported once, and the other reports are complete', async () => {
  const path = join(scratch, 'complete.jsonl')
  const errors: ReportError[] = []
  const full = createReport('xml', await openSink('/dev/full'))
  const reports = new ReportSet([full, createReport('ndjson', await openSink(path))], (error) => {
    errors.push(error)
  })
  for (let round = 0; round < 50; round++) {
    for (const event of sampleScan()) await reports.write(event)
    await turn()
  }
  await reports.finish()
  assert.equal(errors.length, 1)
  assertReportError(errors[0], 'ENOSPC', '/dev/full')
  assert.equal(errors[0]?.message, 'cannot write /dev/full: no space left on device (ENOSPC)')
  assert.equal(readFileSync(path, 'utf8').split('\n').length, 251)
})

test('a full disk that is met only at the end is reported too', async () => {
  for (const kind of ['xml', 'json', 'table'] as const) {
    const report = createReport(kind, await openSink('/dev/full'))
    void report.write(port('127.0.0.1', 22))
    await assert.rejects(report.finish(), (error) => assertReportError(error, 'ENOSPC', '/dev/full'))
  }
})

test('a full disk met while the producer waits for room rejects that wait', async () => {
  const sink = await openSink('/dev/full')
  await assert.rejects(
    async () => sink.write('x'.repeat(2 << 20)),
    (error) => assertReportError(error, 'ENOSPC', '/dev/full'),
  )
  assert.throws(
    () => sink.write('more'),
    (error) => assertReportError(error, 'ENOSPC', '/dev/full'),
  )
  await assert.rejects(sink.close(), (error) => assertReportError(error, 'ENOSPC', '/dev/full'))
})

test('a device error on a stream is reported once, whenever it comes', async () => {
  for (const failAt of [1, 2, 3]) {
    let writes = 0
    const stream = new Writable({
      decodeStrings: false,
      write(_chunk, _encoding, done) {
        if (++writes < failAt) done()
        else done(Object.assign(new Error('write EIO'), { code: 'EIO', errno: -5 }))
      },
    })
    const errors: ReportError[] = []
    const reports = new ReportSet([createReport('ndjson', new StreamSink(stream, '-'))], (error) => {
      errors.push(error)
    })
    for (const event of sampleScan()) {
      await reports.write(event)
      await turn()
    }
    await reports.finish()
    assert.equal(errors.length, 1)
    assertReportError(errors[0], 'EIO', '-')
  }
})

test('a stream that is slow makes the producer wait', async () => {
  const release: (() => void)[] = []
  const stream = new Writable({
    highWaterMark: 10,
    write(_chunk, _encoding, done) {
      release.push(done)
    },
  })
  const sink = new StreamSink(stream, '-')
  assert.equal(sink.write('1234'), undefined)
  let passed = false
  const room = Promise.resolve(sink.write('567890')).then(() => {
    passed = true
  })
  await turn()
  assert.equal(passed, false)
  release.shift()?.()
  await turn()
  assert.equal(passed, false)
  release.shift()?.()
  await room
})

test('a reader that closes the pipe is EPIPE, once, and no crash', async () => {
  const program = `
import { createReport } from '${source}create-report.ts'
import { openSink } from '${source}open-sink.ts'
import { ReportSet } from '${source}report-writer.ts'
const reports = new ReportSet([createReport('lines', await openSink('-'))], (error) => {
  console.error(error.code)
})
const event = { type: 'port', scan: 'x', time: '', host: '127.0.0.1', protocol: 'tcp', port: 1, state: 'open', reason: 'syn-ack', attempts: 1 }
for (let i = 0; i < 200000; i++) {
  await reports.write(event)
  if (i % 1000 === 0) await new Promise(setImmediate)
}
await reports.finish()
`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [code]: unknown[] = await once(child, 'close')
  assert.equal(stderr, 'EPIPE\n')
  assert.equal(code, 0)
})

test('a killed process leaves every event that it had written', async () => {
  const path = join(scratch, 'killed.jsonl')
  const program = `
import { createReport } from '${source}create-report.ts'
import { openSink } from '${source}open-sink.ts'
const report = createReport('ndjson', await openSink(process.argv[1]))
for (let i = 0; i < 1000; i++) report.write({ type: 'port', port: i })
console.log('written')
setInterval(() => {}, 1000)
`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  try {
    await once(child.stdout, 'data')
    // The kernel has the text a few turns of the child's event loop later, though nobody asked for it.
    for (let i = 0; i < 100_000 && readFileSync(path, 'utf8').split('\n').length <= 1000; i++) await turn()
  } finally {
    child.kill('SIGKILL')
    await gone
  }
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line): unknown => JSON.parse(line)),
    Array.from({ length: 1000 }, (_, i) => ({ type: 'port', port: i })),
  )
})

test('a defect in one writer is not taken for a failed output', () => {
  const broken = {
    write(): void {
      throw new TypeError('defect')
    },
    finish: () => Promise.resolve(),
  }
  const reports = new ReportSet([broken], () => assert.fail('no ReportError happened'))
  assert.throws(() => reports.write(port('127.0.0.1', 1)), TypeError)
})
