/**
 * Fails where the comment of an exported call leaves something out (packages/reference/src/comment-rules.ts says what it
 * must say), and where docs/api is not what the comments give.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { differingFiles } from '../packages/reference/src/differing-files.ts'
import { readModel, writePages } from '../packages/reference/src/model.ts'
import { omissions } from '../packages/reference/src/omissions.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const model = await readModel()

const problems = omissions(model, ['socket', 'index']).map(
  ({ path, line, name, missing }) =>
    `${path.replace(root, '')}:${line} ${name}: the comment must say ${missing}`,
)
const fresh = mkdtempSync(join(tmpdir(), 'portolan-reference-'))
try {
  await writePages(model, fresh)
  for (const file of differingFiles(join(root, 'docs/api'), fresh))
    problems.push(`docs/api/${file} is not what the comments give: node scripts/write-api-reference.ts`)
} finally {
  rmSync(fresh, { recursive: true, force: true })
}

for (const problem of problems) process.stdout.write(`${problem}\n`)
process.stdout.write(`${problems.length} problems\n`)
process.exit(problems.length === 0 ? 0 : 1)
