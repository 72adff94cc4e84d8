/** `portolan scan` at a real terminal: a pseudo-terminal for the bytes, tmux for what a user sees of them. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { holdPorts, type HeldPorts } from './held-ports.ts'
import { cleanEnvironment, MAIN } from './portolan-process.ts'
import { inTerminal } from './pty-session.ts'

const HOST = '127.0.0.1'
const CLEAR = '\r\u001b[K'
let held: HeldPorts
let list: string
before(async () => {
  held = await holdPorts()
  list = [...held.open, ...held.closed].join(',')
})
after(() => held[Symbol.asyncDispose]())

/** At 20 a second the 32 held ports take 1.6 s: time for a progress line with an estimate. */
const slow = (...words: string[]): string[] => ['scan', '--rate', '20', '-p', list, ...words, HOST]
const quick = (...words: string[]): string[] => ['scan', '-p', list, ...words, HOST]

const linesOf = (screen: string): string[] => screen.split('\r\n').slice(0, -1)
/** What stays of lines that were drawn over and erased. */
const left = (screen: string): string[] => linesOf(screen).map((line) => line.split(CLEAR).at(-1) ?? '')
// Everything but line feeds, which the terminal turns into two characters.
const controlsIn = (screen: string): string[] => screen.replaceAll('\r\n', '').match(/\p{Cc}/gu) ?? []

function assertTable(lines: readonly string[], reason = false): void {
  const head = lines.findIndex((line) => line.startsWith('PORT'))
  assert.equal(lines[head - 1], HOST)
  const rows = lines.slice(head, head + 1 + held.open.length)
  assert.deepEqual(
    rows.slice(1).map((row) => Number(row.split('/')[0])),
    held.open,
    'by number',
  )
  const columns = reason ? ['STATE', 'SERVICE', 'REASON'] : ['STATE', 'SERVICE']
  for (const column of columns) {
    const start = rows[0]?.indexOf(column) ?? -1
    assert.ok(start > 0, `no column ${column}`)
    for (const row of rows) assert.match(row.slice(start - 2, start + 1), /^ {2}\S$/, 'aligned')
  }
}

