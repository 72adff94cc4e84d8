/** Compares two folders of text. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @returns paths in the folders of what is in one of them only, or not the same in both; in order */
export function differingFiles(one: string, other: string): string[] {
  const [ofOne, ofOther] = [one, other].map(contents)
  const paths = new Set([...(ofOne?.keys() ?? []), ...(ofOther?.keys() ?? [])])
  return [...paths].filter((path) => ofOne?.get(path) !== ofOther?.get(path)).sort()
}

function contents(folder: string): Map<string, string> {
  const files = globSync('**/*.*', { cwd: folder })
  return new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
}
