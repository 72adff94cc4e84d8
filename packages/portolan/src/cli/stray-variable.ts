/** Environment variables that look like ours and that nothing reads. */
import { nearest } from './nearest.ts'
import { environmentName, visibleOptions, type Option } from './options.ts'
import type { Environment } from './settings.ts'

const PREFIX = 'PORTOLAN_'
/** Read elsewhere than in a table of options. */
const OTHER_VARIABLES = ['PORTOLAN_HOME', 'PORTOLAN_DEBUG']

interface StrayVariable {
  readonly name: string
  /** The variable that was meant, if one is near. */
  readonly near?: string
}

/** @param options of every command: what one of them reads is no stray for another */
export function strayVariables(env: Environment, options: readonly Option[]): StrayVariable[] {
  const strays = ownVariables(env)
  if (strays.length === 0) return []
  const known = [...OTHER_VARIABLES, ...namesOf(options)]
  // The prefix is no sign of likeness.
  const bare = [...OTHER_VARIABLES, ...namesOf(visibleOptions(options))].map(withoutPrefix)
  return strays
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(withoutPrefix(name), bare)
      return near === undefined ? { name } : { name, near: PREFIX + near }
    })
}

function namesOf(options: readonly Option[]): string[] {
  return options
    .filter((option) => option.argumentOnly !== true)
    .flatMap((option) => option.long.map(environmentName))
}

function withoutPrefix(name: string): string {
  return name.slice(PREFIX.length)
}

/** Those that are set to something and begin with our name. */
export function ownVariables(env: Environment): string[] {
  return Object.keys(env).filter((name) => name.startsWith(PREFIX) && env[name] !== '')
}
