/** Runs the command as a process of its own. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const MAIN = fileURLToPath(new URL('portolan-main.ts', import.meta.url))

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** An environment without anything that would change what the command does. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined && !/^(?:PORTOLAN_|NO_COLOR$|FORCE_COLOR$|NODE_)/.test(name)) env[name] = value
  return { ...env, ...extra }
}

export function portolan(words: readonly string[], env: Readonly<Record<string, string>> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    env: cleanEnvironment(env),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}
