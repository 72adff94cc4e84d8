/**
 * Writes the API reference in Markdown from the comments of what the package exports. The same source gives the same
 * bytes.
 *
 *     node scripts/write-api-reference.ts [FOLDER]     default: docs/api; what is in it goes
 */
import { fileURLToPath } from 'node:url'
import { readModel, writePages } from '../packages/reference/src/model.ts'

const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/api', import.meta.url))

await writePages(await readModel(), folder)
