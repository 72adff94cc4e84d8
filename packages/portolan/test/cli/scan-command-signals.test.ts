/** What a signal does to a running scan. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { holdPorts, type HeldPorts } from './held-ports.ts'
import { RunningPortolan } from './running-portolan.ts'

const scratch = mkdtempSync(join(tmpdir(), 'portolan-signals-'))
const at = (name: string): string => join(scratch, name)
let held: HeldPorts
before(async () => {
  held = await holdPorts()
})
after(async () => {
  await held[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true })
})

type Event = Readonly<Record<string, unknown>>

function eventsOf(text: string): Event[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line): Event => JSON.parse(line))
}

const numberIn = (event: Event | undefined, key: string): number => Number(event?.[key])

describe('the first signal', { concurrency: 2 }, () => {
  for (const [signal, exit] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    for (const driver of ['kernel', 'portable'])
      test(`${signal} stops the sending and closes everything, ${driver} driver`, async () => {
        const xml = at(`${signal}-${driver}.xml`)
        const words = ['-p-', '--rate', '50', '--json', '--all-states', '--driver', driver, '-oX', xml]
        const scan = new RunningPortolan(['scan', ...words, '127.0.0.1'])
        await scan.until('stdout', /"type":"port"/)
        scan.signal(signal)
        const { status, stdout, stderr } = await scan.outcome()
        assert.equal(status, exit, stderr)
        assert.match(stderr, /^stopping: nothing new is sent, /m)
        const events = eventsOf(stdout)
        const finished = events.at(-1)
        assert.equal(finished?.['type'], 'scan.finished')
        assert.equal(finished['exit'], exit)
        const states = ['open', 'closed', 'filtered', 'unknown'].map((state) => numberIn(finished, state))
        assert.equal(
          states.reduce((sum, count) => sum + count),
          65_535,
        )
        assert.ok(numberIn(finished, 'unknown') > 0)
        assert.ok(numberIn(finished, 'sent') < 65_535)
        assert.ok(numberIn(finished, 'coverage') < 1)
        // What was decided was told, and only that.
        const decided = events.filter(({ type, state }) => type === 'port' && state !== 'unknown').length
        assert.equal(decided, 65_535 - numberIn(finished, 'unknown'))
        const host = events.find(({ type }) => type === 'host')
        assert.equal(numberIn(host, 'unknown'), numberIn(finished, 'unknown'))
        assert.equal(spawnSync('xmllint', ['--noout', xml]).status, 0)
        assert.match(readFileSync(xml, 'utf8'), /<finished [^>]*exit="error"[^>]*>/)
      })
})

test('the second signal leaves at once', async () => {
  // Nothing answers there: one probe after another waits its second, and the first signal lets the last one wait.
  const ports = ['-p', String(held.silent), '--max-retries', '10']
  const scan = new RunningPortolan(['scan', ...ports, '--json', '--stats-every', '10ms', '127.0.0.1'])
  await scan.until('stderr', /probes {2}/)
  scan.signal('SIGINT')
  await scan.until('stderr', /^stopping: /m)
  scan.signal('SIGINT')
  const { status, stdout } = await scan.outcome()
  assert.equal(status, 130)
  assert.doesNotMatch(stdout, /scan\.finished/, 'it came to an orderly end first')
})

test('the first signal lets an answer on its way arrive, and calls silence unknown', async () => {
  const ports = ['-p', String(held.silent), '--max-retries', '10', '--all-states']
  const scan = new RunningPortolan(['scan', ...ports, '--json', '--stats-every', '10ms', '127.0.0.1'])
  await scan.until('stderr', /probes {2}/)
  scan.signal('SIGINT')
  const { status, stdout } = await scan.outcome()
  assert.equal(status, 130)
  const port = eventsOf(stdout).find(({ type }) => type === 'port')
  assert.deepEqual([port?.['state'], port?.['reason']], ['unknown', 'interrupted'])
})
