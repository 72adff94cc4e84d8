/**
 * Writes the JSON Schema (2020-12) of every NDJSON event, one file each and `event.json` for any of them, from the
 * zod schemas. The same source gives the same bytes.
 *
 *     node scripts/write-schemas.ts [FOLDER]     default: packages/portolan/schema
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import * as events from '../packages/portolan/src/scan/event-schema.ts'

const folder = process.argv[2] ?? fileURLToPath(new URL('../packages/portolan/schema', import.meta.url))

mkdirSync(folder, { recursive: true })
for (const schema of [
  events.scanStarted,
  events.port,
  events.hostEvent,
  events.warning,
  events.scanFinished,
  events.scanEvent,
]) {
  const id = schema.meta()?.id
  if (id === undefined) throw new Error('an event schema without an id has no file name')
  writeFileSync(`${folder}/${id}.json`, `${JSON.stringify(documentOf(schema, id), undefined, 2)}\n`)
}

/** zod puts a schema that has an id among the definitions; a file shows its own event first. */
function documentOf(schema: z.ZodType, id: string): Record<string, unknown> {
  const { $schema, $defs = {} } = z.toJSONSchema(schema, { target: 'draft-2020-12' })
  const { [id]: own, ...others } = $defs
  return {
    $schema,
    $id: `urn:portolan:schema:1:${id}`,
    ...own,
    ...(Object.keys(others).length === 0 ? {} : { $defs: others }),
  }
}
