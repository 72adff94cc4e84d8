import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { portolan } from './portolan-process.ts'

/** The rows of --json; the table is judged by its text. */
function json(words: readonly string[]): Record<string, unknown>[] {
  const { status, stdout, stderr } = portolan(['ports', '--json', ...words])
  assert.equal(stderr, '')
  assert.equal(status, 0)
  const rows: unknown = JSON.parse(stdout)
  assert.ok(Array.isArray(rows))
  return rows.map((row: unknown) => {
    assert.ok(typeof row === 'object' && row !== null)
    return { ...row }
  })
}

function problemOf(words: readonly string[]): string {
  const { status, stdout, stderr } = portolan(['ports', ...words])
  assert.equal(status, 2)
  assert.equal(stdout, '')
  assert.match(stderr, /^portolan: [^\n]+\n$/)
  return stderr
}

describe('portolan ports', () => {
  test('tells what a number is for', () => {
    const [row] = json(['443'])
    assert.equal(row?.['name'], 'https')
    assert.equal(row?.['class'], 'well-known')
    assert.equal(row?.['protocol'], 'tcp')
  })
  test('finds a number by name, part of a name and mask', () => {
    assert.deepEqual(
      json(['ssh']).map((row) => row['port']),
      [22, 22],
    )
    assert.ok(json(['postgres']).some((row) => row['port'] === 5432))
    const masked = json(['http*']).map((row) => row['port'])
    assert.ok(masked.includes(80) && masked.includes(443))
  })
  test('lists the named ports of a range and of a class', () => {
    const range = json(['20-25']).map((row) => Number(row['port']))
    assert.ok(range.includes(22) && range.every((port) => port >= 20 && port <= 25))
    for (const row of json(['--class', 'dynamic'])) assert.ok(Number(row['port']) >= 49_152)
    for (const row of json(['--class', 'registered', 'http*'])) assert.equal(row['class'], 'registered')
  })
  test('says of a port without a name that it has none', () => {
    const [row] = json(['65000'])
    assert.deepEqual([row?.['name'], row?.['class']], [null, 'dynamic'])
    assert.match(portolan(['ports', '65000']).stdout, /^65000\/tcp +dynamic +-$/m)
  })
  test('lists the default ports, each once', () => {
    const ports = json(['--default']).map((row) => row['port'])
    assert.equal(ports.length, 1000)
    assert.equal(new Set(ports).size, 1000)
    assert.deepEqual(
      json(['--top-ports', '10']).map((row) => row['port']),
      ports.slice(0, 10),
    )
  })
  test('prints a table with a head', () => {
    assert.match(portolan(['ports', '22']).stdout, /^PORT +CLASS +SERVICE +NOTES\n22\/tcp +well-known +ssh/)
  })
  test('refuses what is no port, with the nearest right one', () => {
    assert.match(problemOf([]), /no port given; as in portolan ports 5432/)
    assert.match(problemOf(['70000']), /'70000' is no port \(argument 2\); ports are 0 to 65535/)
    assert.match(problemOf(['25-20']), /runs backwards \(argument 2\); did you mean 20-25\?/)
    assert.match(problemOf(['htpp']), /no service is called 'htpp' \(argument 2\); did you mean http\?/)
    assert.match(problemOf(['--class', 'dynamc']), /did you mean dynamic\?/)
    assert.match(problemOf(['--default', '22']), /--default lists ports by itself/)
  })
})
