/** Where the results of `portolan scan` go, and what becomes of them there. The truth comes from Python and from ss. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { readGrepable } from '../report/grepable-reader.ts'
import { holdPorts, type HeldPorts } from './held-ports.ts'
import { cleanEnvironment, MAIN } from './portolan-process.ts'
import { run, RunningPortolan } from './running-portolan.ts'

const scratch = mkdtempSync(join(tmpdir(), 'portolan-output-'))
const at = (name: string): string => join(scratch, name)
const read = (name: string): string => readFileSync(at(name), 'utf8')
const HOST = '127.0.0.1'
let held: HeldPorts
let list: string

before(async () => {
  held = await holdPorts()
  list = [...held.open, ...held.closed].join(',')
})
after(async () => {
  await held[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true })
})

/** What the kernel says listens on the held ports. */
function listening(): number[] {
  const ports = execFileSync('ss', ['-Hltn', 'src', HOST], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => /\s127\.0\.0\.1:(\d+)\s/.exec(line)?.[1] ?? [])
    .map(Number)
  return ports.filter((port) => held.open.includes(port) || held.closed.includes(port)).sort((a, b) => a - b)
}

const portsIn = (text: string, pattern: RegExp): number[] =>
  [...text.matchAll(pattern)].map((match) => Number(match[1])).sort((a, b) => a - b)

/** As a shell runs it, with its exit status in the last line of stdout. */
function shell(script: string): { stdout: string; stderr: string } {
  const portolan = `portolan() { '${process.execPath}' '${MAIN}' "$@"; }`
  const { stdout, stderr } = spawnSync('bash', ['-c', `${portolan}; ${script}`], {
    env: cleanEnvironment(),
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { stdout, stderr }
}

describe('standard output', { concurrency: 2 }, () => {
  test('in a pipe has a line for each open port, as soon as it is found', async () => {
    // All that is held takes 3.2 s at this rate, the 12 open ones spread over it.
    const scan = new RunningPortolan(['scan', '--rate', '10', '-p', list, HOST])
    await scan.until('stdout', /\n/)
    assert.ok(scan.running, 'the first line came only at the end')
    const { status, stdout, stderr } = await scan.outcome()
    const lines = stdout.split('\n')
    assert.equal(lines.pop(), '')
    for (const line of lines) assert.match(line, /^127\.0\.0\.1:\d+\/tcp open(?: \S+)?$/)
    assert.deepEqual(portsIn(stdout, /:(\d+)\/tcp open/g), listening())
    assert.match(stderr, /^12 open, 20 closed, 0 filtered, 0 unknown of 32 probes in /m)
    assert.equal(status, 0)
  })

  test('with --json has events that the published schemas accept, with the truth in them', async () => {
    const { stdout, stderr, status } = await run([
      'scan',
      '--json',
      '--all-states',
      '-p',
      list,
      'localhost',
      '-4',
    ])
    assert.equal(status, 0, stderr)
    const ajv = new Ajv2020({ strict: true, formats: { 'date-time': true } })
    const schemaOf = (name: string) => {
      const text = readFileSync(new URL(`../../schema/${name}.json`, import.meta.url), 'utf8')
      return ajv.compile(JSON.parse(text))
    }
    const any = schemaOf('event')
    const schemas = new Map<string, ReturnType<typeof schemaOf>>()
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line))
    for (const event of events) {
      const type = String(event['type'])
      const schema = schemas.get(type) ?? schemaOf(type)
      schemas.set(type, schema)
      assert.ok(schema(event), `${JSON.stringify(event)}: ${ajv.errorsText(schema.errors)}`)
      assert.ok(any(event))
    }
    assert.equal(events[0]?.['type'], 'scan.started')
    assert.equal(events[0]?.['schema'], 1)
    assert.equal(events.at(-1)?.['type'], 'scan.finished')
    assert.equal(events.at(-1)?.['exit'], 0)
    const ports = events.filter(({ type }) => type === 'port')
    assert.equal(ports.length, 32)
    for (const port of ports) {
      assert.equal(port['name'], 'localhost')
      assert.equal(port['state'], held.open.includes(Number(port['port'])) ? 'open' : 'closed')
    }
  })

  test('with --json is JSON and nothing else, whatever else there is to say', () => {
    const every = 'import json,sys\nfor line in sys.stdin: json.loads(line)'
    for (const words of [
      `--json -p ${list} ${HOST}`,
      `--json -vv --stats-every 10ms --rate 100 --color always --accessible -p ${list},${list} ${HOST}`,
      `--json --dry-run ${HOST}`,
      `--json -p 80-70 ${HOST}`,
      '--json 198.18.0.1',
      `--json -oX /nope/x ${HOST}`,
      `--json -oX /dev/full -p ${list} ${HOST}`,
    ]) {
      const { stdout } = shell(
        `portolan scan ${words} 2>/dev/null | python3 -c '${every}'; echo "\${PIPESTATUS[1]}"`,
      )
      assert.equal(stdout, '0\n', words)
    }
  })

  test('with -oX - is the XML alone', async () => {
    const { stdout, status } = await run(['scan', '-oX', '-', '-p', list, HOST])
    assert.equal(status, 0)
    assert.deepEqual(portsIn(stdout, /<port [^>]*portid="(\d+)"><state state="open"/g), listening())
    assert.equal(spawnSync('xmllint', ['--noout', '-'], { input: stdout }).status, 0)
  })
})

