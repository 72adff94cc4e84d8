/** `npm run check`: everything that can be said of the code without running it. All checks run; one failure fails. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const CHECKS: readonly (readonly [name: string, ...command: readonly [string, ...string[]]])[] = [
  ['format', 'oxfmt', '--check', '.'],
  ['types', 'tsc', '-p', '.'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings', '.'],
  ['floors', process.execPath, 'scripts/check-floors.ts'],
  ['dead code', 'knip', '--no-progress'],
  ['package', 'publint', 'packages/portolan', '--strict'],
  ['package types', 'attw', '--pack', 'packages/portolan', '--profile', 'esm-only', '--quiet'],
]

let failed = false
for (const [name, command, ...argv] of CHECKS) {
  const started = performance.now()
  const { status, stdout, stderr, error } = spawnSync(command, argv, { cwd: root, encoding: 'utf8' })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const ok = status === 0
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`)
  if (ok) continue
  failed = true
  process.stdout.write(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\n`)
}
process.exit(failed ? 1 : 0)
