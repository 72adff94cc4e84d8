/**
 * The floors of the house: a room imports from rooms below it only, no file is part of a circle, `sys` alone knows koffi,
 * and no folder is called what everything could be called.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

/** From the ground up. Entry points in src itself stand above all rooms. */
const FLOORS = [
  'text',
  'sys',
  'socket',
  'net',
  'http',
  'ftp',
  'scan',
  'journal',
  'policy',
  'report',
  'fleet',
  'web',
  'cli',
]
const NAMELESS = /(^|\/)(utils?|helpers?|common|core|manager|misc|shared|lib)(\/|\.ts$)/

const source = fileURLToPath(new URL('../packages/portolan/src/', import.meta.url))
const files = globSync('**/*.ts', { cwd: source }).sort()
const imports = new Map(files.map((file) => [file, importsOf(file)]))

const problems = [
  ...files.filter((file) => NAMELESS.test(file)).map((file) => `${file}: a name that says nothing`),
  ...files.flatMap(floorProblems),
  ...circles(),
]
for (const problem of problems) process.stdout.write(`${problem}\n`)
process.stdout.write(`${files.length} files, ${problems.length} problems\n`)
process.exit(problems.length === 0 ? 0 : 1)

/** Static, dynamic and type imports, and re-exports. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')
  return [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)'([^']+)'/g)].map((match) => match[1] ?? '')
}

function floorOf(file: string): number {
  const [room = '', rest] = file.split('/', 2)
  return rest === undefined ? FLOORS.length : FLOORS.indexOf(room)
}

function targetOf(file: string, specifier: string): string {
  return normalize(join(dirname(file), specifier))
}

function floorProblems(file: string): string[] {
  const floor = floorOf(file)
  if (floor < 0) return [`${file}: its room is no floor; name it in scripts/check-floors.ts`]
  return (imports.get(file) ?? []).flatMap((specifier) => {
    if (specifier === 'koffi' && !file.startsWith('sys/')) return [`${file}: only sys may import koffi`]
    if (!specifier.startsWith('.')) return []
    const target = targetOf(file, specifier)
    if (!imports.has(target)) return [`${file}: imports ${specifier}, which is no file`]
    return floorOf(target) > floor ? [`${file}: imports ${target} from a floor above`] : []
  })
}

/** Each circle once, named by its files. Type imports count: they are dependencies of thought too. */
function circles(): string[] {
  const state = new Map<string, 'open' | 'done'>()
  const found: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') {
      found.push(`circle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`)
      return
    }
    state.set(file, 'open')
    for (const specifier of imports.get(file) ?? [])
      if (specifier.startsWith('.') && imports.has(targetOf(file, specifier)))
        visit(targetOf(file, specifier), [...path, file])
    state.set(file, 'done')
  }
  for (const file of files) visit(file, [])
  return found
}
