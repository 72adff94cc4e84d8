/**
 * The conformance list has 89 items; a test shows which of them it is about by their numbers, at the start of its name or
 * after a colon. Here every number must be found.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'

const ITEMS = 89
/** Where sockets and connections are tested. */
const ROOMS = ['conformance', 'net', 'socket', 'sys']

const OWN = basename(import.meta.filename)

/** A literal of a name, as in '5, 6. close ends …' or `${name}: 30. the end …`. */
const NAME = /(?<=[([,]\s*)(['"`])(?:[^'"`\n]*?: )?(\d+(?:(?:, | and )\d+)*)\. [^\n]{8,}?\1/g

function numbersIn(source: string): number[] {
  return [...source.matchAll(NAME)].flatMap(([, , list = '']) => list.split(/, | and /).map(Number))
}

function itemsByFile(): Map<number, string[]> {
  const found = new Map<number, string[]>()
  for (const room of ROOMS) {
    const folder = join(import.meta.dirname, '..', room)
    // Not this one, which has names as examples.
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== OWN))
      for (const item of numbersIn(readFileSync(join(folder, file), 'utf8')))
        found.set(item, [...(found.get(item) ?? []), `${room}/${file}`])
  }
  return found
}

test('every item of the conformance list has a test, and no test names an item that is not there', () => {
  const found = itemsByFile()
  const missing = Array.from({ length: ITEMS }, (_, index) => index + 1).filter((item) => !found.has(item))
  assert.deepEqual(missing, [], 'items without a test')
  const unknown = [...found].filter(([item]) => item < 1 || item > ITEMS)
  assert.deepEqual(unknown, [], 'items that are not on the list')
})

test('names of tests are read as they are written', () => {
  const source = [
    `test('5, 6. close ends what waits', () => {})`,
    'test(`${name}: 30. the end of the stream`, LIMIT, () =>',
    `  test(\n    '52, 57 and 69. any one fails with it',`,
    `test('takes 7. no number here', () => {})`,
    `const text = '8. a sentence of the test itself'`,
  ]
  assert.deepEqual(source.map(numbersIn), [[5, 6], [30], [52, 57, 69], [], []])
})
