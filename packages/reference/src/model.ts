/** The exported names of the package with their comments, as typedoc reads them. */
import { fileURLToPath } from 'node:url'
import {
  Application,
  Converter,
  type Context,
  type ProjectReflection,
  type SignatureReflection,
} from 'typedoc'
import { ApiPages } from './pages.ts'
import { rearrange } from './reader-view.ts'
import { SETTINGS } from './settings.ts'
import { ApiTheme } from './theme.ts'

const portolan = fileURLToPath(new URL('../../portolan/', import.meta.url))

/** The files behind `portolan/socket`, `portolan` and `portolan/scan`. What two of them export belongs to the first. */
const ENTRIES: readonly string[] = ['socket', 'index', 'scan'].map((name) => `${portolan}src/${name}.ts`)

export interface Model {
  readonly app: Application
  readonly project: ProjectReflection
  /** The calls that take a `signal`, and so may wait. */
  readonly waiting: ReadonlySet<SignatureReflection>
}

/**
 * Reads entry points and their comments. Types are not checked here: `npm run check:types` does that.
 *
 * @param files entry points; all in the program of `tsconfig`
 * @throws Error where TypeScript or typedoc cannot read them; the log has said why
 */
export async function readModel(
  files: readonly string[] = ENTRIES,
  tsconfig: string = fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
): Promise<Model> {
  const app = await Application.bootstrapWithPlugins({ ...SETTINGS, entryPoints: [...files], tsconfig })
  app.renderer.defineRouter('api', ApiPages)
  app.renderer.defineTheme('api', ApiTheme)
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, rearrange)
  const waiting = new Set<SignatureReflection>()
  app.converter.on(Converter.EVENT_CREATE_SIGNATURE, ({ checker }: Context, reflection, _, signature) => {
    const types = signature?.parameters.map((one) => checker.getNonNullableType(checker.getTypeOfSymbol(one)))
    if (types?.some((type) => type.getProperty('signal') !== undefined)) waiting.add(reflection)
  })
  const project = await app.convert()
  if (project === undefined) throw new Error(`cannot read ${files.join(', ')}`)
  return { app, project, waiting }
}

/** Writes the pages; what else is in the folder goes. */
export async function writePages({ app, project }: Model, folder: string): Promise<void> {
  await app.outputs.writeOutput({ name: 'markdown', path: folder }, project)
  if (app.logger.hasErrors()) throw new Error(`cannot write ${folder}`)
}
