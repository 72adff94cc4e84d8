/** The version of the package, from its package.json: the same relative path from src/scan and from dist/scan. */
import { readFileSync } from 'node:fs'

export const VERSION = versionIn(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

function versionIn(manifest: string): string {
  const json: unknown = JSON.parse(manifest)
  if (typeof json === 'object' && json !== null && 'version' in json && typeof json.version === 'string')
    return json.version
  return 'unknown'
}