describe('output files', { concurrency: 2 }, () => {
  test('of all formats at once tell the same truth, and stdout still has its lines', async () => {
    const { status, stdout, stderr } = await run(
      // %% is nmap's way to write a per cent sign in a name.
      [
        'scan',
        '-oX',
        'x.xml',
        '-oG',
        'g%%.txt',
        '-oN',
        'n.txt',
        '-oJ',
        'j.json',
        '-oD',
        'd.ndjson',
        '-oA',
        'all',
        '-p',
        list,
        HOST,
      ],
      { cwd: scratch },
    )
    assert.equal(status, 0, stderr)
    const truth = listening()
    assert.equal(truth.length, 12)
    assert.deepEqual(portsIn(stdout, /:(\d+)\/tcp open/g), truth)
    for (const name of ['x.xml', 'all.xml']) {
      assert.deepEqual(portsIn(read(name), /<port [^>]*portid="(\d+)"><state state="open"/g), truth)
      const dtd = ['--noout', '--dtdvalid', '/usr/share/nmap/nmap.dtd', at(name)]
      const { status: valid, stderr: fault } = spawnSync('xmllint', dtd, { encoding: 'utf8' })
      assert.equal(valid, 0, fault)
    }
    for (const name of ['g%.txt', 'all.gnmap']) {
      const found = readGrepable(read(name)).flatMap(({ ports }) => ports ?? [])
      assert.deepEqual(
        found.map(({ port }) => port).sort((a, b) => a - b),
        truth,
      )
    }
    for (const name of ['n.txt', 'all.nmap'])
      assert.deepEqual(portsIn(read(name), /^(\d+)\/tcp +open/gm), truth)
    const array: Record<string, unknown>[] = JSON.parse(read('j.json'))
    const lines = read('d.ndjson')
    assert.deepEqual(
      lines
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
      array,
    )
    assert.deepEqual(portsIn(lines, /"port":(\d+),"state":"open"/g), truth)
  })

  test('are replaced, or added to with --append-output', async () => {
    for (const words of [[], [], ['--append-output']])
      assert.equal((await run(['scan', '-oD', at('twice'), ...words, '-p', list, HOST])).status, 0)
    assert.equal(read('twice').split('"type":"scan.started"').length - 1, 2)
    assert.equal(read('twice').split('"type":"scan.finished"').length - 1, 2)
  })

  test('that cannot be written in full are one line and status 3; the results still come', async () => {
    const { status, stdout, stderr } = await run([
      'scan',
      '-oX',
      '/dev/full',
      '-oD',
      at('beside'),
      '-p',
      list,
      HOST,
    ])
    const ours = stderr.split('\n').filter((line) => line.startsWith('portolan:'))
    assert.deepEqual(ours, [
      'portolan: cannot write /dev/full: no space left on device (ENOSPC); free some space or name a file on another disk',
    ])
    assert.deepEqual(portsIn(stdout, /:(\d+)\/tcp open/g), listening())
    assert.match(read('beside'), /"type":"scan\.finished"/)
    assert.equal(status, 3)
  })

  test('in a folder that is missing are one line and status 3, before anything else', async () => {
    const missing = at('missing/x.xml')
    assert.deepEqual(await run(['scan', '-oX', missing, '-p', list, HOST]), {
      status: 3,
      stdout: '',
      stderr: `portolan: cannot open ${missing}: no such file or directory (ENOENT); create the folder first: Portolan creates files, not folders\n`,
    })
  })
})

describe('a reader of stdout that goes away', { concurrency: 2 }, () => {
  // At this rate all ports would take an hour: whoever goes on after the reader left runs into the limit.
  const cases: readonly (readonly [words: string, reader: string, expected: RegExp])[] = [
    ['--json', 'head -n 1', /^\{"type":"scan\.started"[^\n]*\}\n141\n$/],
    ['--all-states', 'head -n 1', /^127\.0\.0\.1:\d+\/tcp \w+[^\n]*\n141\n$/],
    // Next to nothing is written: that the reader has gone must be noticed without.
    ['--open', 'true', /^141\n$/],
  ]
  for (const [flag, reader, expected] of cases)
    test(`ends the scan quietly: ${flag} | ${reader}`, () => {
      const file = `reader${flag}.ndjson`
      const { stdout, stderr } = shell(
        `portolan scan --rate 20 -p- ${flag} -oD ${at(file)} ${HOST} | ${reader}; echo "\${PIPESTATUS[0]}"`,
      )
      assert.match(stdout, expected)
      assert.match(stderr, /^plan [^\n]+\nhow [^\n]+\nscope [^\n]+\n$/, 'more than the plan')
      assert.match(read(file), /"type":"scan\.finished"[^\n]*"exit":141\}\n$/)
    })
})

test('a full disk behind stdout is one line and status 3, and the files are whole', () => {
  const { stdout, stderr } = shell(
    `portolan scan -p ${list} -oX ${at('whole.xml')} ${HOST} >/dev/full; echo $? >&2`,
  )
  assert.equal(stdout, '')
  const lines = stderr.trimEnd().split('\n')
  assert.equal(lines.at(-1), '3')
  assert.deepEqual(
    lines.filter((line) => line.startsWith('portolan:')),
    [
      'portolan: cannot write standard output: no space left on device (ENOSPC); free some space or name a file on another disk',
    ],
  )
  assert.deepEqual(portsIn(read('whole.xml'), /<port [^>]*portid="(\d+)"><state state="open"/g), listening())
  assert.equal(spawnSync('xmllint', ['--noout', at('whole.xml')]).status, 0)
})
