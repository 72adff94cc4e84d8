/** The version of the package, read from its package.json: the same path from src/cli and from dist/cli. */
import { readFileSync } from 'node:fs'

export function packageVersion(): string {
  const json: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  if (typeof json === 'object' && json !== null && 'version' in json && typeof json.version === 'string')
    return json.version
  return 'unknown'
}
