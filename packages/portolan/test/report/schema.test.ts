import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { anyScan } from './arbitrary-events.ts'
import { reported, sampleScan } from './sample-events.ts'

const schemas = fileURLToPath(new URL('../../schema', import.meta.url))
const generator = fileURLToPath(new URL('../../../../scripts/write-schemas.ts', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'portolan-schema-'))
after(() => rmSync(scratch, { recursive: true }))

const files = ['event', 'host', 'port', 'scan.finished', 'scan.started', 'warning'].map((id) => `${id}.json`)

function compile(file: string): ValidateFunction {
  // "date-time" is a note to the reader: the pattern beside it is stricter.
  const ajv = new Ajv2020({ strict: true, formats: { 'date-time': true } })
  return ajv.compile(JSON.parse(readFileSync(join(schemas, file), 'utf8')))
}

test('the schema files are those that the generator writes today', () => {
  execFileSync(process.execPath, [generator, scratch])
  assert.deepEqual(readdirSync(scratch).sort(), files)
  assert.deepEqual(readdirSync(schemas).sort(), files)
  for (const file of files)
    assert.equal(readFileSync(join(schemas, file), 'utf8'), readFileSync(join(scratch, file), 'utf8'), file)
})

test('every line of the NDJSON of any scan is valid against event.json and the file of its type', async () => {
  const validators = new Map(files.map((file) => [file, compile(file)]))
  const check = (file: string, event: unknown): void => {
    const validate = validators.get(file)
    assert.ok(validate, file)
    assert.ok(validate(event), `${JSON.stringify(event)}: ${JSON.stringify(validate.errors)}`)
  }
  await fc.assert(
    fc.asyncProperty(anyScan, async (events) => {
      for (const line of (await reported('ndjson', events)).split('\n').slice(0, -1)) {
        const event: { type: string } = JSON.parse(line)
        check('event.json', event)
        check(`${event.type}.json`, event)
      }
    }),
    { numRuns: 100 },
  )
})

test('the schemas refuse an event with a missing, an unknown or a wrong field', () => {
  const validate = compile('event.json')
  for (const event of sampleScan()) {
    assert.ok(validate(event))
    const { scan: _, ...without } = event
    assert.equal(validate(without), false)
    assert.equal(validate({ ...event, more: 1 }), false)
    assert.equal(validate({ ...event, scan: 1 }), false)
  }
})