describe('at a terminal', { concurrency: 2 }, () => {
  test('the plan comes first, the progress line is drawn in place and vanishes, then table and summary', async () => {
    const { status, screen, piped } = await inTerminal(slow('--reason'))
    assert.equal(status, 0)
    assert.equal(piped, '')
    const lines = left(screen)
    assert.match(lines[0] ?? '', /^plan {3}1 address x 32 ports = 32 probes$/)
    assert.match(
      lines[1] ?? '',
      /^how {4}TCP connect, at most 20 probes a second, 1\.\d\d s at least, seed \d+$/,
    )
    assert.match(lines[2] ?? '', /^scope {2}this machine only \(no scope file\)$/)
    const drawn = (linesOf(screen)[3] ?? '').split(CLEAR)
    assert.equal(drawn.shift(), '')
    assert.equal(drawn.pop(), HOST, 'the progress line is erased before the table')
    assert.ok(drawn.filter((text) => text !== '').length >= 5, `drawn ${drawn.length} times`)
    for (const text of drawn)
      assert.match(
        text,
        /^(?:|\d+ % {2}\d+\/32 probes {2}\d+\/s {2}\d+ open {2}\d+ filtered {2}\d+ unknown(?: {2}ETA [\d.]+ s)?)$/,
      )
    assert.ok(
      drawn.some((text) => text.includes('ETA')),
      'an estimate after a second',
    )
    assertTable(lines.map(stripVTControlCharacters), true)
    assert.match(lines.at(-1) ?? '', /^12 open, 20 closed, 0 filtered, 0 unknown of 32 probes in /)
  })

  test('states are in colour; not with NO_COLOR, --color never, TERM=dumb or in a pipe', async () => {
    const green = '\u001b[32mopen'
    assert.ok((await inTerminal(quick())).screen.includes(green))
    assert.ok(
      (await inTerminal(quick('--color', 'always'), { env: { NO_COLOR: '1' } })).screen.includes(green),
    )
    for (const [words, env] of [
      [quick('--no-progress'), { NO_COLOR: '1' }],
      [quick('--no-progress', '--color', 'never'), {}],
      [slow(), { TERM: 'dumb' }],
    ] as const) {
      const { screen } = await inTerminal(words, { env })
      assert.deepEqual(controlsIn(screen), [])
      assertTable(linesOf(screen))
    }
    const { piped } = await inTerminal(quick(), { split: true })
    assert.match(piped, /^(?:127\.0\.0\.1:\d+\/tcp open\P{Cc}*\n){12}$/u)
  })

  test('--no-progress draws nothing', async () => {
    const { screen } = await inTerminal(slow('--no-progress', '--color', 'never'))
    assert.deepEqual(controlsIn(screen), [])
    assert.doesNotMatch(screen, / % /)
  })

  test('--stats-every prints lines of its own', async () => {
    const { screen } = await inTerminal(slow('--no-progress', '--stats-every', '200ms'))
    assert.ok(linesOf(screen).filter((line) => /^\d+ % {2}\d+\/32 probes /.test(line)).length >= 3, screen)
  })

  test('--accessible has sentences and not one control sequence', async () => {
    const { status, screen } = await inTerminal(slow('--accessible'), { columns: 200 })
    assert.equal(status, 0)
    assert.deepEqual(controlsIn(screen), [])
    const lines = linesOf(screen)
    for (const line of lines) assert.match(line, /^[A-Z].*\.$/, 'a sentence')
    assert.match(lines[0] ?? '', /^Scanning 1 address on 32 ports: 32 probes\.$/)
    const ports = lines.flatMap((line) => /^Port (\d+) tcp on 127\.0\.0\.1 is open\b/.exec(line)?.[1] ?? [])
    assert.deepEqual(ports.map(Number), held.open)
    assert.match(
      lines.at(-1) ?? '',
      /^Scan finished in [\d.]+ seconds\. 12 ports are open\. .* were decided\.$/,
    )
  })

  test('-v tells of each port when it is found', async () => {
    const { screen } = await inTerminal(slow('-v'))
    const lines = left(screen)
    const found = lines.flatMap((line) => /^found 127\.0\.0\.1:(\d+)\/tcp open$/.exec(line)?.[1] ?? [])
    assert.deepEqual(
      found.map(Number).sort((a, b) => a - b),
      held.open,
    )
    assert.ok(screen.indexOf('found ') < screen.lastIndexOf(' probes  '), 'all of them came at the end')
    assertTable(lines.map(stripVTControlCharacters))
  })

  test('-q leaves the table alone', async () => {
    const { screen } = await inTerminal(slow('-q', '--color', 'never'))
    assert.deepEqual(controlsIn(screen), [])
    const lines = linesOf(screen)
    assert.equal(lines.length, 2 + held.open.length)
    assertTable(lines)
  })

  test('forty columns hold the progress line and the table', async () => {
    const { screen } = await inTerminal(slow('--reason', '--all-states'), { columns: 40 })
    const drawn = (linesOf(screen)[3] ?? '').split(CLEAR)
    assert.ok(drawn.length > 5)
    for (const text of drawn) assert.ok(text.length < 40, text)
    const rows = left(screen)
      .map(stripVTControlCharacters)
      .filter((line) => /^\d+\/tcp/.test(line))
    assert.equal(rows.length, 32)
    for (const row of rows) assert.ok(row.length <= 40, row)
  })

  test('events on the same terminal stand on lines of their own', async () => {
    const { screen } = await inTerminal(slow('--json', '--all-states'))
    const lines = left(screen).filter((line) => line.includes('"type"'))
    assert.equal(lines.length, 32 + 3)
    for (const line of lines) assert.doesNotThrow(() => JSON.parse(line), line)
  })

  test('Ctrl-C ends in order: message, table of what was found, summary, 130', async () => {
    const keys = [{ after: '[1-9] open', send: '\u0003' }]
    const { status, screen, typed } = await inTerminal(
      ['scan', '--rate', '20', '-p', `1-100,${list}`, HOST],
      { keys },
    )
    assert.equal(typed, 1)
    assert.equal(status, 130)
    const lines = left(screen).map(stripVTControlCharacters)
    const stopping = lines.findIndex((line) => line.includes('stopping: nothing new is sent'))
    assert.ok(stopping > 2)
    assert.ok(lines.findIndex((line) => line.startsWith('PORT ')) > stopping)
    assert.match(lines.at(-1) ?? '', /^\d+ open, \d+ closed, 0 filtered, [1-9]\d* unknown of 132 probes /)
  })

  test('a second Ctrl-C leaves at once, with a clean line for the shell', async () => {
    const keys = [
      { after: ' probes ', send: '\u0003' },
      // Not before the progress line stands there again.
      { after: '(?s)stopping.* probes ', send: '\u0003' },
    ]
    const words = ['scan', '-p', String(held.silent), '--max-retries', '10', HOST]
    const { status, screen, typed } = await inTerminal(words, { keys })
    assert.equal(typed, 2)
    assert.equal(status, 130, screen)
    assert.equal(screen.split(CLEAR).at(-1)?.replace(/^\^C/, '').split('\r\n').at(-1), '')
    assert.doesNotMatch(screen, / open, /, 'it came to an orderly end first')
  })

  test('a mistake is one line', async () => {
    const { status, screen } = await inTerminal(['scan', '--opne', HOST])
    assert.equal(
      screen,
      "portolan: unknown option '--opne' (argument 2); did you mean --open? see portolan scan --help\r\n",
    )
    assert.equal(status, 2)
  })
})

describe('on the screen of tmux', () => {
  let folder = ''
  const tmux = (...words: string[]): string =>
    execFileSync('tmux', ['-S', join(folder, 'socket'), '-f', '/dev/null', ...words], {
      encoding: 'utf8',
      env: cleanEnvironment({ TERM: 'xterm-256color' }),
    })
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'portolan-tmux-'))
  })
  after(() => {
    try {
      tmux('kill-server')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('the whole of a scan is left in good order', async () => {
    // The shell stays, so that tmux has no end of a process to tell of on the screen.
    const command = ['sh', '-c', '"$@"; exec cat', 'sh', process.execPath, MAIN, ...slow()]
    tmux('new-session', '-d', '-x', '100', '-y', '40', ...command)
    let screen = ''
    let halfway = ''
    for (let turn = 0; turn < 200; turn++) {
      screen = tmux('capture-pane', '-p').trimEnd()
      if (/^\d+ % .*probes/m.test(screen)) halfway = screen
      if (/in [\d.]+ s$/m.test(screen)) break
      await sleep(100)
    }
    assert.equal(
      halfway.split('\n').filter((line) => / % /.test(line)).length,
      1,
      'one progress line, drawn over',
    )
    const lines = screen.split('\n')
    assert.match(lines[0] ?? '', /^plan /)
    assert.equal(lines[3], HOST)
    assertTable(lines)
    assert.match(lines[5 + held.open.length] ?? '', /^12 open, 20 closed, .* in [\d.]+ s$/)
  })
})
