/** Compiles packages/portolan/src to dist and writes what is generated from it: schemas, man page. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const package_ = `${root}packages/portolan/`

rmSync(`${package_}dist`, { recursive: true, force: true })
run('tsc', '-p', package_)
for (const generator of ['write-schemas.ts', 'write-man-page.ts'])
  run(process.execPath, `${root}scripts/${generator}`)

/** What failed has said why; a stack trace of this script would add nothing. */
function run(command: string, ...argv: readonly string[]): void {
  const { status, error } = spawnSync(command, argv, { stdio: 'inherit', cwd: root })
  if (error !== undefined) process.stderr.write(`${command}: ${error.message}\n`)
  if (status !== 0) process.exit(1)
}
