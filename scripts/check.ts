/**
 * `npm run check`: everything that can be said of the code without running it, which is every `check:` script of
 * package.json. All of them run; one failure fails.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const { scripts }: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(`${root}package.json`, 'utf8'),
)

let failed = false
for (const [name, command] of Object.entries(scripts)) {
  if (!name.startsWith('check:')) continue
  const started = performance.now()
  // npm has put node_modules/.bin into PATH, as it does for the script itself.
  const { status, stdout, stderr } = spawnSync(command, { cwd: root, encoding: 'utf8', shell: true })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(
    `${status === 0 ? 'ok    ' : 'FAILED'} ${name.slice('check:'.length)} (${seconds} s)\n`,
  )
  if (status === 0) continue
  failed = true
  process.stdout.write(`${stdout}${stderr}\n`)
}
process.exit(failed ? 1 : 0)
