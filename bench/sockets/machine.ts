/** What a run was measured on. */
import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, release } from 'node:os'
import { bunPath } from './program.ts'

/** One line: CPU, cores, kernel, versions of what took part. */
export function machine(): string {
  const versions = [
    `Node.js ${process.version.slice(1)}`,
    version('Go', 'go', ['version'], /go version go(\S+)/),
    version('Bun', bunPath(), ['--version'], /^(\S+)/),
    version('cc', 'cc', ['--version'], /(\d+\.\d+\.\d+)/),
  ]
  const cpu = `${availableParallelism()} x ${cpus()[0]?.model.trim() ?? 'CPU'}`
  return `${cpu}, Linux ${release()}, ${versions.filter((name) => name !== undefined).join(', ')}.`
}

function version(name: string, path: string, words: readonly string[], pattern: RegExp): string | undefined {
  const { stdout } = spawnSync(path, words, { encoding: 'utf8', timeout: 10_000 })
  const found = pattern.exec(stdout ?? '')?.[1]
  return found === undefined ? undefined : `${name} ${found}`
}
