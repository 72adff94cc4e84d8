/**
 * `npm test`: the checks, then every test, on the source. In CI a skipped test is a failure: it hides a gap.
 *
 * One file is one process (a bad pointer ends that file only), and files run two at a time at most: the lab and the
 * leak checks count descriptors and sockets of this machine.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const chosen = process.argv.slice(2)
const files = chosen.length > 0 ? chosen : globSync('packages/*/test/**/*.test.ts', { cwd: root }).sort()

if (chosen.length === 0) {
  const status = await run(['scripts/check.ts'])
  if (status !== 0) process.exit(status)
}

let output = ''
const status = await run(
  [
    '--conditions=source',
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=2',
    '--test-timeout=300000',
    ...files,
  ],
  (text) => {
    output += text
  },
)
const [passed, failed, skipped] = ['pass', 'fail', 'skipped'].map(countOf)
process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`)
// A count that cannot be read is no count: then nothing is known to have passed.
const green = status === 0 && Number(passed) > 0 && (skipped === 0 || process.env['CI'] === undefined)
if (status === 0 && !green) process.stderr.write('skipped or uncounted tests are a failure in CI\n')
process.exit(green ? 0 : status || 1)

/** From the closing lines of node's spec reporter. */
function countOf(word: string): number {
  return Number([...output.matchAll(new RegExp(`^ℹ ${word} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? NaN)
}

function run(argv: readonly string[], onOutput?: (text: string) => void): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const child = spawn(process.execPath, argv, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    process.stdout.write(text)
    onOutput?.(text)
  })
  child.on('error', reject)
  child.on('close', (code) => resolve(code ?? 1))
  return promise
}
