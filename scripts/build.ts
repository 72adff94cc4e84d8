/** Compiles packages/portolan/src to dist and writes what is generated from it: schemas, man page. */
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const package_ = `${root}packages/portolan/`

rmSync(`${package_}dist`, { recursive: true, force: true })
execFileSync('tsc', ['-p', package_], { stdio: 'inherit', cwd: root })
for (const generator of ['write-schemas.ts', 'write-man-page.ts'])
  if (existsSync(`${root}scripts/${generator}`))
    execFileSync(process.execPath, [`${root}scripts/${generator}`], { stdio: 'inherit', cwd: root })
